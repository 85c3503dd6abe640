"""Read and check the bodies and queries of requests; a failed check becomes field errors."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from string import ascii_lowercase
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from sanic import Request
from sanic.exceptions import PayloadTooLarge

from roughy_box.config.values import format_size
from roughy_box.domain.asset_name import LONGEST, REFUSED, parse_name
from roughy_box.domain.controls import CONTROLS, has_controls
from roughy_box.domain.errors import BoxError, FieldError, invalid
from roughy_box.domain.ids import is_id
from roughy_box.domain.language import is_language
from roughy_box.http.server.sanic_compat import stream_of

_SUBJECT = re.compile("^(Input|List|String) should ")  # of sentences of pydantic, which follow the field here
_COUNTED = re.compile(" after validation, not [0-9]+$")
_MOST_FIELDS = 100  # that an answer names: a list may have thousands of faulty items
BODY_DEADLINE = 10.0  # seconds
BODY_RATE = 32 * 1024  # bytes; each such part of a body has a second more


class Strict(BaseModel):
    """A model without conversions between types; unknown members are ignored."""

    model_config = ConfigDict(strict=True)


Model = TypeVar("Model", bound=BaseModel)


def _name(value: str) -> str:
    name = value.strip()
    if not 1 <= len(name) <= 256:
        raise ValueError("must have 1 to 256 characters")
    if has_controls(name):
        raise ValueError("must not contain control characters")
    return name


def _language(value: str) -> str:
    code = value.lower()
    if not is_language(code):
        raise ValueError('must be two letters of ISO 639-1, such as "en"')
    return code


def _uuid(value: str) -> str:
    if not is_id(value.lower()):
        raise ValueError("must be an id (UUID)")
    return value.lower()


def _part(value: str) -> str:
    if not 1 <= len(value) <= LONGEST:
        raise ValueError(f"must have 1 to {LONGEST} characters")
    return value


def _digits(value: str) -> str:
    if not (value.isascii() and value.isdigit() and len(value) < 20):
        raise ValueError("must be a whole number")
    return value


class _Languages:
    """The JSON Schema of a language: every code there is."""

    def __get_pydantic_json_schema__(self, *_: object) -> dict[str, Any]:
        known = [first + "".join(_second_letters(first)) for first in ascii_lowercase]
        pairs = "|".join(f"{each[0]}[{each[1:]}]" for each in known if each[1:])
        return {"type": "string", "pattern": f"^({pairs})$"}


def _second_letters(first: str) -> Iterator[str]:
    return (second for second in ascii_lowercase if is_language(first + second))


# As a regular expression: no control characters, and not only white space.
_NAME = rf"^[^{CONTROLS}]*[^\s{CONTROLS}][^{CONTROLS}]*$"

Name = Annotated[
    str,
    AfterValidator(_name),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 256, "pattern": _NAME}),
]
FileName = Annotated[
    str,
    AfterValidator(parse_name),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST,
            "pattern": rf"^[^{REFUSED}]*[^\s{REFUSED}][^{REFUSED}]*$",
        }
    ),
]
NamePart = Annotated[
    str, AfterValidator(_part), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST})
]
Language = Annotated[str, AfterValidator(_language), _Languages()]
Id = Annotated[str, AfterValidator(_uuid), WithJsonSchema({"type": "string", "format": "uuid"})]
Digits = BeforeValidator(_digits)


class Page(BaseModel):
    """The query of every list; the values arrive as text."""

    limit: Annotated[int, Field(ge=1, le=100, description="The largest number of items."), Digits] = 20
    offset: Annotated[int, Field(ge=0, le=2**62, description="The number of items to skip."), Digits] = 0


async def read_json(request: Request, model: type[Model], largest: int = 0, *, optional: bool = False) -> Model:
    """Return the checked JSON body; one of ``largest`` bytes is taken even where ``server.max_json`` is less.

    ``optional``: an empty body is an empty object.
    Errors: ``bad_request``, ``payload_too_large``, ``validation_error``.
    """
    largest = max(largest, request.app.config.REQUEST_MAX_SIZE)
    stream_of(request).request_max_size = largest
    try:
        await _receive_body(request)
    except PayloadTooLarge:
        raise BoxError("payload_too_large", f"A JSON body may have at most {format_size(largest)}.") from None
    try:
        content = json.loads(request.body or (b"{}" if optional else b""), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise BoxError("bad_request", "The request body is not valid JSON.") from None
    if not isinstance(content, dict):
        raise BoxError("validation_error", "The request body must be a JSON object.")
    return _check(model, content, "body")


async def _receive_body(request: Request) -> None:
    """Take the body in, in limited time: a client that never finishes must not hold its connection for long."""
    stream = stream_of(request)
    declared = None if stream.request_body == "chunked" else stream.request_bytes or 0
    began, body = asyncio.get_running_loop().time(), bytearray()
    stream.protocol.is_unfinished = True
    try:
        async with asyncio.timeout_at(began + BODY_DEADLINE + (declared or 0) / BODY_RATE) as deadline:
            async for data in stream:
                body += data
                if declared is None:
                    deadline.reschedule(began + BODY_DEADLINE + len(body) / BODY_RATE)
    except TimeoutError:
        stream.keep_alive = False
        raise BoxError("bad_request", "The body of the request took too long.") from None
    finally:
        stream.protocol.is_unfinished = False
    request.body = bytes(body)


def read_query(request: Request, model: type[Model]) -> Model:
    """Return the checked query; unknown parameters are ignored. Errors: ``validation_error``."""
    given = {name: values[0] for name, values in request.get_args(keep_blank_values=True).items()}
    return _check(model, given, "query")


def path_id(name: str, value: str) -> str:
    """Return an id of the path in lower case. Errors: ``validation_error`` if it is not a UUID."""
    if not is_id(value.lower()):
        raise invalid(f"path.{name}", "must be an id (UUID)")
    return value.lower()


def _check(model: type[Model], content: dict[str, Any], where: str) -> Model:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        fields = [
            FieldError(".".join([where, *map(str, each["loc"])]), _sentence(each["type"], each["msg"]))
            for each in error.errors(include_url=False, include_input=False, include_context=False)[:_MOST_FIELDS]
        ]
        summary = "; ".join(f"{each.field} {each.message}" for each in fields)
        raise BoxError("validation_error", summary, fields=fields) from None


def _sentence(kind: str, message: str) -> str:
    if kind == "model_type":  # has the name of our class
        return "must be an object"
    message = message.removeprefix("Value error, ").replace("Field r", "is r")
    return _COUNTED.sub("", _SUBJECT.sub("must ", message))


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
