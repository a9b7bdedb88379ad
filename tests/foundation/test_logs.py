"""What the log says, and what it never says."""

from __future__ import annotations

import contextlib
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from foundation.logs import MASK, configure_logs, correlated, logger


@pytest.fixture(autouse=True)
def _logging_is_put_back() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers, root.level
    yield
    root.handlers, root.level = before
    structlog.reset_defaults()


def _line(written: str) -> dict[str, Any]:
    return dict(json.loads(written.splitlines()[-1]))


def test_a_line_of_production_is_json_with_event_level_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(json=True)
    logger("commerce.ordering").info("order_placed", order_id="o-1", total_paisa=12_50)
    line = _line(capsys.readouterr().err)
    assert (line["event"], line["level"], line["logger"]) == ("order_placed", "info", "commerce.ordering")
    assert (line["order_id"], line["total_paisa"]) == ("o-1", 1250)
    assert line["timestamp"].endswith("Z")


def test_every_line_of_a_request_carries_its_correlation_id(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(json=True)
    with correlated("req-7"):
        logger("a").info("one")
        assert _line(capsys.readouterr().err)["correlation_id"] == "req-7"
        with correlated() as inner:
            assert inner == "req-7"
    logger("a").info("after")
    assert "correlation_id" not in _line(capsys.readouterr().err)


@pytest.mark.parametrize(
    "name",
    ["password", "refresh_token", "api_key", "phone", "customer_name", "email", "gstin", "phone_numbers"],
)
def test_secrets_and_personal_fields_are_masked_at_any_depth(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(json=True)
    logger("a").warning("seen", **{name: "private"}, facts=[{name: "private"}])
    written = capsys.readouterr().err
    assert "private" not in written
    assert _line(written)["facts"] == [{name: MASK}]


def test_what_only_resembles_a_private_name_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(json=True)
    logger("a").info("seen", company="Karnali Traders", span_ms=3, product_name="salt", tokenizer="plain")
    written = capsys.readouterr().err
    assert "Karnali Traders" in written
    assert MASK not in written


def test_tracebacks_show_no_password_no_row_and_no_local_variable(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(json=True)
    url, customer = "postgresql://shop:hush-hush@db/trade", "Sita of Surkhet"
    try:
        raise RuntimeError(f"{url} refused {len(customer)}\nDETAIL: Key (phone)=(98480) exists")
    except RuntimeError:
        logging.getLogger("a.library").exception("gave up on %s", url)
    written = capsys.readouterr().err
    assert _line(written)["event"] == f"gave up on postgresql://shop:{MASK}@db/trade"
    assert _line(written)["exception"][0]["exc_type"] == "RuntimeError"
    for private in ("hush", "98480", "Surkhet"):
        assert private not in written


def test_development_gets_readable_lines(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(json=False)
    logger("a").info("order_placed", order_id="o-1", phone="98480")
    written = capsys.readouterr().err
    assert "order_placed" in written
    assert "order_id=o-1" in written
    assert "98480" not in written


def test_the_log_goes_to_the_stderr_of_the_moment(capsys: pytest.CaptureFixture[str]) -> None:
    swapped_in = io.StringIO()
    with contextlib.redirect_stderr(swapped_in):
        configure_logs(json=True)
    swapped_in.close()
    logger("a").warning("after")
    assert _line(capsys.readouterr().err)["event"] == "after"
