"""The log: JSON lines in production, readable in development; never a secret, never a person.

`log.info("order_placed", order_id=…)` names an event and its facts. Facts whose name is that of a
secret or a personal field are masked here, whoever logs them; people appear by id only.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog

from foundation.ids import uuid7
from foundation.settings import settings

# Local variables are left out of tracebacks: they hold whatever the code was working on.
_traceback_without_locals = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)

correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)
"""What ties a request, its events and its jobs together; every log line carries it."""

MASK = "***"
_PRIVATE = re.compile(
    r"(^|_)(password|passphrase|secret|token|authorization|cookie|credential|api_?key|private_?key|dsn|pin|otp"
    r"|phone|mobile|whatsapp|e?mail|address|street|latitude|longitude|pan|gstin|aadhaar|citizenship|birth"
    r"|full_name|first_name|last_name|contact_name|person_name|customer_name|owner_name|display_name|transcript"
    r"|message_body)(s|$|_)",
    re.IGNORECASE,
)
_PASSWORD_IN_URL = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@]*):[^\s@/]+@", re.IGNORECASE)
_ROW_IN_ERROR = re.compile(
    r"(DETAIL:|\[parameters:).*"
)  # Postgres and SQLAlchemy quote the row that was refused


class _ToStderr(logging.StreamHandler[Any]):
    """Writes to the stderr of the moment: one that was swapped in for a while is closed when it goes."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        return sys.stderr


def configure_logs(*, json: bool | None = None, level: str | None = None) -> None:
    """Send the log of this process, and that of the libraries in it, to stderr. Safe to call again.

    JSON in production unless `json` says otherwise; `level` overrides LOG_LEVEL.
    """
    chosen = settings()
    as_json = chosen.sauda_env == "production" if json is None else json
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_correlation_id,
    ]
    ending: list[structlog.typing.Processor] = (
        [_traceback_without_locals, mask_private, structlog.processors.JSONRenderer(default=str)]
        if as_json
        else [
            structlog.processors.format_exc_info,
            mask_private,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _ToStderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level or chosen.log_level)
    for chatty in ("httpx", "httpcore", "urllib3", "alembic"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module: `log = logger(__name__)`."""
    bound: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return bound


@contextmanager
def correlated(given: str | None = None) -> Iterator[str]:
    """Run the body under one correlation id: the given one, the one that already holds, or a new one."""
    chosen = given or correlation_id.get() or str(uuid7())
    token = correlation_id.set(chosen)
    try:
        yield chosen
    finally:
        correlation_id.reset(token)


def _add_correlation_id(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    if (current := correlation_id.get()) is not None:
        event.setdefault("correlation_id", current)
    return event


def mask_private(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask private fields at any depth, and passwords inside URLs. The last step before rendering."""
    return {name: _masked(name, value) for name, value in event.items()}


def _masked(name: str, value: Any) -> Any:
    if _PRIVATE.search(name):
        return MASK
    if isinstance(value, str):
        return _ROW_IN_ERROR.sub(rf"\1 {MASK}", _PASSWORD_IN_URL.sub(rf"\1:{MASK}@", value))
    if isinstance(value, Mapping):
        return {key: _masked(str(key), inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked(name, inner) for inner in value]
    return value
