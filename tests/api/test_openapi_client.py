"""What a client generator makes of the OpenAPI document: a whole client, which works."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import LiveBox

# Bodies other than JSON, which the generator has to be configured for.
BYTES = ("application/offset+octet-stream", "audio/*", "video/*", "image/jpeg")


def test_generated_client_works(shared_box: LiveBox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "settings.json"
    types = dict.fromkeys(BYTES, "application/octet-stream")
    settings.write_text(json.dumps({"content_type_overrides": types, "post_hooks": []}))
    arguments = ["--url", f"{shared_box.url}/v1/openapi.json", "--meta", "none", "--fail-on-warning"]
    generate = [sys.executable, "-m", "openapi_python_client", "generate", *arguments]
    places = ["--config", str(settings), "--output-path", str(tmp_path / "generated_box")]
    done = subprocess.run([*generate, *places], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr

    monkeypatch.syspath_prepend(tmp_path)
    box = importlib.import_module("generated_box")
    models = importlib.import_module("generated_box.models")
    calls = {
        name: importlib.import_module(f"generated_box.api.{group}.{name}")
        for group, name in [
            ("projects", "create_project"),
            ("projects", "list_projects"),
            ("projects", "read_project"),
            ("assets", "create_asset"),
            ("assets", "read_asset"),
        ]
    }
    with box.AuthenticatedClient(base_url=shared_box.url, token=shared_box.key, verify_ssl=False) as client:
        made = calls["create_project"].sync(client=client, body=models.NewProject(name="Generated"))
        assert (made.name, made.state) == ("Generated", "active")
        listed = calls["list_projects"].sync(client=client, limit=1)
        assert listed.items == [made]
        wish = models.NewAsset(project_id=made.id, size_bytes=1000, language="en")
        asset = calls["create_asset"].sync(client=client, body=wish)
        detail = calls["read_asset"].sync(asset.id, client=client)
        assert detail.upload_url == f"{shared_box.url}/v1/uploads/{asset.id}"
        refused = calls["create_asset"].sync(client=client, body=models.NewAsset(project_id=made.id, size_bytes=1))
        assert (refused.error.code, refused.error.fields[0].field) == ("validation_error", "body.size_bytes")
        assert calls["read_project"].sync_detailed(asset.id, client=client).status_code == 404
