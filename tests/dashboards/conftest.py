"""A publication of a day in 2011 with two markets in it, and people who look at it through the real API."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyotp
import pytest
import streamlit as st
from obstore.store import LocalStore

from dashboards import api as dashboards_api
from dashboards.api import LogIn
from foundation.embedded_postgres import Server
from foundation.object_store import ObjectStore
from foundation.settings import settings
from tests.served import api
from tests.serving.conftest import PASSWORD, Person, Register, _password_hash, person
from tests.serving.published_market import publish_market

__all__ = ["_password_hash", "api", "person"]

AS_OF = date(2011, 12, 9)
EVIL = (
    "<img src=x onerror='window.ran=1'><script>window.ran=1</script> [x](javascript:window.ran=1) "
    "![y](http://evil.example/y) 😀 =1+1"
)
"""A name that would run in a page which took it for markup, and asks a stranger for a picture."""
TRADED = {"origin": "real", "currency": "NPR"}
IMPORTED = {"origin": "imported", "currency": "GBP"}


@dataclass(frozen=True)
class Published:
    """A run, the store that it was published to with its pointer, and who trades in it."""

    run_id: str
    objects: Path
    vendor: Person
    retailer: Person
    newcomer: Person


@pytest.fixture(scope="session")
def published(
    server: Server, person: Register, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Published]:
    """A run of its own. The pages of this process reach it by its name, for others publish here too."""
    vendor = person("vendor", name="Karnali Traders")
    retailer, newcomer = person("retailer", name="Himal Kirana"), person("retailer", name=EVIL)
    rows = market(str(vendor.own), str(retailer.own), str(newcomer.own))
    # As root the server is another user, who need not read this: only we do.
    objects = tmp_path_factory.mktemp("home") / "objects"
    objects.mkdir()
    store = ObjectStore(str(objects), LocalStore(objects))
    run_id = publish_market(server, rows, as_of=AS_OF, store=store)
    here = settings().home / "objects" / "published" / run_id
    shutil.copytree(objects / "published" / run_id, here)
    yield Published(run_id, objects, vendor, retailer, newcomer)
    shutil.rmtree(here)


@pytest.fixture(autouse=True)
def main_module_kept() -> Iterator[None]:
    """Streamlit puts the page in the place of `__main__`; a process spawned by a later test would run it."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture
def api_in_settings(api: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The pages of this process ask the API of the run."""
    monkeypatch.setenv("API_URL", api)
    settings.cache_clear()
    st.cache_data.clear()
    yield api
    monkeypatch.undo()
    settings.cache_clear()
    st.cache_data.clear()


LogInAs = Callable[[str], LogIn]


@pytest.fixture
def log_in_as(api_in_settings: str, person: Register) -> LogInAs:
    """Registers somebody of a role and logs them in; an admin with a second factor."""

    def log_in(role: str) -> dashboards_api.LogIn:
        current = dashboards_api.log_in(person(role).email, PASSWORD)
        if not current.must_set_up_second_factor:
            return current
        code = pyotp.TOTP(dashboards_api.begin_second_factor(current.access_token)).now()
        return dashboards_api.confirm_second_factor(current.access_token, code)[0]

    return log_in


def market(vendor: str, retailer: str, newcomer: str) -> dict[str, list[dict[str, Any]]]:
    """The marts: a retailer with a score and debts, one without history, and an imported cash trade."""
    product = str(uuid4())
    return {
        "dim_date": [
            {"calendar_date": day, "month_end_date": end, "is_reporting_day": True}
            for day, end in (
                (date(2011, 10, 31), date(2011, 10, 31)),
                (date(2011, 11, 30), date(2011, 11, 30)),
                (AS_OF, date(2011, 12, 31)),
            )
        ],
        "dim_business": [
            {"business_id": one, "country": "NP", "state": "NP-P6", "tax_profile": "pan", "keeps_books": True}
            for one in (vendor, retailer, newcomer)
        ],
        "dim_product": [{"product_id": product, "name": f"Salt 1 kg {EVIL}", "base_unit": "packet"}],
        "fct_orders": [
            _order(vendor, retailer, date(2011, 10, 3), 1_000_000, **TRADED),
            _order(vendor, retailer, AS_OF, 1_000_000, **TRADED) | {"settlement": "cash"},
            *(_order(vendor, retailer, day, 12_345, **IMPORTED) for day in (date(2009, 12, 1), date(2011, 6, 1))),
        ],
        "fct_payments": [
            {
                "payment_id": str(uuid4()), "vendor_id": vendor, "retailer_id": retailer, "amount_paisa": 750_050,
                "mode": "upi", "paid_date": date(2011, 11, 7), "is_bounce": False, "is_assumed": False, **TRADED,
            }
        ],
        "fct_receivable_ageing": [
            _ageing(vendor, retailer, date(2011, 11, 30), not_due=0, late=250_000, days=12),
            _ageing(vendor, retailer, AS_OF, not_due=900_000, late=249_950, days=21, disputed=100_000),
        ],
        "fct_receivable_balance": [
            {
                "item_id": str(uuid4()), "valid_from": date(2011, 10, 4), "valid_to": date(9999, 12, 31),
                "vendor_id": vendor, "retailer_id": retailer, "kind": "charge", "is_debit": True,
                "is_assumed": False, "document_date": date(2011, 10, 4), "due_date": due,
                "amount_paisa": 1_000_000, "open_paisa": left, "disputed_paisa": disputed, **TRADED,
            }
            for due, left, disputed in ((date(2011, 11, 18), 249_950, 0), (date(2011, 11, 20), 100_000, 100_000))
        ],
        "fct_decisions": [
            {
                "decision_id": str(uuid4()), "decision_date": date(2011, 10, 1), "kind": "limit",
                "decided_at": datetime(2011, 10, 1, 6, tzinfo=UTC), "vendor_id": vendor, "retailer_id": retailer,
                "outcome": "granted", "reason_code": "limit-set", "limit_paisa": 20_00_000_00, **TRADED,
            }
        ],
        "fct_daily_sales": [
            {
                "business_date": day, "vendor_id": vendor, "product_id": product, "asked_units": 40,
                "delivered_paisa": 500_000, "ordered_paisa": 500_000, "returned_paisa": 0, **TRADED,
            }
            for day in (date(2011, 12, 1), AS_OF)
        ] + [
            {
                "business_date": day, "vendor_id": vendor, "product_id": product, "asked_units": 1,
                "delivered_paisa": delivered, "ordered_paisa": delivered, "returned_paisa": returned, **IMPORTED,
            }
            for day, delivered, returned in ((date(2011, 6, 1), 12_345, 0), (date(2011, 6, 15), 0, 2_000))
        ],
        "mart_executive_daily": [
            {
                "business_date": day, "orders": orders, "delivered_paisa": 0, "returned_paisa": returned,
                "paid_paisa": 0, "refusals": 0, "receivable_paisa": 0, **of,
            }
            for day, orders, returned, of in (
                (date(2011, 10, 3), 5, 0, TRADED), (AS_OF, 5, 0, TRADED), (date(2009, 12, 1), 1, 0, IMPORTED),
                (date(2011, 6, 1), 1, 0, IMPORTED), (date(2011, 6, 15), 0, 2_000, IMPORTED),
                (date(2011, 6, 16), 0, 0, IMPORTED),
            )
        ],
        "mart_shop_daily": [
            _shop_day(retailer, date(2011, 10, 5), bills=4, sales=500_000, given=200_000, collected=0, owed=200_000),
            _shop_day(newcomer, date(2011, 11, 2), bills=1, sales=30_000, given=0, collected=0, owed=7_000),
            _shop_day(retailer, AS_OF, bills=2, sales=80_000, given=0, collected=50_000, owed=150_000),
        ],
        "mart_retailer_360": [
            _standing(retailer, 2_000_000, score=713, grade="B", limit_paisa=20_00_000_00, receivable_paisa=1_249_950,
                      not_due_paisa=900_000, overdue_paisa=249_950, disputed_paisa=100_000, days_past_due_max=21,
                      **TRADED),
            _standing(newcomer, 0, score=None, grade="NH", limit_paisa=0, receivable_paisa=0, not_due_paisa=0,
                      overdue_paisa=0, days_past_due_max=0, **TRADED),
            _standing(retailer, 24_690, score=713, grade="B", limit_paisa=0, receivable_paisa=0, not_due_paisa=0,
                      overdue_paisa=0, days_past_due_max=0, **IMPORTED),
        ],
        "credit_score": [
            _score(retailer, 713, "B", "late-payments young-account", matured_items=9, late_items=2),
            _score(newcomer, None, "NH", "few-matured-items", matured_items=1, late_items=0),
        ],
        "demand_forecast": [
            {
                **_predicted(vendor, product), "business_date": date(2011, 12, 10), "step": 1, "mean_units": 30.0,
                "p10_units": 20.0, "p50_units": 29.0, "p80_units": 35.0, "p90_units": 41.0,
            }
        ],
        "demand_total": [
            {
                **_predicted(vendor, product), "first_date": date(2011, 12, 10), "last_date": date(2011, 12, 16),
                "mean_units": 210.0, "p50_units": 205.0, "p80_units": 230.0, "p90_units": 251.0,
            }
        ],
    }  # fmt: skip


def _order(vendor: str, retailer: str, day: date, total_paisa: int, **of: Any) -> dict[str, Any]:
    is_imported = of["origin"] == "imported"
    return {
        "order_id": str(uuid4()), "vendor_id": vendor, "retailer_id": retailer, "order_date": day,
        "order_state": "completed", "total_paisa": total_paisa, "delivered_paisa": total_paisa,
        "asked_paisa": total_paisa, "is_imported": is_imported, "is_on_time": None if is_imported else True,
        "channel": "api", "settlement": "credit", "zone": "Surkhet", **of,
    }  # fmt: skip


def _shop_day(
    shop: str, day: date, *, bills: int, sales: int, given: int, collected: int, owed: int
) -> dict[str, Any]:
    return {
        "shop_id": shop, "business_date": day, "bills": bills, "sales_paisa": sales, "tax_paisa": sales // 10,
        "khata_given_paisa": given, "khata_collected_paisa": collected, "outstanding_paisa": owed, **TRADED,
    }  # fmt: skip


def _ageing(
    vendor: str, retailer: str, day: date, *, not_due: int, late: int, days: int, disputed: int = 0
) -> dict[str, Any]:
    return {
        "reporting_date": day, "vendor_id": vendor, "retailer_id": retailer,
        "balance_paisa": not_due + late + disputed, "disputed_paisa": disputed,
        "not_due_paisa": not_due, "overdue_1_30_paisa": late, "overdue_31_60_paisa": 0, "overdue_61_90_paisa": 0,
        "overdue_over_90_paisa": 0, "unallocated_credit_paisa": 0, "overdue_paisa": late,
        "days_past_due_max": days, **TRADED,
    }  # fmt: skip


def _standing(retailer: str, total_paisa: int, **facts: Any) -> dict[str, Any]:
    return {
        "as_of_date": AS_OF, "retailer_id": retailer, "zone": "Surkhet", "joined_date": date(2011, 10, 1),
        "vendors": 1, "first_order_date": date(2011, 10, 3), "last_order_date": AS_OF, "orders": 2, "orders_90d": 2,
        "total_paisa": total_paisa, "total_30d_paisa": total_paisa, "total_90d_paisa": total_paisa,
        "disputed_paisa": 0, "unallocated_credit_paisa": 0, "paid_90d_paisa": 750_050,
        "last_paid_date": date(2011, 11, 7), "bounces_365d": 0, "refusals_90d": 1, **facts,
    }  # fmt: skip


def _score(retailer: str, score: int | None, grade: str, reasons: str, **facts: Any) -> dict[str, Any]:
    return {
        "as_of": AS_OF, "retailer_id": retailer, "origin": "real", "model_version": "transparent-1.2.0",
        "run_id": "run", "score": score, "grade": grade, "payment_points": 8000, "debt_points": 7000,
        "volume_points": 5000, "age_points": 950, "worst_days_late": 21, "bounced_payments": 0, "debt_ratio": 625,
        "order_days": 2, "account_days": 69, "reason_codes": reasons, **facts,
    }  # fmt: skip


def _predicted(vendor: str, product: str) -> dict[str, Any]:
    return {
        "as_of": AS_OF, "model_version": "demand-weekday_mean 1.0.0", "run_id": "run", "vendor_id": vendor,
        "product_id": product, "model": "weekday_mean", "interval_basis": "series", "reason": "best", **TRADED,
    }  # fmt: skip
