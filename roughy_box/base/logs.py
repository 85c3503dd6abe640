"""Log lines: text for people, JSON for machines; each names its request.

They contain no secrets: paths are logged without their query, headers not at all.
"""

from __future__ import annotations

import json
import logging
from contextvars import ContextVar

from roughy_box.base import clock
from roughy_box.config.options import Log

request_id: ContextVar[str | None] = ContextVar("request id", default=None)


def configure(options: Log) -> None:
    """Configure logging to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Json() if options.format == "json" else _Text())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(options.level.upper())
    # Their debug lines contain database values and raw requests.
    for name in ("tortoise", "aiosqlite", "asyncio", "sanic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # 5xx are logged as errors.
    logging.getLogger("roughy_box.access").setLevel(logging.NOTSET if options.access else logging.ERROR)
    # Sanic's message about a body that the endpoint did not read, such as that of a GET; Sanic discards it.
    logging.getLogger("sanic.error").addFilter(lambda record: not record.getMessage().endswith("body not consumed."))
    # It reports jobs that are cancelled at shutdown; our jobs log their own errors.
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    # A full disk under the log must not print a traceback for every line.
    logging.raiseExceptions = False
    # Our lines name neither source line nor thread; looking them up takes half of the time of a log call
    # (docs.python.org/3/howto/logging.html, "Optimization").
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = clock.iso(int(record.created * clock.SECOND))[:23]
        subject = f" [{request_id.get()}]" if request_id.get() else ""
        return f"{moment}Z {record.levelname.lower():7}{subject} {_message(self, record)}"


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": clock.iso(int(record.created * clock.SECOND)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(self, record),
            "request_id": request_id.get(),
        }
        return json.dumps(line | getattr(record, "facts", {}), ensure_ascii=False)


def _message(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    text = record.getMessage()
    if record.exc_info:
        text += "\n" + formatter.formatException(record.exc_info)
    return text
