from __future__ import annotations

import ipaddress
import re
import tomllib
from pathlib import Path

import pytest

from roughy_box.config import loading
from roughy_box.config.loading import load
from roughy_box.config.options import OPTIONS, Config
from roughy_box.config.values import format_duration, format_size, parse_duration, parse_size
from roughy_box.domain.errors import SetupError

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
GIB = 1024**3


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """A working folder without a configuration file, so that a developer's own one cannot leak in."""
    monkeypatch.chdir(tmp_path)


def from_toml(folder: Path, text: str) -> Config:
    (folder / "box.toml").write_text(text, encoding="utf-8")
    return load(folder / "box.toml", {})


def get(settings: Config, name: str) -> object:
    section, key = name.split(".")
    return getattr(getattr(settings, section), key)


def refusal(environ: dict[str, str], path: Path | None = None) -> str:
    with pytest.raises(SetupError) as caught:
        load(path, environ)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("50GiB", 50 * GIB),
        ("10MB", 10_000_000),
        ("1.5 GiB", 3 * GIB // 2),
        (4096, 4096),
        ("4096", 4096),
        ("7 b", 7),
        ("2kb", 2000),
        ("0.1KB", 100),
        (" 1TiB ", 1024 * GIB),
        ("16777217.000000001MiB", 17592187092992),
    ],
)
def test_size_parsed_exactly(written, count):
    assert parse_size(written) == count


@pytest.mark.parametrize(
    "written", ["50 potatoes", "", "-1", "1e3", "1.GiB", "GiB", "٣MB", 1.5, True, None, [], "5 ib"]
)
def test_bad_size_refused(written):
    with pytest.raises(ValueError, match="is not a size"):
        parse_size(written)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("48h", 172_800),
        ("7d", 604_800),
        ("90s", 90),
        ("1h30m", 5400),
        ("500ms", 0.5),
        ("1h 30m", 5400),
        ("2 m", 120),
        ("90", 90),
        ("1.5", 1.5),
        (90, 90),
        (0.25, 0.25),
        ("1.5h", 5400),
    ],
)
def test_duration_parsed_in_seconds(written, seconds):
    assert parse_duration(written) == seconds


@pytest.mark.parametrize("written", ["soon", "", "1h30", "h", "-1s", "1x2h", "1hh", "1234567890123s", "٣s", True, None])
def test_bad_duration_refused(written):
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(written)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (64, "64 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (3 * GIB // 2, "1.5 GiB"),
        (5000 * 1024**4, "5000 TiB"),
    ],
)
def test_size_formatted_in_largest_unit(count, text):
    assert format_size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.5, "500ms"), (90, "1m30s"), (172_800, "2d"), (3782.413, "1h3m2s413ms"), (59.9999, "1m")],
)
def test_duration_formatted_in_parts(seconds, text):
    assert format_duration(seconds) == text


@pytest.mark.parametrize("seconds", [0.001, 61.25, 86_399.999, 604_800.0])
def test_duration_formatted_parses_back(seconds):
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds, abs=1e-9)


GOOD = [
    ("server.host", '"::"', "::"),
    ("server.port", "1", 1),
    ("server.port", '"8080"', 8080),
    ("server.public_url", '"https://box.example.com/media//"', "https://box.example.com/media"),
    ("server.public_url", '"http://[::1]:8750"', "http://[::1]:8750"),
    ("server.trusted_proxies", '["10.0.0.7/8", "::1"]', ("10.0.0.0/8", "::1/128")),
    ("server.cors_origins", '["https://App.example.com:8443", "tauri://localhost"]',
     ("https://app.example.com:8443", "tauri://localhost")),
    ("server.cors_origins", "[]", ()),
    ("uploads.max_size", "64", 64),
    ("uploads.sync", '"final"', "final"),
    ("uploads.silence_timeout", "0.5", 0.5),
    ("downloads.url_ttl", "1", 1.0),
    ("downloads.url_ttl", '"7d"', 604_800.0),
    ("processing.workers", "64", 64),
    ("processing.timeout", '"30m"', 1800.0),
    ("processing.memory_limit", '"256MiB"', GIB // 4),
    ("log.level", '"debug"', "debug"),
    ("log.format", '"json"', "json"),
    ("client.key", '"sk_a-b_c"', "sk_a-b_c"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "written", "value"), GOOD)
def test_file_values_parsed(tmp_path, name, written, value):
    section, key = name.split(".")
    settings = from_toml(tmp_path, f"[{section}]\n{key} = {written}\n")
    found = get(settings, name)
    assert (tuple(map(str, found)) if isinstance(found, tuple) else found) == value
    assert settings.sources[name] == "file"


BAD = [
    ("server.host", '""', "is not plain letters"),
    ("server.host", '"two words"', "is not plain letters"),
    ("server.port", "true", "is not a whole number"),
    ("server.port", "0", "must be between 1 and 65535"),
    ("server.port", "65536", "must be between 1 and 65535"),
    ("server.public_url", '"box.example.com"', "is not an absolute URL"),
    ("server.public_url", '"ftp://box.example.com"', "is not an absolute URL"),
    ("server.public_url", '"https://box.example.com/?a=1"', "is not an absolute URL"),
    ("server.public_url", '"https://me:word@box.example.com"', "is not an absolute URL"),
    ("server.public_url", '"https://box.example.com:65536/a"', "has a port above 65535"),
    ("server.public_url", '"http://[::1]:99999"', "has a port above 65535"),
    ("server.public_url", '"https://b\u00fccher.example"', "write an international name as xn--..."),
    ("server.trusted_proxies", '["10.0.0.0/33"]', "must hold IP addresses"),
    ("server.trusted_proxies", "[7]", "must hold IP addresses"),
    ("server.trusted_proxies", "7", "is not a list"),
    ("server.cors_origins", '["https://app.example.com/"]', "without a path"),
    ("server.cors_origins", '["app.example.com"]', "without a path"),
    ("storage.data_dir", '""', "is not a line of text"),
    ("storage.data_dir", '"a\\u0000b"', "is not a line of text"),
    ("storage.data_dir", '"~nobody-of-that-name/x"', "cannot be expanded"),
    ("uploads.max_size", '"50 potatoes"', 'is not a size; write e.g. "50GiB" or a number of bytes'),
    ("uploads.max_size", "63", "must be between 64 B and 50 GiB"),
    ("uploads.max_size", str(50 * GIB + 1), "must be between 64 B and 50 GiB"),
    ("uploads.initial_expiry", "0", "must be between 1ms and"),
    ("uploads.idle_expiry", "-5", "must be between 1ms and"),
    ("uploads.idle_expiry", "inf", "must be between 1ms and"),
    ("uploads.idle_expiry", "nan", "must be between 1ms and"),
    ("uploads.idle_expiry", "1" + "0" * 400, "must be between 1ms and"),
    ("uploads.idle_expiry", "true", "is not a duration"),
    ("uploads.sync", '"sometimes"', "must be one of always, final"),
    ("downloads.url_ttl", '"999ms"', "must be between 1s and 7d"),
    ("downloads.url_ttl", '"7d1s"', "must be between 1s and 7d"),
    ("processing.workers", "65", "must be between 1 and 64"),
    ("processing.memory_limit", '"255MiB"', "must be between 256 MiB and"),
    ("log.level", "[]", "must be one of debug, info, warning, error"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "written", "reason"), BAD)
def test_bad_value_error_names_file_key_reason(tmp_path, name, written, reason):
    section, key = name.split(".")
    with pytest.raises(SetupError) as caught:
        from_toml(tmp_path, f"[{section}]\n{key} = {written}\n")
    assert str(caught.value).startswith(f"{tmp_path / 'box.toml'}: {name} = ")
    assert reason in str(caught.value)


def test_bad_value_error_in_full(tmp_path):
    Path("roughy-box.toml").write_text('[uploads]\nmax_size = "50 potatoes"\n', encoding="utf-8")
    assert refusal({}) == (
        'roughy-box.toml: uploads.max_size = "50 potatoes" is not a size; write e.g. "50GiB" or a number of bytes'
    )


@pytest.mark.parametrize("written", ["7777777", '"se cret7777777"', '["7777777"]'])
def test_bad_secret_not_shown(tmp_path, written):
    with pytest.raises(SetupError, match=r"client\.key is not") as caught:
        from_toml(tmp_path, f"[client]\nkey = {written}\n")
    assert "7777777" not in str(caught.value)


def test_secret_not_in_repr():
    settings = load(None, {"ROUGHY_BOX_CLIENT_KEY": "sk_7777777"})
    assert settings.client.key == "sk_7777777"
    assert "sk_7777777" not in repr(settings)


@pytest.mark.parametrize(("cores", "workers"), [(6, 6), (None, 1), (200, 64)])
def test_workers_cores_limited(monkeypatch, cores, workers):
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    assert load(None, {"ROUGHY_BOX_PROCESSING_WORKERS": "cores"}).processing.workers == workers


@pytest.mark.parametrize("alone", ["tls_cert", "tls_key"])
def test_tls_needs_both_files(tmp_path, alone):
    with pytest.raises(SetupError, match=r"server\.tls_cert and server\.tls_key"):
        from_toml(tmp_path, f'[server]\n{alone} = "x.pem"\n')


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[server]\nprot = 1", "server.prot is not an option; did you mean server.port?"),
        ("[servr]\nport = 1", "servr is not an option; did you mean [server]?"),
        ("[servr]", "servr is not an option; did you mean [server]?"),
        ("port = 8750", "port is not an option; did you mean server.port?"),
        ("[storage]\nport = 8750", "storage.port is not an option; did you mean server.port?"),
        ("server = 5", "server is not an option; did you mean [server]?"),
        ("[[server]]\nport = 5", "server is not an option; did you mean [server]?"),
        ("[server]\nzzz = 1", "server.zzz is not an option; config.example.toml explains all options"),
    ],
)
def test_unknown_name_suggestion(tmp_path, text, sentence):
    with pytest.raises(SetupError, match=re.escape(f"box.toml: {sentence}")):
        from_toml(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "line"),
    [("[server]\nport 5\n", "line 2"), ("[server]\n\nhost = ", "line 3"), ("[server]\nhost = [\n\n", "line 4")],
)
def test_syntax_error_names_file_and_line(tmp_path, text, line):
    with pytest.raises(SetupError, match=rf"box\.toml: .*{line}"):
        from_toml(tmp_path, text)


def test_number_too_long_one_sentence(tmp_path):
    with pytest.raises(SetupError, match=r"box\.toml: "):
        from_toml(tmp_path, f"[server]\nport = {'1' * 5000}\n")


@pytest.mark.parametrize("variable", [None, "ROUGHY_BOX_CONFIG"])
def test_given_file_missing_error(variable):
    sentence = refusal({variable: "no.toml"}) if variable else refusal({}, Path("no.toml"))
    assert sentence == "no.toml: no such file; `roughy-box init` writes one"


def test_unreadable_file_named(tmp_path):
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "latin.toml").write_bytes(b"# \xff\n")
    assert "folder.toml: cannot be read: Is a directory" in refusal({}, tmp_path / "folder.toml")
    assert "latin.toml: is not UTF-8 text" in refusal({}, tmp_path / "latin.toml")


def test_byte_order_mark_accepted(tmp_path):
    assert from_toml(tmp_path, "\ufeff[server]\nport = 9\n").server.port == 9


def test_find_file_precedence(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert loading.find(None, {}) is None
    Path("roughy-box.toml").touch()
    assert loading.find(None, {}) == Path("roughy-box.toml")
    assert loading.find(None, {"ROUGHY_BOX_CONFIG": ""}) == Path("roughy-box.toml")
    assert loading.find(None, {"ROUGHY_BOX_CONFIG": "~/env.toml"}) == tmp_path / "env.toml"
    assert loading.find(Path("given.toml"), {"ROUGHY_BOX_CONFIG": "env.toml"}) == Path("given.toml")


def test_config_path_absolute(tmp_path):
    Path("roughy-box.toml").touch()
    assert load(None, {}).path == tmp_path / "roughy-box.toml"
    Path("roughy-box.toml").unlink()
    assert load(None, {}).path is None


def test_relative_paths_from_folder_of_file(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = tmp_path / "etc"
    folder.mkdir()
    text = '[server]\ntls_cert = "../tls/c.pem"\ntls_key = "~/k.pem"\n'
    settings = from_toml(folder, text)
    assert settings.storage.data_dir == folder / "roughy-box-data"
    assert settings.server.tls_cert == tmp_path / "tls/c.pem"
    assert settings.server.tls_key == tmp_path / "home/k.pem"
    assert load(None, {}).storage.data_dir == tmp_path / "roughy-box-data"
    assert load(Path("etc/box.toml"), {}).storage.data_dir == folder / "roughy-box-data"
    assert from_toml(folder, '[storage]\ndata_dir = "/srv/box"').storage.data_dir == Path("/srv/box")


def test_environment_overrides_file_and_is_source(tmp_path):
    (tmp_path / "roughy-box.toml").write_text("[server]\nport = 1\nhost = 'a'\n", encoding="utf-8")
    settings = load(None, {"ROUGHY_BOX_SERVER_PORT": "2", "ROUGHY_BOX_SERVER_HOST": "", "PATH": "/bin"})
    assert (settings.server.port, settings.server.host) == (2, "a")
    assert settings.sources["server.port"] == "ROUGHY_BOX_SERVER_PORT"
    assert settings.sources["server.host"] == "file"
    assert settings.sources["log.level"] == "default"
    assert settings.sources.keys() == {row.name for row in OPTIONS}


def test_environment_lists_comma_separated():
    environ = {
        "ROUGHY_BOX_SERVER_TRUSTED_PROXIES": "10.0.0.1, ::1,",
        "ROUGHY_BOX_SERVER_CORS_ORIGINS": "http://a, http://b",
    }
    server = load(None, environ).server
    assert server.trusted_proxies == (ipaddress.ip_network("10.0.0.1"), ipaddress.ip_network("::1"))
    assert server.cors_origins == ("http://a", "http://b")


def test_bad_variable_error_names_key():
    assert refusal({"ROUGHY_BOX_SERVER_PORT": "high"}) == (
        'ROUGHY_BOX_SERVER_PORT: server.port = "high" is not a whole number'
    )


def test_misspelled_variable_error():
    assert refusal({"ROUGHY_BOX_SERVER_PROT": "1"}) == (
        "ROUGHY_BOX_SERVER_PROT is not an option; did you mean ROUGHY_BOX_SERVER_PORT?"
    )


def test_other_prefixed_variables_ignored():
    load(None, {"ROUGHY_BOX_IMAGE_TAG": "1", "ROUGHY_BOX_SERVER_PROT": ""})


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({}, "http://127.0.0.1:8750"),
        ({"SERVER_HOST": "0.0.0.0", "SERVER_PORT": "80"}, "http://127.0.0.1:80"),
        ({"SERVER_HOST": "::"}, "http://[::1]:8750"),
        ({"SERVER_TLS_CERT": "c", "SERVER_TLS_KEY": "k", "SERVER_HOST": "box"}, "https://box:8750"),
        ({"SERVER_PUBLIC_URL": "https://p.example"}, "https://p.example"),
        ({"SERVER_PUBLIC_URL": "https://p.example", "CLIENT_URL": "https://c.example/"}, "https://c.example"),
    ],
)
def test_box_url_precedence(environ, url):
    assert load(None, {f"ROUGHY_BOX_{name}": value for name, value in environ.items()}).box_url() == url


def test_example_has_all_options_with_defaults():
    text = EXAMPLE.read_text(encoding="utf-8")
    live = {(section, key): value for section, keys in tomllib.loads(text).items() for key, value in keys.items()}
    assert live == {(row.section, row.key): row.written for row in OPTIONS if row.written is not None}
    uncommented = tomllib.loads(re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE))
    named = [(section, key) for section, keys in uncommented.items() for key in keys]
    assert named == [(row.section, row.key) for row in OPTIONS]


def test_example_loads_to_defaults(tmp_path):
    settings, defaults = from_toml(tmp_path, EXAMPLE.read_text(encoding="utf-8")), load(None, {})
    assert {row.name: get(settings, row.name) for row in OPTIONS} == {
        row.name: get(defaults, row.name) for row in OPTIONS
    }


def test_example_uncommented_loads(tmp_path):
    text = re.sub(r"^# (\w+ = )", r"\1", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(from_toml(tmp_path, text).sources.values()) == {"file"}


def test_options_all_have_help():
    assert [row.name for row in OPTIONS if not re.fullmatch(r"[A-Z].{10,}\.", row.help)] == []


def test_rendered_file_loads(tmp_path):
    odd = tmp_path / 'a "b" \\c ü'
    text = loading.render({"server.port": 9000, "storage.data_dir": odd, "server.cors_origins": ["http://a"]})
    settings = from_toml(tmp_path, text)
    assert (settings.server.port, settings.storage.data_dir) == (9000, odd)
    assert settings.server.cors_origins == ("http://a",)
    assert {name for name, source in settings.sources.items() if source == "file"} == {
        "server.port", "storage.data_dir", "server.cors_origins",
    }  # fmt: skip
    assert "config.example.toml" in text
    assert "# The port to listen on.\nport = 9000\n" in text


@pytest.mark.parametrize(("written", "meant"), [("true", True), (" False ", False), ("TRUE", True)])
def test_environment_switches_parsed(written, meant):
    assert load(None, {"ROUGHY_BOX_LOG_ACCESS": written}).log.access is meant


@pytest.mark.parametrize("written", ["yes", "1", "on"])
def test_bad_switch_refused(written):
    assert "must be true or false" in refusal({"ROUGHY_BOX_METRICS_ENABLED": written})


@pytest.mark.parametrize("written", ["short", "fifteen signs..", "two words and more", "x" * 257, "sixteen signs, é"])
def test_bad_token_refused_not_shown(written):
    said = refusal({"ROUGHY_BOX_METRICS_TOKEN": written})
    assert "metrics.token must have 16 to 256" in said
    assert written not in said


def test_token_not_in_repr(tmp_path):
    settings = from_toml(tmp_path, '[metrics]\ntoken = "a-token-of-monitoring"')
    assert settings.metrics.token == "a-token-of-monitoring"
    assert "a-token" not in repr(settings)
