"""The tables as Tortoise models. The schema itself is in ``migrations/``."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model
from uuid6 import uuid7


def new_id() -> str:
    """Return a new UUIDv7."""
    return str(uuid7())


class Row(Model):
    """The base of all tables: ``seq`` is the order, ``id`` is public."""

    seq = fields.IntField(primary_key=True)
    id = fields.CharField(36, default=new_id)

    class Meta:
        abstract = True


class BoxRow(Model):
    """The one row that names this box."""

    one = fields.IntField(primary_key=True)
    id = fields.CharField(36)
    created_at = fields.BigIntField()

    class Meta:
        table = "box"


class Account(Row):
    """The owner of projects, assets and credits. The ledger's triggers maintain ``balance`` and ``entries``."""

    name = fields.TextField()
    balance = fields.BigIntField(default=0)
    entries = fields.BigIntField(default=0)
    created_at = fields.BigIntField()

    class Meta:
        table = "account"


class ApiKey(Row):
    """A key of an account: its SHA-256, and a hint by which a person recognizes it."""

    account_id = fields.CharField(36)
    name = fields.TextField()
    hint = fields.TextField()
    digest = fields.CharField(64)
    created_at = fields.BigIntField()
    last_used_at = fields.BigIntField(null=True)
    revoked_at = fields.BigIntField(null=True)

    class Meta:
        table = "api_key"


class Project(Row):
    """A container of assets."""

    account_id = fields.CharField(36)
    name = fields.TextField()
    state = fields.TextField(default="active")
    archived_at = fields.BigIntField(null=True)
    deleted_at = fields.BigIntField(null=True)
    created_at = fields.BigIntField()
    updated_at = fields.BigIntField()

    class Meta:
        table = "project"


class Asset(Row):
    """A piece of source media, from its creation on. Its upload has the same id.

    ``name_folded`` is left out: only :mod:`roughy_box.storage.assets` uses it.
    """

    account_id = fields.CharField(36)
    project_id = fields.CharField(36)
    state = fields.TextField(default="pending_upload")
    declared_size = fields.BigIntField()
    size_bytes = fields.BigIntField(null=True)
    type = fields.TextField(null=True)
    content_type = fields.TextField(null=True)
    extension = fields.TextField(null=True)
    language = fields.TextField(null=True)
    duration_ms = fields.BigIntField(null=True)
    price = fields.BigIntField(null=True)
    error_code = fields.TextField(null=True)
    error_message = fields.TextField(null=True)
    expires_at = fields.BigIntField(null=True)
    prepared_at = fields.BigIntField(null=True)
    sha256 = fields.CharField(64, null=True)
    name = fields.TextField(null=True)
    created_at = fields.BigIntField()

    class Meta:
        table = "asset"


class VisibleAsset(Asset):
    """An asset as it is read: those of a project that is being deleted are left out. Never written."""

    class Meta:
        table = "visible_asset"


class Cut(Row):
    """The rough cut of an asset; its plan is in a table of its own."""

    account_id = fields.CharField(36)
    asset_id = fields.CharField(36)
    state = fields.TextField(default="pending")
    request = fields.CharField(64)
    script = fields.TextField(null=True)
    options = fields.TextField()
    by_hand = fields.IntField(default=0)
    based_on = fields.CharField(36, null=True)
    selected = fields.TextField(null=True)
    engine = fields.TextField(null=True)
    summary = fields.TextField(null=True)
    error_code = fields.TextField(null=True)
    error_message = fields.TextField(null=True)
    created_at = fields.BigIntField()
    started_at = fields.BigIntField(null=True)
    completed_at = fields.BigIntField(null=True)

    class Meta:
        table = "cut"


class VisibleCut(Cut):
    """A cut as it is read: those in a project that is being deleted are left out. Never written."""

    class Meta:
        table = "visible_cut"


class Render(Row):
    """A file made of an asset; its plan is in a table of its own."""

    account_id = fields.CharField(36)
    asset_id = fields.CharField(36)
    cut_id = fields.CharField(36, null=True)
    state = fields.TextField(default="pending")
    request = fields.CharField(64)
    output = fields.TextField()
    format = fields.TextField()
    estimate = fields.BigIntField()
    size_bytes = fields.BigIntField(null=True)
    duration_ms = fields.BigIntField(null=True)
    warnings = fields.TextField(default="[]")
    error_code = fields.TextField(null=True)
    error_message = fields.TextField(null=True)
    created_at = fields.BigIntField()
    started_at = fields.BigIntField(null=True)
    completed_at = fields.BigIntField(null=True)

    class Meta:
        table = "render"


class VisibleRender(Render):
    """A render as it is read: those in a project that is being deleted are left out. Never written."""

    class Meta:
        table = "visible_render"


class Entry(Row):
    """An entry of the ledger; never changed, never deleted."""

    account_id = fields.CharField(36)
    type = fields.TextField()
    delta = fields.BigIntField()
    balance_after = fields.BigIntField()
    asset_id = fields.CharField(36, null=True)
    reference = fields.TextField(null=True)
    note = fields.TextField(null=True)
    created_at = fields.BigIntField()

    class Meta:
        table = "ledger"


class WebhookEndpoint(Row):
    """A URL that events are sent to; ``event_types`` is a JSON list."""

    account_id = fields.CharField(36)
    url = fields.TextField()
    event_types = fields.TextField()
    description = fields.TextField(null=True)
    state = fields.TextField(default="enabled")
    disabled_reason = fields.TextField(null=True)
    failing_since = fields.BigIntField(null=True)
    created_at = fields.BigIntField()

    class Meta:
        table = "webhook_endpoint"


class WebhookSecret(Model):
    """The salt of a secret that signs; the current one has no end."""

    seq = fields.IntField(primary_key=True)
    endpoint_id = fields.CharField(36)
    salt = fields.CharField(64)
    expires_at = fields.BigIntField(null=True)

    class Meta:
        table = "webhook_secret"


class WebhookDelivery(Row):
    """One event for one endpoint; a trigger inserts it with the event."""

    endpoint_id = fields.CharField(36)
    event_type = fields.TextField()
    entity_id = fields.CharField(36)
    asset_id = fields.CharField(36, null=True)
    previous_state = fields.TextField(null=True)
    state = fields.TextField(default="pending")
    attempts = fields.IntField(default=0)
    last_status = fields.IntField(null=True)
    last_error = fields.TextField(null=True)
    next_attempt_at = fields.BigIntField(null=True)
    created_at = fields.BigIntField()
    delivered_at = fields.BigIntField(null=True)

    class Meta:
        table = "webhook_delivery"
