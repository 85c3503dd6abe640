"""The chapters of the document that belong to no single operation, in Markdown.

Readers that show Markdown make chapters of the headings; blocks of code that follow each other are the same
step in several languages. All blocks of one language make one program. ``#name`` leads to an operation or a chapter.
"""

from __future__ import annotations

from roughy_box.http.openapi.examples import BASE
from roughy_box.http.openapi.remedies import table
from roughy_box.http.openapi.uploading import UPLOADING

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

TEXT = "\n".join((_INTRODUCTION, _AUTHENTICATION, UPLOADING, _STATES, _LISTS, _FILES, _ERRORS, _CONVENTIONS))
