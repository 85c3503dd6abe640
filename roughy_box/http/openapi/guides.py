"""The chapters of the document that belong to no single operation, in Markdown.

Readers that show Markdown make chapters of the headings; blocks of code that follow each other are the same
step in several languages. All blocks of one language make one program. ``#name`` leads to an operation or a chapter.
"""

from __future__ import annotations

from roughy_box.http.openapi.examples import BASE
from roughy_box.http.openapi.remedies import table

_INTRODUCTION = """\
Resumable intake of audio and video. A client announces a file ([create_asset](#create_asset)), sends its bytes to the
address in the `Location` header over [TUS 1.0.0](https://tus.io/protocols/resumable-upload)
([send_chunk](#send_chunk); any TUS client does it), and asks for the asset until it is `ready`
([read_asset](#read_asset)).
"""

_CONVENTIONS = """\
## Conventions

- Bodies are JSON in UTF-8, but for the chunks of uploads and the bytes of files. Members of a body and parameters of a
  query that are not described here are ignored.
- Ids are UUIDs. Times are UTC with six fraction digits: `2026-05-02T08:54:52.423000Z`. A value that does not apply is
  `null`, never left out.
- Every `GET` has a `HEAD`. A method that an address does not have is answered with 405 and `Allow`.
- Every answer carries an `X-Request-ID`, which is in the log of the box, too; send your own to find it there again.
- Pages of other origins may call the API as `server.cors_origins` allows; any origin, unless it is set.
"""

_AUTHENTICATION = f"""\
## Authentication

Every call below `/v1` needs an API key in the `Authorization` header, uploads included. `roughy-box init` shows the
first one, `roughy-box key create` makes more; the box keeps only their hashes. A key counts nowhere else: not in the
address, not in a cookie. All examples here take it from the environment:

```bash
export ROUGHY_BOX_CLIENT_KEY=sk_...
```

```bash
curl {BASE}/v1/credits/balance -H "Authorization: Bearer $ROUGHY_BOX_CLIENT_KEY"
```

A key that is missing, unknown or revoked is answered with 401 and `WWW-Authenticate: Bearer`; many of them from one
address with 429. No key is needed for this document, for preflights (`OPTIONS`), for health checks, and for the
addresses of files, which are signed. What belongs to another account is answered as what does not exist: 404.
"""

_UPLOADING = f"""\
## Upload a file

An upload is an asset that waits for its bytes; both have the same id. Any TUS 1.0.0 client does the second step, given
the address in `Location` (`uploadUrl` in tus-js-client, `url` in tuspy) and the `Authorization` header.

1. **Announce.** [Create a project](#create_project) once, then [an asset](#create_asset) with the exact size of the
   file. The balance must be above zero.

```bash
BOX={BASE}
FILE=interview.mp4
AUTH="Authorization: Bearer $ROUGHY_BOX_CLIENT_KEY"
JSON="Content-Type: application/json"
TUS="Tus-Resumable: 1.0.0"

PROJECT_ID=$(curl -sS "$BOX/v1/projects" -H "$AUTH" -H "$JSON" -d '{{"name": "Episode 12"}}' | jq -r .id)
ASSET_ID=$(curl -sS "$BOX/v1/assets" -H "$AUTH" -H "$JSON" \\
  -d "{{\\"project_id\\": \\"$PROJECT_ID\\", \\"size_bytes\\": $(wc -c < "$FILE")}}" | jq -r .id)
```

```python
import os
import time

import httpx

FILE = "interview.mp4"
key = {{"Authorization": f"Bearer {{os.environ['ROUGHY_BOX_CLIENT_KEY']}}"}}
tus = {{"Tus-Resumable": "1.0.0"}}
box = httpx.Client(base_url="{BASE}", headers=key)

project = box.post("/v1/projects", json={{"name": "Episode 12"}}).raise_for_status().json()
file = {{"project_id": project["id"], "size_bytes": os.path.getsize(FILE)}}
asset = box.post("/v1/assets", json=file).raise_for_status().json()
```

```js
import {{ openAsBlob }} from "node:fs"

const box = "{BASE}"
const key = {{ Authorization: `Bearer ${{process.env.ROUGHY_BOX_CLIENT_KEY}}` }}
const tus = {{ "Tus-Resumable": "1.0.0" }}
const file = await openAsBlob("interview.mp4") // in a browser: input.files[0]

async function call(method, path, headers, body) {{
  const answer = await fetch(box + path, {{ method, headers: {{ ...key, ...headers }}, body }})
  if (!answer.ok) throw new Error(await answer.text())
  return answer
}}
const create = (path, values) =>
  call("POST", path, {{ "Content-Type": "application/json" }}, JSON.stringify(values)).then((answer) => answer.json())

const project = await create("/v1/projects", {{ name: "Episode 12" }})
const asset = await create("/v1/assets", {{ project_id: project.id, size_bytes: file.size }})
```

2. **Send, and go on after an interruption.** [Ask how far it got](#read_upload), and [send](#send_chunk) what follows
   that offset: all of it, or a chunk of any size. When the connection breaks, do the same again, also after hours or a
   restart of the box. No byte that was acknowledged is lost, and most that were not are kept as well. The offset
   you give must be the box's own, else the answer is 409 `offset_mismatch`; while another request sends, 423 `locked`.

```bash
OFFSET=$(curl -sS -I "$BOX/v1/uploads/$ASSET_ID" -H "$AUTH" -H "$TUS" |
  tr -d '\\r' | awk -F': ' 'tolower($1) == "upload-offset" {{ print $2 }}')
tail -c +$((OFFSET + 1)) "$FILE" | curl -sS --fail-with-body -X PATCH "$BOX/v1/uploads/$ASSET_ID" -T - \\
  -H "$AUTH" -H "$TUS" -H "Upload-Offset: $OFFSET" -H "Content-Type: application/offset+octet-stream"
```

```python
upload = f"/v1/uploads/{{asset['id']}}"
offset = int(box.head(upload, headers=tus).raise_for_status().headers["Upload-Offset"])
chunk = {{"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}}
with open(FILE, "rb") as media:
    media.seek(offset)
    rest = iter(lambda: media.read(2**20), b"")
    box.patch(upload, content=rest, headers=tus | chunk, timeout=60).raise_for_status()
```

```js
const upload = `/v1/uploads/${{asset.id}}`
const offset = (await call("HEAD", upload, tus)).headers.get("Upload-Offset")
const chunk = {{ "Upload-Offset": offset, "Content-Type": "application/offset+octet-stream" }}
await call("PATCH", upload, {{ ...tus, ...chunk }}, file.slice(Number(offset)))
```

3. **Wait** until the asset is no longer `processing`: the box measures how long the media plays, and charges for it.

```bash
while STATE=$(curl -sS "$BOX/v1/assets/$ASSET_ID" -H "$AUTH" | jq -r .state) && [ "$STATE" = processing ]; do
  sleep 1
done
echo "$STATE"
```

```python
while (asset := box.get(f"/v1/assets/{{asset['id']}}").raise_for_status().json())["state"] == "processing":
    time.sleep(1)
print(asset["state"])
```

```js
let state
while ((state = (await (await call("GET", `/v1/assets/${{asset.id}}`)).json()).state) === "processing") {{
  await new Promise((resolve) => setTimeout(resolve, 1000))
}}
console.log(state)
```

The first chunk must carry at least 64 bytes: they tell whether this is audio or video. If not, it is answered with 409
`unsupported_media` while it is still coming, and the upload is over. An upload that nobody goes on with is deleted:
`Upload-Expires` tells when, seven days after it was announced and then 48 hours after its last chunk, unless
`uploads.initial_expiry` and `uploads.idle_expiry` say otherwise.
"""

_STATES = """\
## States of an asset

```text
pending_upload ──► processing ──► ready
      │                │  └─────► pending_payment ──► ready (after a top-up)
      └──► failed ◄────┘
```

| State | Meaning | Next |
| --- | --- | --- |
| `pending_upload` | Announced; its bytes are on their way. | `processing`, or `failed` if they are no media |
| `processing` | The bytes are all here and are being measured. | `ready`, `pending_payment` or `failed`, by itself |
| `ready` | Measured and paid for; it can be downloaded. | stays |
| `pending_payment` | Measured; the balance does not cover it. | `ready`, with a top-up |
| `failed` | Cannot be used, and is not charged. | stays |

Every asset ends when it is deleted; a `pending_upload` also when it expires, and a `pending_payment` after 30 days
(`billing.pending_payment_retention`).

`error_code` of a failed asset is `unsupported_media` (its first bytes are no audio or video), `unreadable_media`
(nothing can open it, or there is no sound or picture in it), `corrupt_media` (it opens but does not decode, or ends too
early), `processing_timeout` or `processing_crashed`. One credit is charged per started minute of `duration_seconds`,
once, with the step to `ready`.
"""

_LISTS = """\
## Lists

Lists are newest first. They take `limit` (1 to 100, 20 if left out) and `offset`, and tell how many there are in all:

```json
{"items": [], "total": 0, "limit": 20, "offset": 0}
```

Go on with `offset` raised by `limit` until it reaches `total`. What is created meanwhile comes in at the top and moves
the rest down, so that an item may be seen twice; a deletion moves it up, and one may be missed.
"""

_FILES = """\
## Addresses of files

`download_url`, `poster_url` and `waveform_url` of an asset are absolute addresses with a signature, and work without a
key: in a player, in an `img`, for somebody you give them to. They live for 15 minutes (`downloads.url_ttl`) and die
with the asset; read the asset again for fresh ones, and do not store or build them. Expired or altered: 403.

[Files](#download_file) answer `Range`, `If-Range` and conditional requests. Add `&download=1` to a `download_url` to
have browsers save the file instead of playing it.
"""

_ERRORS = f"""\
## Errors

Every error has the same body, whatever went wrong. `code` is for programs and always comes with the same status,
`message` is one line for people, and `fields` is there only when single values of the request are at fault:

```json
{{
  "error": {{
    "code": "validation_error",
    "message": "body.name must have 1 to 256 characters",
    "fields": [{{"field": "body.name", "message": "must have 1 to 256 characters"}}]
  }}
}}
```

Worth another try by itself: 409 `offset_mismatch`, 423, 429, 500, 503, and no answer at all. A `Retry-After` tells how
long to wait.

{table()}
"""

TEXT = "\n".join((_INTRODUCTION, _AUTHENTICATION, _UPLOADING, _STATES, _LISTS, _FILES, _ERRORS, _CONVENTIONS))
