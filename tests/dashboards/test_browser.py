"""Both pages in Chromium: the real dashboards in a process of their own, the real API, a real publication."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pypdf import PdfReader

import dashboards
from tests.dashboards.conftest import Published
from tests.serving.conftest import PASSWORD, Person, Register

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.committing,
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here; on Debian: apt-get install chromium"),
]
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
    "--disable-quic",
]
PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        no_sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *no_sandbox])
        yield opened
        opened.close()


@contextmanager
def dashboards_on(home: Path, api: str) -> Iterator[str]:
    """The address of dashboards that read the runs of this home."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = Path(dashboards.__path__[0]) / "app.py"
    options = ["--server.address", "127.0.0.1", "--server.port", str(port)]
    environment = {**os.environ, "SAUDA_HOME": str(home), "API_URL": api}
    log = home / "dashboards.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(app), *options],
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_healthy(process, address, log)
            yield address
        finally:
            process.terminate()
            process.wait(30)


def _wait_until_healthy(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + 90
    with httpx.Client(timeout=10, trust_env=False) as client:
        while time.monotonic() < deadline:
            try:
                if client.get(f"{address}/_stcore/health").is_success:
                    return
            except httpx.TransportError:
                assert process.poll() is None, f"the dashboards ended: {log.read_text()}"
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
    pytest.fail(f"the dashboards did not begin to serve within 90 seconds: {log.read_text()}")


def log_in(browser: Browser, address: str, who: Person) -> Page:
    page = browser.new_page(viewport={"width": 1440, "height": 2600})
    page.set_default_timeout(PATIENCE_MS)
    strange: list[str] = []
    page.on("request", lambda request: strange.append(request.url) if _is_strange(request.url) else None)
    page.goto(address)
    page.get_by_label("E-mail").fill(who.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="The market")).to_be_visible(timeout=PATIENCE_MS)
    assert not strange
    return page


def _is_strange(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:"))


def test_a_loan_officer_logs_in_looks_at_both_pages_and_takes_the_report_away(
    browser: Browser, api: str, published: Published, person: Register
) -> None:
    with dashboards_on(published.objects.parent, api) as address:
        page = log_in(browser, address, person("loan_officer"))
        expect(page.get_by_text("NPR 20,000.00").first).to_be_visible(timeout=PATIENCE_MS)
        expect(page.get_by_role("heading", name="Demand of the coming week")).to_be_visible(
            timeout=PATIENCE_MS
        )
        expect(page.get_by_text("as of 9 Dec 2011").first).to_be_visible()

        page.get_by_role("link", name="Trade credit").click()
        expect(page.get_by_text("2 of 9 credit purchases were paid late")).to_be_visible(timeout=PATIENCE_MS)
        expect(page.get_by_text("beside NPR 1,000.00 in dispute")).to_be_visible()
        expect(page.get_by_role("heading", name="Open debts")).to_be_visible(timeout=PATIENCE_MS)
        with page.expect_download(timeout=PATIENCE_MS) as download:
            page.get_by_role("button", name="Report for a bank (PDF)").click()
        page.get_by_role("combobox", name="Retailer").click()
        page.get_by_role("option").filter(has_text="onerror").click()
        expect(page.get_by_text("not enough history")).to_be_visible(timeout=PATIENCE_MS)
        # Names that look like markup stood on both pages, in lists, tables and pictures, and nothing of them ran.
        assert page.evaluate("window.ran") is None
        asked = page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
        assert not [url for url in asked if _is_strange(url)]
        assert page.locator("img[src='x'], img[src*='evil'], a[href^='javascript']").count() == 0
        pdf = Path(download.value.path()).read_bytes()
        said = " ".join(" ".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf)).pages).split())
        assert download.value.suggested_filename.endswith("2011-12-09.pdf")
        for words in (
            "not a credit bureau report",
            "Himal Kirana",
            "Karnali Traders",
            "713",
            published.run_id,
        ):
            assert words in said, words
        page.close()


def test_before_the_first_run_both_pages_say_what_to_run(
    browser: Browser, api: str, person: Register, tmp_path: Path
) -> None:
    with dashboards_on(tmp_path, api) as address:
        page = log_in(browser, address, person("analyst"))
        expect(page.get_by_text("Nothing is published yet")).to_be_visible(timeout=PATIENCE_MS)
        page.get_by_role("link", name="Trade credit").click()
        expect(page.get_by_role("heading", name="Trade credit")).to_be_visible(timeout=PATIENCE_MS)
        expect(page.get_by_text("Nothing is published yet")).to_be_visible(timeout=PATIENCE_MS)
        expect(page.get_by_text("sauda run", exact=True)).to_be_visible()
        page.close()
