"""What the API sends, field by field: models for the document alone; tests hold them to what is really served."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, WithJsonSchema

from roughy_box.domain.asset import FailureCode, MediaType, State
from roughy_box.domain.errors import CATALOG
from roughy_box.domain.ledger import EntryType
from roughy_box.http.openapi.examples import EXPIRES, SIGNATURE
from roughy_box.http.server.schemas import ProjectState
from roughy_box.operations.readiness import CHECKS

Id = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]
Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Address = Annotated[str, WithJsonSchema({"type": "string", "format": "uri"})]
Seconds = Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]{3}$")]
Language = Annotated[str, Field(pattern="^[a-z]{2}$")]
Code = Annotated[str, Field(json_schema_extra={"enum": [*CATALOG]})]
Count = Annotated[int, Field(ge=0)]


class Project(BaseModel):
    """A folder of footage; every asset belongs to one."""

    id: Id
    name: str
    state: ProjectState
    archived_at: Moment | None = Field(description="When it was archived; null while it is active.")
    created_at: Moment
    updated_at: Moment


class Asset(BaseModel):
    """One piece of source media."""

    id: Id = Field(description="Also the id of its upload.")
    project_id: Id
    type: MediaType | None = Field(description="Told from the bytes of the first chunk; null before.")
    state: State
    extension: str | None = Field(description="Told from the bytes, such as `mp4`.")
    size_bytes: Count | None = Field(description="Null until the upload is whole.")
    content_type: str | None = Field(description="Told from the bytes, such as `video/mp4`.")
    duration_seconds: Seconds | None = Field(
        description="How long the media plays, measured from the stored bytes; null before. It is what is charged for."
    )
    language: Language | None = Field(description="The spoken language as given on creation (ISO 639-1).")
    error_code: FailureCode | None = Field(description="Why the asset is `failed`; else null.")
    error_message: str | None = Field(description="The same in a sentence.")
    created_at: Moment


class ListedAsset(Asset):
    """An asset with its previews."""

    poster_url: Address | None = Field(description="A picture of a ready video, without a key; null until it is drawn.")
    waveform_url: Address | None = Field(description="The peaks of a ready sound; null until they are measured.")


class AssetDetail(ListedAsset):
    """An asset with its addresses."""

    upload_url: Address | None = Field(description="Where the bytes go; null unless `pending_upload`.")
    download_url: Address | None = Field(
        description="Where the bytes are, for a short time and without a key; null unless `ready`."
    )
    cuttable: bool = Field(description="Whether the asset is `ready`.")


class LedgerEntry(BaseModel):
    """One change of the balance; entries are never changed or deleted."""

    id: Id
    type: EntryType
    delta: int = Field(description="Credits added, or taken where negative.")
    asset_id: Id | None = Field(description="The asset that was charged for; null otherwise.")
    grant_id: str | None = Field(description="A reference of the hosted service; null here.")
    stripe_invoice_id: str | None = Field(description="A reference of the hosted service; null here.")
    created_at: Moment


class _Page(BaseModel):
    items: list[Any]
    total: Count = Field(description="How many there are in all.")
    limit: int = Field(ge=1, le=100, description="The `limit` that was asked for.")
    offset: Count = Field(description="The `offset` that was asked for.")


class ProjectPage(_Page):
    """A part of the list of projects, newest first."""

    items: list[Project]


class AssetPage(_Page):
    """A part of the list of assets, newest first."""

    items: list[ListedAsset]


class LedgerPage(_Page):
    """A part of the ledger, newest first."""

    items: list[LedgerEntry]


class Waveform(BaseModel):
    """How loud a sound is over time."""

    duration_ms: Count
    peaks: list[Annotated[int, Field(ge=0, le=255)]] = Field(
        max_length=2000, description="The loudest moment of each of as many equal parts of the duration."
    )


class Balance(BaseModel):
    """The credits of the account."""

    balance: int = Field(description="The sum of all deltas of the ledger.")


class Health(BaseModel):
    """Whether the box serves."""

    status: Literal["ok", "draining"] = Field(description="`draining` while the box is stopping.")


class ReadinessCheck(BaseModel):
    """One of the things that a box needs to work."""

    name: str = Field(description=f"One of {', '.join(f'`{name}`' for name in CHECKS)}.")
    ok: bool
    message: str | None = Field(description="What is wrong and what helps; null if nothing is.")


class Readiness(BaseModel):
    """Whether the box can do its work."""

    status: Literal["ready"]
    checks: list[ReadinessCheck]


class Document(BaseModel):
    """An OpenAPI document."""

    openapi: str = Field(pattern=r"^3\.1\.")
    info: dict[str, Any]
    paths: dict[str, Any]


class SignedQuery(BaseModel):
    """The query of a signed address; take it as it comes."""

    expires: Count = Field(description="When the address ends, in seconds since 1970.", examples=[EXPIRES])
    signature: str = Field(description="Made by the box.", pattern="^[0-9a-f]{64}$", examples=[SIGNATURE])


class FileQuery(SignedQuery):
    """The query of a signed address of a file."""

    download: str | None = Field(None, description="`1` has browsers save the file instead of playing it.")


class InvalidField(BaseModel):
    """What is wrong with one value of the request."""

    field: str = Field(description="Where it is: `body.`, `query.` or `path.` and its name.")
    message: str


class Problem(BaseModel):
    """What went wrong."""

    code: Code = Field(description="For programs; each code always comes with the same status.")
    message: str = Field(description="One line for people.")
    fields: list[InvalidField] = Field(
        default_factory=list, description="Only with `validation_error`, when single values are at fault."
    )


class ErrorEnvelope(BaseModel):
    """The body of every error."""

    error: Problem


class Unreadiness(ErrorEnvelope):
    """Why the box cannot do its work; the checks are missing if it was too busy to look."""

    status: Literal["not ready"] = "not ready"
    checks: list[ReadinessCheck] = Field(default_factory=list)
