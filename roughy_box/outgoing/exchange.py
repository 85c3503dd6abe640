"""One request and its answer, over HTTP.

The reasons for a missing answer are sentences of this program. Nothing of an answer but its status gets into them: a
receiver may be any server that the box can reach, and those who see deliveries need not be allowed to read it.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping

import httpcore
import httpx

from roughy_box.domain.webhook import LARGEST_ANSWER
from roughy_box.outgoing.answer import Answer
from roughy_box.outgoing.policy import Policy, RefusedAddress, UnknownName
from roughy_box.outgoing.transport import Transport, tls_context


class Exchange:
    """Posts over at most ``most`` connections at a time."""

    def __init__(self, policy: Policy, most: int) -> None:
        self._transport = Transport(policy, tls_context(), most)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post ``body`` and return the answer; its body is dropped."""
        try:
            return Answer(await self._status(httpx.Request("POST", url, headers=headers, content=body)))
        except RefusedAddress as error:
            return Answer(None, f"The URL {error}.")
        except UnknownName:
            return Answer(None, "The host name does not resolve.")
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpx.InvalidURL) as error:
            return Answer(None, _reason(error))

    async def _status(self, request: httpx.Request) -> int:
        answer = await self._transport.handle_async_request(request)
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        try:
            left = LARGEST_ANSWER
            # As it comes: a compressed body stays small.
            async for part in answer.stream:
                left -= len(part)
                if left <= 0:
                    break
        finally:
            await answer.aclose()
        return answer.status_code

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.aclose()


def _reason(error: Exception) -> str:
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"The certificate of the receiver cannot be verified: {cause.verify_message}."
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "No TLS connection could be made."
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "The connection was refused."
    if isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
        return "No connection could be made."
    if isinstance(error, httpcore.ProtocolError):
        return "The answer is not valid HTTP, or its headers are too large."
    return "The connection broke before the answer was complete."


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for each in error.exceptions:
                yield from _causes(each)
        error = error.__cause__ or error.__context__
