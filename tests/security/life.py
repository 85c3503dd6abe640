"""The whole life of a box with everything secret in it, and all that it wrote and said meanwhile."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.api.wire import Wire, chunk_head
from tests.cli.shell import Shell
from tests.harness import Api, LiveBox, descendants, wait_until
from tests.media_bytes import wav

MARK = b"bytes-of-a-client-that-belong-in-no-log"
SOUND = wav(1)[:200] + MARK + wav(1)[200 + len(MARK) :]
NAME = '\u200fforged-name\u2028"; filename="x.html'  # a name of a file, which no log repeats
WORDS = MARK + b" only words, no media " * 20
# What could end a line, move a cursor or turn text around, as bytes of a request; percent-encoded, too.
NASTY = [
    "\r\nX-Evil: 1",
    "\n2026-01-01T00:00:00.000Z info forged",
    "\0",
    "\x1b[31m",
    "\x9b31m",
    "\x85",
    "\u2028",
    "\u202e",
]


@dataclass
class Life:
    """A box after all that, stopped; ``secrets`` by what they are, ``said`` all that commands printed."""

    box: LiveBox
    secrets: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    children: dict[int, tuple[str, str]] = field(default_factory=dict)

    def command(self, *arguments: str) -> None:
        """Run a command and keep what it printed: for machines where the log is."""
        outcome = self.shell().run(*arguments, *(["--json"] if self.is_json() else []))
        self.said.append(outcome.out + outcome.err)

    def shell(self) -> Shell:
        """Return a shell for the box."""
        return Shell(self.box.folder, {"ROUGHY_BOX_CONFIG": self.box.environ["ROUGHY_BOX_CONFIG"]})

    def is_json(self) -> bool:
        """Return whether this box logs JSON."""
        return self.box.environ["ROUGHY_BOX_LOG_FORMAT"] == "json"


def live(box: LiveBox) -> Life:
    """Do everything once on a running box of few credits, well and badly, then stop it."""
    life, api = Life(box), Api(box)
    secret = (box.data_dir / "secret").read_bytes()
    life.secrets |= {"first key": box.key, "box secret": secret.hex(), "box secret as text": repr(secret)[2:-1]}
    life.secrets["second key"] = life.shell().json("account", "add", "second", "--credits", "1")["api_key"]
    with api.http:
        _upload(life, api)
        _hook(life, api)
        _misbehave(life, api)
        _attack(life, api)
    life.children = _children(box)
    _command(life)
    box.stop()
    life.secrets["mark"] = MARK.decode()
    return life


def _upload(life: Life, api: Api) -> None:
    asset_id, url = api.asset(len(SOUND), api.project("Kapitel \u200feins\u2028zwei"), NAME)
    life.secrets["name"] = NAME
    life.secrets["name in a header"] = "forged-name"
    api.patch(url, 0, iter([SOUND[:300], SOUND[300:900]]))
    api.head(url)
    api.patch(url, 900, SOUND[900:])
    ready = api.settled(asset_id)
    download = api.get(ready["id"])["download_url"]
    life.secrets["signature"] = parse_qs(urlsplit(download).query)["signature"][0]
    for headers in ({}, {"Range": "bytes=0-9"}, {"If-None-Match": "*"}, {"Range": "bytes=999999-"}):
        api.http.get(download, headers=headers)
    api.http.get(download.replace("expires=", "expires=1"))
    poor = Api(life.box, life.secrets["second key"])
    with poor.http:
        assert poor.upload(wav(120, rate=100))["state"] == "pending_payment"
    api.http.get("/v1/credits/history")
    api.http.delete(f"/v1/assets/{asset_id}")
    api.http.get(download)


def _hook(life: Life, api: Api) -> None:
    """Have an endpoint that fails, with secrets wherever it can have them."""
    wish = {"url": f"http://127.0.0.1:1/{MARK.decode()}", "event_types": ["asset.ready"], "description": MARK.decode()}
    endpoint = api.http.post("/v1/webhook-endpoints", json=wish).json()
    root = f"/v1/webhook-endpoints/{endpoint['id']}"
    for secret in (endpoint["secret"], api.http.post(f"{root}/rotate").json()["secret"]):
        life.secrets[f"webhook secret {len(life.secrets)}"] = secret.removeprefix("whsec_")
    api.http.post(f"{root}/test")
    wait_until(lambda: api.http.get(f"{root}/deliveries").json()["items"][0]["attempts"])
    for url in (f"https://me:{MARK.decode()}@example.com/", f"ftp://{MARK.decode()}/", f"https://x/{MARK.decode()}#a"):
        assert api.http.post("/v1/webhook-endpoints", json=wish | {"url": url}).status_code == 422


def _misbehave(life: Life, api: Api) -> None:
    key = life.box.key
    for wrong in (key[:-1], key + "x", "sk_" + "wrong" * 9, "Bearer"):
        api.http.get("/v1/assets", headers={"Authorization": f"Bearer {wrong}"})
        life.secrets[f"wrong key {wrong[-5:]}"] = wrong if wrong != "Bearer" else f"Bearer {key}"
    for place in (f"?api_key={key}", f"?access_token={key}&state=x"):
        api.http.get("/v1/assets" + place, headers={"Authorization": ""})
    api.http.post("/v1/projects", json={"name": MARK.decode() * 20})
    api.http.post("/v1/projects", content=b"{" + MARK)
    api.http.get(f"/v1/assets?limit={MARK.decode()}")
    for char in ("\n", "\x1b[31m", "\x85", "/"):
        api.http.post("/v1/assets", json={"project_id": api.project(), "size_bytes": 64, "name": MARK.decode() + char})
    api.http.get("/v1/assets", params={"q": MARK.decode() + "\r\nX-Evil: 1"})
    _, rejected = api.asset(5000)
    assert api.patch(rejected, 0, WORDS).status_code == 409
    api.patch(rejected, 0, WORDS)
    asset_id, broken = api.asset(len(SOUND))
    api.patch(broken, 7, SOUND)
    with Wire(life.box) as wire:
        # The client goes in the middle of a chunk.
        wire.send(chunk_head(life.box, broken, 0, len(SOUND)) + SOUND[:500])
        wait_until(lambda: api.offset(broken) == 500)
    with Wire(life.box) as wire:
        wire.send(chunk_head(life.box, broken, 500, None) + b"5\r\n" + MARK + b"\r\n")
        wire.answer()
    api.http.delete(f"/v1/assets/{asset_id}")


def _attack(life: Life, api: Api) -> None:
    box = life.box
    for nasty in NASTY:
        raw = nasty.encode("latin-1", "ignore") or nasty.encode()
        quoted = "".join(f"%{byte:02x}" for byte in nasty.encode())
        key = f"Host: box\r\nAuthorization: Bearer {box.key}\r\n".encode()
        for request in (
            b"GET /v1/" + raw + b" HTTP/1.1\r\n" + key + b"\r\n",
            f"GET /v1/assets/{quoted}?state={quoted} HTTP/1.1\r\n".encode() + key + b"\r\n",
            f"GET /v1/assets?q={quoted} HTTP/1.1\r\n".encode() + key + b"\r\n",
            f"GET /files/projects/{quoted}/{quoted}?expires={quoted}&signature={quoted} HTTP/1.1\r\n".encode()
            + key
            + b"\r\n",
            f"HEAD /v1/uploads/{quoted} HTTP/1.1\r\nTus-Resumable: 1.0.0\r\n".encode() + key + b"\r\n",
            f"{'G' * 20}[31m /v1/{quoted} HTTP/1.1\r\n".encode() + key + b"\r\n",
            *(
                b"GET /v1/projects HTTP/1.1\r\n" + key + name + b": a" + raw + b"\r\n\r\n"
                for name in (
                    b"X-Request-ID",
                    b"Origin",
                    b"User-Agent",
                    b"Referer",
                    b"X-Forwarded-For",
                    b"Tus-Resumable",
                )
            ),
            b"GET /v1/projects HTTP/1.1\r\nHost: a" + raw + b"\r\nAuthorization: Bearer sk_" + raw + b"\r\n\r\n",
        ):
            with Wire(box) as wire:
                wire.send(request)
                wire.socket.shutdown(socket.SHUT_WR)
                life.answers.append(wire.rest())


def _command(life: Life) -> None:
    studio, second = ["--account", "studio"], ["--account", "second"]
    for arguments in (
        *(["doctor"], ["account", "list"], ["key", "list", *studio], ["ledger", *second], ["balance", *second]),
        *(
            ["topup", "5", *second, "--note", "a\x1b[31m\nb"],
            ["account", "add", "second"],
            ["key", "revoke", "nonsense"],
        ),
        *(["balance"], ["balance", "--account", "a\x1b[31m\r\nb"], ["upload", "nothing.wav", "--key", "sk_x\x1b y"]),
        *(["serve", "--host", "192.0.2.1"], ["init"], ["nonsense"]),
    ):
        life.command(*arguments)


def _children(box: LiveBox) -> dict[int, tuple[str, str]]:
    """The command line and the environment of every process below the server, by its id."""
    assert box.process
    found: dict[int, tuple[str, str]] = {}
    for pid in descendants(box.process.pid)[1:]:
        with suppress(FileNotFoundError, ProcessLookupError):  # one may end while we look
            command, environment = (
                Path(f"/proc/{pid}/{name}").read_bytes().decode(errors="replace") for name in ("cmdline", "environ")
            )
            found[pid] = command, environment
    return found
