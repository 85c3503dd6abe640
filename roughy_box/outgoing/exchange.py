"""One request and its answer, over HTTP.

The reasons for a missing answer are sentences of this program. Nothing of an answer but its status gets into them: a
receiver may be any server that the box can reach, and those who see deliveries need not be allowed to read it.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping

import h11
import httpx

from roughy_box.outgoing.answer import Answer
from roughy_box.outgoing.policy import Policy, RefusedAddress, UnknownName
from roughy_box.outgoing.transport import BrokenAnswer, LongAnswer, Transport, tls_context


class Exchange:
    """Posts to addresses that ``policy`` allows."""

    def __init__(self, policy: Policy) -> None:
        self._transport = Transport(policy, tls_context())

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post ``body`` and return the answer; its body is dropped."""
        try:
            return Answer(await self._status(httpx.Request("POST", url, headers=headers, content=body)))
        except RefusedAddress as error:
            return Answer(None, f"The URL {error}.")
        except (UnknownName, BrokenAnswer, LongAnswer, h11.RemoteProtocolError, httpx.InvalidURL, OSError) as error:
            return Answer(None, _reason(error))

    async def _status(self, request: httpx.Request) -> int:
        answer = await self._transport.handle_async_request(request)
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        try:
            # As it comes: a compressed body stays small.
            async for _ in answer.stream:
                pass
        finally:
            await answer.aclose()
        return answer.status_code


def _reason(error: Exception) -> str:
    match error:
        case UnknownName():
            return "The host name does not resolve."
        case BrokenAnswer() | ConnectionResetError() | BrokenPipeError():
            return "The connection was closed before the answer was complete."
        case LongAnswer() | h11.RemoteProtocolError():
            return "The answer is not valid HTTP, or its headers are too large."
        case ssl.SSLCertVerificationError():
            return f"The certificate of the receiver cannot be verified: {error.verify_message}."
        case ssl.SSLError():
            return "No TLS connection could be made."
        case ConnectionRefusedError():
            return "The connection was refused."
    return "No connection could be made."
