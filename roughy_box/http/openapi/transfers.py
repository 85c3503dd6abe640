"""What the document says of uploads (TUS 1.0.0) and of the files they become."""

from __future__ import annotations

from collections.abc import Mapping

from roughy_box.http.openapi import examples as given
from roughy_box.http.openapi import models
from roughy_box.http.openapi.operation import NOTHING, Answer, Content, Operation, json_answer
from roughy_box.http.server.middleware import CHUNK_TYPE

_CHUNK = Content(media_types=(CHUNK_TYPE,))
_CAPABILITIES = Answer("What the box speaks.", headers=("Tus-Version", "Tus-Extension", "Tus-Max-Size"))
_STANDING = Answer("Where the upload stands.", headers=("Upload-Offset", "Upload-Length", "Upload-Expires?"))
_STORED = Answer("The chunk is stored.", headers=("Upload-Offset", "Upload-Expires?"))
_CHUNK_ERRORS = (
    *("not_found", "offset_mismatch", "unsupported_media", "gone"),
    *("unsupported_media_type", "locked", "insufficient_storage"),
)

UPLOADS: Mapping[tuple[str, str], Operation] = {
    ("OPTIONS", "/v1/uploads"): Operation(
        "discover_tus",
        "Uploads",
        "Ask what the upload protocol can do",
        {204: _CAPABILITIES},
        "Needs neither a key nor `Tus-Resumable`, and is the answer to a preflight, too.",
    ),
    ("OPTIONS", "/v1/uploads/{upload_id}"): Operation(
        "discover_tus_of_upload",
        "Uploads",
        "Ask the same at the address of an upload",
        {204: _CAPABILITIES},
        "Answered whatever the id is.",
    ),
    ("HEAD", "/v1/uploads/{upload_id}"): Operation(
        "read_upload",
        "Uploads",
        "Ask how far an upload got",
        {200: _STANDING},
        "Never disturbs who is sending. Works on a finished upload as long as its asset exists.",
        errors=("not_found", "gone"),
        headers=("Tus-Resumable",),
    ),
    ("PATCH", "/v1/uploads/{upload_id}"): Operation(
        "send_chunk",
        "Uploads",
        "Send a chunk",
        {204: _STORED},
        "A chunk may have any size, and its length may be unknown (`Transfer-Encoding: chunked`). The first must carry "
        "at least 64 bytes: they tell whether this is audio or video. If they are not, the answer is 409 "
        "`unsupported_media` and the upload is over. Every byte that arrives is kept, also of a request that breaks "
        "off; `HEAD` tells where to go on. One request at a time may write: others get 423.",
        errors=_CHUNK_ERRORS,
        headers=("Tus-Resumable", "Upload-Offset"),
        body=_CHUNK,
    ),
    ("DELETE", "/v1/uploads/{upload_id}"): Operation(
        "cancel_upload",
        "Uploads",
        "Cancel an unfinished upload and delete its asset",
        {204: NOTHING},
        "Can be repeated. Has no effect on a finished upload, nor on an id that is not yours or never was.",
        headers=("Tus-Resumable",),
    ),
    ("POST", "/v1/uploads/{upload_id}"): Operation(
        "override_method",
        "Uploads",
        "PATCH, HEAD or DELETE for clients that can only POST",
        {200: _STANDING, 204: Answer("As the method that was meant.", headers=("Upload-Offset?", "Upload-Expires?"))},
        "Put the method into `X-HTTP-Method-Override`; everything else is as with that method.",
        errors=(*_CHUNK_ERRORS, "method_not_allowed"),
        headers=("X-HTTP-Method-Override", "Tus-Resumable", "Upload-Offset?"),
        body=_CHUNK,
    ),
}

_INERT = ("Content-Security-Policy", "Referrer-Policy", "Cross-Origin-Resource-Policy", "ETag", "Cache-Control")
_FILE_HEADERS = (*_INERT, "Last-Modified", "Accept-Ranges", "Content-Disposition")
_UNCHANGED = Answer("Unchanged: the `ETag` is among those of `If-None-Match`.", headers=_INERT)
_BYTES = Content(media_types=("audio/*", "video/*"))

FILES: Mapping[tuple[str, str], Operation] = {
    ("GET", "/files/projects/{project_id}/{name}"): Operation(
        "download_file",
        "Files",
        "Read the bytes of a ready asset",
        {
            200: Answer("The file.", _BYTES, (*_FILE_HEADERS, "Content-Length")),
            206: Answer("The range that was asked for.", _BYTES, (*_FILE_HEADERS, "Content-Length", "Content-Range")),
            304: Answer("Unchanged.", headers=_FILE_HEADERS),
        },
        "`download_url` of an asset is such an address, complete with its signature. It works without a key for "
        "`downloads.url_ttl` (15 minutes) and dies with the asset.",
        errors=("forbidden", "not_found", "range_not_satisfiable"),
        query=models.FileQuery,
        headers=("Range?", "If-Range?", "If-None-Match?", "If-Modified-Since?"),
    ),
    ("GET", "/files/posters/{name}"): Operation(
        "read_poster",
        "Files",
        "Read a picture of a video",
        {200: Answer("The picture.", Content(media_types=("image/jpeg",)), _INERT), 304: _UNCHANGED},
        "`poster_url` of an asset is such an address.",
        errors=("forbidden", "not_found"),
        query=models.SignedQuery,
        headers=("If-None-Match?",),
    ),
    ("GET", "/files/waveforms/{name}"): Operation(
        "read_waveform",
        "Files",
        "Read the peaks of a sound",
        {200: json_answer("The peaks.", models.Waveform, headers=_INERT, waveform=given.WAVEFORM), 304: _UNCHANGED},
        "`waveform_url` of an asset is such an address.",
        errors=("forbidden", "not_found"),
        query=models.SignedQuery,
        headers=("If-None-Match?",),
    ),
}
