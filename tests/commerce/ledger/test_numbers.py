"""Document numbers: gapless under parallel callers, in the fiscal year of the land, never backwards."""

from __future__ import annotations

from datetime import date

import pytest

from commerce.ledger import service as ledger
from commerce.ledger.errors import DocumentDateBackwards
from commerce.ledger.fiscal_year import fiscal_year
from foundation.database import write
from foundation.embedded_postgres import Server
from tests.commerce.conftest import Crowd
from tests.commerce.factories import business


@pytest.mark.parametrize(
    ("country", "day", "expected"),
    [
        ("IN", date(2026, 3, 31), "25-26"),
        ("IN", date(2026, 4, 1), "26-27"),
        ("IN", date(2000, 1, 1), "99-00"),
        # Shrawan 1 of 2082 fell on 17 July 2025, of 2083 on 17 July 2026.
        ("NP", date(2025, 7, 16), "81-82"),
        ("NP", date(2025, 7, 17), "82-83"),
        ("NP", date(2026, 7, 16), "82-83"),
        ("NP", date(2026, 7, 17), "83-84"),
        ("GB", date(2011, 12, 9), "2011"),
    ],
)
def test_the_fiscal_year_is_that_of_the_land(country: str, day: date, expected: str) -> None:
    assert fiscal_year(country, day) == expected


def take(vendor_id: object, day: date = date(2026, 5, 1), year: str = "26-27") -> str:
    return write(
        lambda session: ledger.next_document_number(
            session, business_id=vendor_id, series="DN", fiscal_year=year, document_date=day
        )
    )


def test_numbers_count_up_per_series_and_year(migrated: Server) -> None:
    shop = write(business)
    assert [take(shop), take(shop), take(shop, year="27-28")] == [
        "DN/26-27/000001",
        "DN/26-27/000002",
        "DN/27-28/000001",
    ]


def test_a_series_does_not_run_backwards(migrated: Server) -> None:
    shop = write(business)
    take(shop, date(2026, 5, 2))
    with pytest.raises(DocumentDateBackwards, match="2026-05-01"):
        take(shop, date(2026, 5, 1))
    assert take(shop, date(2026, 5, 2)) == "DN/26-27/000002"


def test_parallel_callers_leave_no_gap(migrated: Server, crowd: Crowd) -> None:
    shop = write(business)
    numbers = crowd([lambda: take(shop)] * 16)
    assert sorted(map(str, numbers)) == [f"DN/26-27/{n:06d}" for n in range(1, 17)]
