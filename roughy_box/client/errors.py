"""The errors of the client."""

from __future__ import annotations

from collections.abc import Mapping


class ClientError(Exception):
    """A failed call or a file that cannot be used: a sentence for people, and a code of the API or ``file*``.

    ``fields`` has the invalid fields of a ``validation_error``, such as ``query.media``, and what each must be.
    """

    def __init__(self, message: str, code: str, fields: Mapping[str, str] | None = None) -> None:
        self.message = message
        self.code = code
        self.fields = dict(fields or {})
        super().__init__(message)

    def naming(self, options: Mapping[str, str]) -> ClientError:
        """Return the error in the words of a command: with the option of each invalid field that has one."""
        if not self.fields:
            return self
        sentences = [f"{options.get(field, field)}: {message.rstrip('.')}." for field, message in self.fields.items()]
        return ClientError(" ".join(sentences), self.code)


class TemporaryError(ClientError):
    """A failure worth a retry; ``retry_after`` is in seconds, None if the server named no time."""

    def __init__(self, message: str, code: str, retry_after: float | None = None) -> None:
        super().__init__(message, code)
        self.retry_after = retry_after


class BodyLimitError(ClientError):
    """A proxy before the box refuses a body of this size; the code is ``payload_too_large``."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"A proxy before {host} refuses large requests (413). Raise its limit "
            "(nginx: client_max_body_size 0; Caddy: no request_body max_size).",
            "payload_too_large",
        )


class OriginError(ClientError):
    """An address of the box has another origin than the box, and must not get the key; the code is ``url``."""

    def __init__(self, own: str, given: str) -> None:
        super().__init__(
            f"The box at {own} gave out an address at {given}; the API key is sent to {own} only. "
            "Set server.public_url on the box, or run 'roughy-box doctor --url' for the cause.",
            "url",
        )
