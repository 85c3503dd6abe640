"""Example bodies: a project, a recording, and its states. Tests check them against the schemas."""

from __future__ import annotations

from typing import Any

from roughy_box.http.openapi.operation import BASE

PROJECT_ID = "019de7f5-7e21-7402-92a8-1c0e1fa84411"
ASSET_ID = "019de7f7-3a52-74d1-9eeb-323e0bfb7bb9"
UPLOAD_URL = f"{BASE}/v1/uploads/{ASSET_ID}"
PROJECT_URL = f"{BASE}/v1/projects/{PROJECT_ID}"
EXPIRES = 1777712992
SIGNATURE = "8f0c2a8b1c5d4e7f9a3b6c1d2e4f5a6b7c8d9e0f1a2b3c4d5e6f708192a3b4c5"
_SIGNED = f"expires={EXPIRES}&signature={SIGNATURE}"
DOWNLOAD_URL = f"{BASE}/files/projects/{PROJECT_ID}/{ASSET_ID}.mp4?{_SIGNED}"

Body = dict[str, Any]

NEW_PROJECT: Body = {"name": "Episode 12"}
PROJECT: Body = {
    "id": PROJECT_ID,
    "name": "Episode 12",
    "state": "active",
    "archived_at": None,
    "created_at": "2026-05-02T08:52:58.913000Z",
    "updated_at": "2026-05-02T08:52:58.913000Z",
}
ARCHIVED: Body = PROJECT | {
    "state": "archived",
    "archived_at": "2026-06-30T16:00:00.000000Z",
    "updated_at": "2026-06-30T16:00:00.000000Z",
}
NEW_ASSET: Body = {"project_id": PROJECT_ID, "size_bytes": 14_956_800_000, "language": "en", "name": "interview.mp4"}
PENDING: Body = {
    "id": ASSET_ID,
    "project_id": PROJECT_ID,
    "type": None,
    "state": "pending_upload",
    "extension": None,
    "size_bytes": None,
    "content_type": None,
    "duration_seconds": None,
    "language": "en",
    "error_code": None,
    "error_message": None,
    "created_at": "2026-05-02T08:54:52.423000Z",
    "name": "interview.mp4",
}
_NO_PREVIEWS: Body = {"poster_url": None, "waveform_url": None}
WAITING = PENDING | _NO_PREVIEWS
PREPARED: Body = PENDING | {
    "type": "video",
    "state": "ready",
    "extension": "mp4",
    "size_bytes": 14_956_800_000,
    "content_type": "video/mp4",
    "duration_seconds": "3782.413",
    "poster_url": f"{BASE}/files/artifacts/{ASSET_ID}.jpg?{_SIGNED}",
    "waveform_url": f"{BASE}/files/artifacts/{ASSET_ID}.json?{_SIGNED}",
}
REJECTED: Body = WAITING | {
    "state": "failed",
    "error_code": "unsupported_media",
    "error_message": "Unsupported audio or video format.",
}
_NO_ADDRESSES: Body = {
    "upload_url": None,
    "download_url": None,
    "peaks_url": None,
    "proxy_url": None,
    "cuttable": False,
}
PENDING_DETAIL = WAITING | _NO_ADDRESSES | {"upload_url": UPLOAD_URL}
PREPARED_DETAIL = (
    PREPARED
    | _NO_ADDRESSES
    | {
        "download_url": DOWNLOAD_URL,
        "peaks_url": f"{BASE}/files/artifacts/{ASSET_ID}.peaks?{_SIGNED}",
        "proxy_url": f"{BASE}/files/artifacts/{ASSET_ID}.proxy.mp4?{_SIGNED}",
        "cuttable": True,
    }
)
REJECTED_DETAIL = REJECTED | _NO_ADDRESSES
CHARGE: Body = {
    "id": "019de802-6a0d-7c55-b0de-4c7b3f6f1f10",
    "type": "consume_asset",
    "delta": -64,
    "asset_id": ASSET_ID,
    "grant_id": None,
    "stripe_invoice_id": None,
    "created_at": "2026-05-02T09:07:05.741000Z",
}
TOPUP: Body = CHARGE | {
    "id": "019de7f4-01b7-7e0a-8d3c-9a51c6f0b2aa",
    "type": "topup",
    "delta": 100,
    "asset_id": None,
    "created_at": "2026-05-02T08:51:21.143000Z",
}
CUT_ID = "019de80f-51c6-7d0b-9a54-6f0d2c1b8e77"
NEW_CUT: Body = {"asset_id": ASSET_ID, "script": "Welcome back. Today we build a shelf.", "options": {"max_pause": 0.5}}
NEW_CUT_BY_HAND: Body = {"asset_id": ASSET_ID, "segments": [{"start": 1.2, "end": 4.8}], "based_on": CUT_ID}
PENDING_CUT: Body = {
    "id": CUT_ID,
    "asset_id": ASSET_ID,
    "state": "pending",
    "script": "Welcome back. Today we build a shelf.",
    "error_code": None,
    "error_message": None,
    "created_at": "2026-05-02T09:21:10.662000Z",
    "started_at": None,
    "completed_at": None,
    "progress": 0.0,
    "stage": None,
    "by_hand": False,
    "based_on": None,
    "options": {
        "retakes": "remove",
        "fillers": "remove",
        "off_script": "remove",
        "max_pause": 0.5,
        "pad_before": 0.08,
        "pad_after": 0.12,
    },
    "summary": None,
}
COMPLETED_CUT: Body = PENDING_CUT | {
    "state": "completed",
    "started_at": "2026-05-02T09:21:10.701000Z",
    "completed_at": "2026-05-02T09:24:02.118000Z",
    "progress": 1.0,
    "summary": {
        "duration_seconds": "3782.413",
        "kept_seconds": "2610.360",
        "segments": 412,
        "dropped": {"filler": 12, "pause": 371, "retake": 44},
        "warnings": [{"code": "suggestions", "message": "Kept, but perhaps worth dropping: at 12:04."}],
    },
}
FAILED_CUT: Body = PENDING_CUT | {
    "state": "failed",
    "error_code": "no_speech",
    "error_message": "No speech was heard that could be kept.",
    "started_at": "2026-05-02T09:21:10.701000Z",
}
CUT_BY_HAND: Body = COMPLETED_CUT | {
    "id": "019de815-0a4d-7f9e-8c11-b1f7a3d7c2e0",
    "completed_at": "2026-05-02T09:21:10.701000Z",
    "by_hand": True,
    "based_on": CUT_ID,
}
RENDER_ID = "019de821-7b30-7c1e-b7d3-54d0a9e6f3c2"
RENDER_URL = f"{BASE}/files/renders/{RENDER_ID}.mp4?{_SIGNED}"
NEW_RENDER: Body = {"asset_id": ASSET_ID, "cut_id": CUT_ID, "output": {"format": "mp4", "resolution": "1080p"}}
NEW_SOUND_RENDER: Body = {"asset_id": ASSET_ID, "output": {"format": "mp3", "audio_bitrate": 192}}
PENDING_RENDER: Body = {
    "id": RENDER_ID,
    "asset_id": ASSET_ID,
    "cut_id": CUT_ID,
    "state": "pending",
    "output": {
        "format": "mp4",
        "resolution": "1080p",
        "video_bitrate": None,
        "audio_bitrate": None,
        "frame_rate": None,
    },
    "size_bytes": None,
    "error_code": None,
    "error_message": None,
    "created_at": "2026-05-02T09:40:31.207000Z",
    "started_at": None,
    "completed_at": None,
    "progress": 0.0,
    "warnings": [],
    "duration_seconds": None,
}
COMPLETED_RENDER: Body = PENDING_RENDER | {
    "state": "completed",
    "size_bytes": 1_604_817_922,
    "started_at": "2026-05-02T09:40:31.233000Z",
    "completed_at": "2026-05-02T10:08:12.900000Z",
    "progress": 1.0,
    "duration_seconds": "2610.360",
}
FAILED_RENDER: Body = PENDING_RENDER | {
    "state": "failed",
    "error_code": "media_missing",
    "error_message": "The file of this asset is missing on the disk of the box.",
    "started_at": "2026-05-02T09:40:31.233000Z",
}
ENDPOINT_ID = "019de81a-0c72-7a3e-b1d0-2f5e8c9a6b13"
DELIVERY_ID = "019de802-6b11-7f4e-a9d3-50c1e7a2b944"
NEW_ENDPOINT: Body = {
    "url": "https://hooks.example.com/box",
    "event_types": ["asset.ready", "cut.completed"],
    "description": "To the archive",
}
ENDPOINT: Body = {
    "id": ENDPOINT_ID,
    **NEW_ENDPOINT,
    "created_at": "2026-05-02T09:33:07.058000Z",
    "state": "enabled",
    "disabled_reason": None,
}
DISABLED_ENDPOINT = ENDPOINT | {"state": "disabled", "disabled_reason": "failing"}
ENDPOINT_WITH_SECRET = ENDPOINT | {"secret": "whsec_QZtnQx7zYyqCqf9ZmbK0pAqXb0VRTvD1HnKXWmMSwHs="}
TEST_DELIVERY: Body = {
    "id": DELIVERY_ID,
    "event_type": "endpoint.test",
    "entity_id": ENDPOINT_ID,
    "state": "pending",
    "attempts": 0,
    "last_status": None,
    "last_error": None,
    "next_attempt_at": "2026-05-02T09:33:25.310000Z",
    "created_at": "2026-05-02T09:33:25.310000Z",
    "delivered_at": None,
}
DELIVERED = TEST_DELIVERY | {
    "event_type": "asset.ready",
    "entity_id": ASSET_ID,
    "state": "delivered",
    "attempts": 1,
    "last_status": 200,
    "next_attempt_at": None,
    "delivered_at": "2026-05-02T09:33:25.402000Z",
}
FAILING_DELIVERY = TEST_DELIVERY | {
    "attempts": 2,
    "last_status": 503,
    "last_error": "The receiver answered 503.",
    "next_attempt_at": "2026-05-02T09:38:41.870000Z",
}
READY_EVENT: Body = {
    "type": "asset.ready",
    "data": {"entity_id": ASSET_ID, "asset_id": ASSET_ID, "previous_state": "processing"},
}
PAID_EVENT: Body = {"type": "asset.ready", "data": READY_EVENT["data"] | {"previous_state": "pending_payment"}}
TEST_EVENT: Body = {"type": "endpoint.test", "data": {"entity_id": ENDPOINT_ID, "asset_id": None}}
WAVEFORM: Body = {"duration_ms": 3_782_413, "peaks": [0, 12, 97, 255, 181, 64]}
_CHECKS = ("serving", "database", "folder", "disk", "scheduler", "media")
READY: Body = {"status": "ready", "checks": [{"name": name, "ok": True, "message": None} for name in _CHECKS]}
_FULL = "512 MiB are free, less than storage.reserve (1 GiB). Delete assets or free some space."
NOT_READY: Body = {
    "error": {"code": "unavailable", "message": f"disk: {_FULL}"},
    "status": "not ready",
    "checks": [{"name": name, "ok": name != "disk", "message": _FULL if name == "disk" else None} for name in _CHECKS],
}


def page(*items: Body) -> Body:
    """Return a list of just these items."""
    return {"items": [*items], "total": len(items), "limit": 20, "offset": 0}


def event(event_type: str) -> Body:
    """Return the body of an event of an entity that belongs to an asset."""
    entity_id = ASSET_ID if event_type.startswith("asset.") else CUT_ID
    return {"type": event_type, "data": {"entity_id": entity_id, "asset_id": ASSET_ID}}
