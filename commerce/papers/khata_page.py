"""A customer's khata as a page for their phone: what is owed, what is open, what came and went; no ids."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from jinja2 import Environment, Template
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.customers import service as customers
from commerce.khata import queries as khata
from commerce.papers import queries
from commerce.papers.errors import LinkInvalid
from commerce.papers.labels import LANGUAGES, is_known, label
from commerce.papers.wording import money, plain
from commerce.parties import service as parties
from foundation import clock

TEMPLATE: Final = Path(__file__).parent / "khata.html"
ENTRIES_SHOWN: Final = 50
STYLE: Final = (
    "body{margin:0;font-family:'Noto Sans','Noto Sans Devanagari',system-ui,sans-serif;color:#1b1f1c;line-height:1.45}"
    "header{background:#14532d;color:#fff;padding:16px}h1{font-size:20px;margin:0}header p{margin:4px 0 0}"
    "main{max-width:640px;margin:0 auto;padding:16px}h2{font-size:16px;color:#14532d;margin:24px 0 4px}"
    ".balance{background:#ecf5ee;border-radius:8px;padding:16px;text-align:center}.balance p{margin:0}"
    ".balance .amount{font-size:32px;font-weight:700}ul{list-style:none;margin:0;padding:0}"
    "li{display:flex;justify-content:space-between;gap:12px;padding:10px 0;border-bottom:1px solid #b9d3c0}"
    "li .amount{font-variant-numeric:tabular-nums;white-space:nowrap}.less{color:#14532d}"
    "small,.small{color:#5b665e;font-size:13px}.refusal span{display:block;margin:16px 0;font-size:18px}"
)
CONTENT_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "frame-ancestors 'none'"
)


@dataclass(frozen=True)
class KhataItem:
    """Something that came into a khata or left it."""

    what: str
    number: str | None
    day: date
    due: date
    amount_paisa: int
    open_paisa: int


@dataclass(frozen=True)
class KhataPage:
    """What a customer sees of their khata."""

    shop: str
    customer: str
    language: str
    currency: str
    day: date
    balance_paisa: int
    open_items: Sequence[KhataItem]
    """What is owed and not settled, the oldest first."""
    entries: Sequence[KhataItem]
    """The newest first."""
    has_more: bool
    until: datetime


def khata_page(session: Session, customer_id: UUID, until: datetime) -> KhataPage:
    """The khata of a customer of any shop, for who holds a link to it. Raises LinkInvalid where it is gone."""
    business_id = queries.shop_of(session, customer_id)
    if business_id is None:
        raise LinkInvalid
    known = customers.get_customer(session, business_id=business_id, customer_id=customer_id)
    if known.is_erased:
        raise LinkInvalid
    shop = parties.get_business(session, business_id=business_id)
    language = known.preferences.language
    rows = khata.movements(session, known.account_id, limit=ENTRIES_SHOWN + 1)
    still_open = khata.movements(
        session, known.account_id, is_open=True, by=khata.MOVEMENTS_BY["oldest"], limit=ENTRIES_SHOWN
    )
    return KhataPage(
        shop=shop.name,
        customer=known.name,
        language=language,
        currency=known.currency,
        day=clock.business_day(clock.now(), shop.time_zone),
        balance_paisa=known.balance_paisa,
        open_items=[_item(row, language) for row in still_open if row["amount_paisa"] > 0],
        entries=[_item(row, language) for row in rows[:ENTRIES_SHOWN]],
        has_more=len(rows) > ENTRIES_SHOWN,
        until=until,
    )


def as_html(page: KhataPage) -> str:
    """The page, whole and alone: it loads nothing else."""
    return _template().render(
        **vars(page),
        title=page.shop,
        style=STYLE,
        refusal=None,
        label=partial(label, language=page.language),
        money=partial(money, currency=page.currency, language=page.language),
        plain=plain,
    )


def refusal_html(key: str) -> str:
    """The page for who opens a link that opens nothing any more, in every language: nobody is known here."""
    said = [label(key, language) for language in LANGUAGES]
    return _template().render(
        language="en", title="Sauda", shop="Sauda", customer=None, style=STYLE, refusal=said
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8"))


def _item(row: RowMapping | dict[str, Any], language: str) -> KhataItem:
    key = f"kind_{row['kind']}"
    return KhataItem(
        what=label(key if is_known(key) else "kind_other", language),
        number=row["document_number"],
        day=row["document_date"],
        due=row["due_date"],
        amount_paisa=row["amount_paisa"],
        open_paisa=row["open_paisa"],
    )
