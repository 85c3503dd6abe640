"""The bytes a box acknowledged, and a check that it still has them after a fault."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field

from tests.faults.outcomes import altered
from tests.harness import PROGRAM, Api, LiveBox, wait_until

RECENT = 20  # of what only grows; the rest was looked at before


@dataclass
class Upload:
    """One asset as its client knows it; sizes in bytes."""

    asset_id: str
    url: str
    content: bytes = field(repr=False)
    acknowledged: int = 0  # by a 204: survives a power cut
    told: int = 0  # by a 204 or a HEAD: survives a kill
    sent: int = 0
    is_deleting: bool = False  # asked for, with an unknown outcome

    @property
    def is_whole(self) -> bool:
        return self.told == len(self.content)


@dataclass
class Promises:
    """Everything that a 201 or a 204 said."""

    projects: list[str] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    def breaches(self, box: LiveBox, *, power_cut: bool = False) -> list[str]:
        """Return the broken promises after a restart; uploads then resume at the offset of the box."""
        api = Api(box)
        with api.http:
            broken = [
                f"project {each} is gone" for each in self.projects[-RECENT:] if not _exists(api, "projects", each)
            ]
            broken += [f"asset {each} is back" for each in self.deleted[-RECENT:] if _exists(api, "assets", each)]
            for upload in list(self.uploads):
                if _exists(api, "assets", upload.asset_id):
                    problem = _problem(api, upload, upload.acknowledged if power_cut else upload.told)
                else:
                    problem = "" if upload.is_deleting else "is gone"
                    self.uploads.remove(upload)
                broken += [f"asset {upload.asset_id} {problem}"] if problem else []
        return broken


def findings(box: LiveBox) -> set[str]:
    """The checks of the doctor that found something."""
    done = subprocess.run([*PROGRAM, "doctor", "--json"], env=box.environ, capture_output=True, text=True)
    return {finding["check"] for finding in json.loads(done.stdout)["findings"]}


def becomes_ready(api: Api, asset_id: str, content: bytes) -> bool:
    """Return whether a complete asset becomes ready with its bytes, without the client."""
    wait_until(lambda: api.get(asset_id)["state"] != "pending_upload")
    return not altered(api, {asset_id: content})


def _exists(api: Api, kind: str, each: str) -> bool:
    status = api.http.get(f"/v1/{kind}/{each}").status_code
    assert status in (200, 404), status
    return status == 200


def _problem(api: Api, upload: Upload, least: int) -> str:
    offset = upload.told = api.offset(upload.url)
    if not least <= offset <= upload.sent:
        return f"stands at {offset}; {least} bytes were acknowledged and {upload.sent} sent"
    if offset == len(upload.content):
        return "" if becomes_ready(api, upload.asset_id, upload.content) else "is not ready with what was sent"
    file = api.box.data_dir / "incoming" / upload.asset_id
    stored = file.read_bytes() if file.exists() else b""
    return "" if stored == upload.content[:offset] else "has other bytes than were sent"
