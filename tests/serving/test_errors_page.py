"""The page of errors is what the classes say, and what the API's own document says."""

from __future__ import annotations

import re
from pathlib import Path

from serving import errors_page, problems
from serving.app import create_app
from serving.examples import operations

DOCUMENT = Path(__file__).parents[2] / "docs" / "errors.md"


def rows() -> dict[str, tuple[int, str, str]]:
    found = re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \| ([^|]*) \| (.+) \|$", DOCUMENT.read_text(), re.M)
    return {code: (int(status), facts, words) for code, status, facts, words in found}


def test_the_page_is_up_to_date() -> None:
    assert DOCUMENT.read_text() == errors_page.page(), "python -m serving.errors_page > docs/errors.md"


def test_every_class_has_a_row_with_its_status_and_words() -> None:
    told = rows()
    for error in errors_page.errors():
        status, _, words = told[error.code]
        assert status == (503 if issubclass(error, errors_page.Unavailable) else problems.status_of(error))
        assert len(words) > 20, error


def test_what_the_document_of_the_api_tells_of_stands_in_the_page() -> None:
    told = rows()
    document = create_app().openapi()
    for _, path, operation in operations(document):
        for status, answer in operation["responses"].items():
            for code in answer.get("content", {}).get(problems.MEDIA_TYPE, {}).get("examples", {}):
                assert told[code][0] == int(status), (path, code)
