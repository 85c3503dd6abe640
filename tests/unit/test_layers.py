"""Imports run downwards only, and each library is known to one folder: read off the sources."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import roughy_box

ROOT = Path(roughy_box.__file__).parent
# From the ground up. A unit may import itself and what stands in a line above it; never a neighbour.
LAYERS = (
    ("frozen",),
    ("domain", "clock", "tasks", "metrics", "config_values", "supervisor", "integrations", "notices", "regular"),
    ("config", "lag", "cutting"),
    ("logs", "storage", "media", "client_files", "certificate"),
    ("services", "client", "reach"),
    ("scheduler",),
    ("http",),
    ("cli",),
    ("__main__",),
    ("packaging",),
)
HEIGHT = {unit: height for height, layer in enumerate(LAYERS) for unit in layer}
# Which units may know a library; all others may not.
LIBRARIES = {
    "sanic": {"http"},
    "pydantic": {"http"},
    "aiofiles": {"http"},
    "apscheduler": {"scheduler"},
    "prometheus_client": {"http"},
    "av": {"media"},
    "numpy": {"cutting"},
    "magic": {"media"},
    "pylibmagic": {"media"},
    "click": {"cli"},
    "uvloop": {"cli"},
    "httpx": {"client", "reach"},
    "uuid6": {"storage"},
    "sqlite3": {"storage", "http"},  # http: what a full or busy database becomes
    "tortoise": {"storage", "services", "http"},
}
# What a pure rule has no use for.
IMPURE = {
    "asyncio",
    "datetime",
    "io",
    "os",
    "pathlib",
    "random",
    "secrets",
    "socket",
    "subprocess",
    "threading",
    "time",
}


def unit_of(module: str) -> str:
    """``services`` for ``roughy_box.services.uploads``; empty for the package itself."""
    return [*module.split("."), ""][1]


def modules() -> dict[str, Path]:
    """Every module of the program by its name."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = ["roughy_box", *path.relative_to(ROOT).with_suffix("").parts]
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


MODULES = modules()


def imports(module: str) -> Iterator[str]:
    """What a module imports, inside functions too, as full names."""
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            assert node.module
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else node.module


def own_imports(module: str) -> Iterator[str]:
    return (name for name in imports(module) if name.split(".")[0] == "roughy_box")


def test_every_unit_has_its_place() -> None:
    assert {unit_of(module) for module in MODULES} - {""} == set(HEIGHT)


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_downwards(module: str) -> None:
    unit = unit_of(module)
    for name in own_imports(module):
        other = unit_of(name)
        assert other in ("", unit) or HEIGHT[other] < HEIGHT[unit], f"{module} imports {name}"


def test_no_imports_run_in_a_circle() -> None:
    """Within a layer too, late imports and those for types counted."""
    graph = {module: set(own_imports(module)) - {module} for module in MODULES}
    graph["roughy_box.cli"].clear()  # its commands register with it, and it loads them for that
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("module", MODULES)
def test_libraries_are_known_where_they_belong(module: str) -> None:
    for name in imports(module):
        library = name.split(".")[0]
        if library != "roughy_box" and library not in sys.stdlib_module_names:
            assert library in LIBRARIES, f"{module} imports {name}; say in LIBRARIES who may"
        assert unit_of(module) in LIBRARIES.get(library, {unit_of(module)}), f"{module} imports {name}"


@pytest.mark.parametrize("module", [module for module in MODULES if unit_of(module) == "domain"])
def test_the_domain_is_pure(module: str) -> None:
    for name in imports(module):
        library = name.split(".")[0]
        assert library == "roughy_box" or library in sys.stdlib_module_names, f"{module} imports {name}"
        assert library not in IMPURE, f"{module} imports {name}"
    source = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    forbidden = (ast.Await, ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith)
    assert not any(isinstance(node, forbidden) for node in ast.walk(source))
    calls = {
        node.func.id for node in ast.walk(source) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"open", "print", "input", "exec", "eval"}


@pytest.mark.parametrize("module", [module for module in MODULES if unit_of(module) == "cutting"])
def test_cutting_is_pure(module: str) -> None:
    for name in imports(module):
        library = name.split(".")[0]
        if library == "roughy_box":
            assert unit_of(name) in ("cutting", "domain"), f"{module} imports {name}"
        else:
            assert library == "numpy" or library in sys.stdlib_module_names, f"{module} imports {name}"
            assert library not in IMPURE, f"{module} imports {name}"
            assert not name.startswith("numpy.random"), f"{module} imports {name}"


def test_children_hold_nothing_of_the_server() -> None:
    """All that the children's modules reach by imports is media and domain."""
    reached, todo = set(), ["roughy_box.media.child"]
    while todo:
        module = todo.pop()
        if module not in reached:
            reached.add(module)
            todo += own_imports(module)
    assert {"roughy_box.media.detect", "roughy_box.media.probe"} <= reached
    assert {unit_of(module) for module in reached} <= {"", "media", "domain"}
    assert not any(name.split(".")[0] == "asyncio" for module in reached for name in imports(module))


def test_children_load_nothing_of_the_server() -> None:
    """The same at run time: what is really loaded when everything a child needs is."""
    code = (
        "import sys, roughy_box.__main__, roughy_box.media.child, roughy_box.media.detect, roughy_box.media.probe\n"
        "print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "av" in {name.split(".")[0] for name in loaded}
    strangers = {"sanic", "tortoise", "aiosqlite", "apscheduler", "click", "httpx", "pydantic", "uvloop", "uuid6"}
    assert not strangers & {name.split(".")[0] for name in loaded}
    ours = {unit_of(name) for name in loaded if name.split(".")[0] == "roughy_box"}
    assert ours <= {"", "__main__", "frozen", "media", "domain"}
