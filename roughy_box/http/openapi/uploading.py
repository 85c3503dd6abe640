"""The chapter on uploads: three steps, each in three languages; the blocks of one language make a program."""

from __future__ import annotations

from roughy_box.http.openapi.examples import BASE

UPLOADING = f"""\
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
