"""How a shop's messages go out: the sender that it registered, its templates' ids, and how much a day may bring."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from commerce.messaging import queries, templates
from commerce.messaging.errors import MessageInvalid
from commerce.messaging.models import MessageSettings
from commerce.messaging.vocabulary import LANGUAGES, OFFERS_PER_DAY, PER_DAY_MAX, REMINDERS_PER_DAY
from commerce.parties import service as parties

HEADERS: Final = {"IN": re.compile("[A-Za-z]{6}|[0-9]{6}")}
"""Six letters for service, six digits for promotion (TRAI, TCCCPR 2018, schedule I)."""
HEADER_ELSEWHERE: Final = re.compile("[A-Za-z0-9]{3,11}")
"""An alphanumeric sender of GSM 03.40 has eleven characters at most."""
DLT_ID: Final = re.compile("[0-9]{10,25}")
"""The registries give 19 digits; none of them publishes that as a rule."""


@dataclass(frozen=True)
class Sender:
    """What holds for a shop's messages; the defaults where it never said."""

    sms_header: str | None = None
    principal_entity_id: str | None = None
    dlt_templates: Mapping[str, str] = field(default_factory=dict)
    """By `template.language`: the id under which its words were registered."""
    reminders_per_day: int = REMINDERS_PER_DAY
    offers_per_day: int = OFFERS_PER_DAY
    version: int = 0


def sender_of(session: Session, business_id: UUID) -> Sender:
    """How a shop's messages go out."""
    kept = queries.settings_of(session, business_id)
    if kept is None:
        return Sender()
    return Sender(**{name: getattr(kept, name) for name in Sender.__dataclass_fields__})


def change_sender(session: Session, *, business_id: UUID, wanted: Sender) -> None:
    """Let what is said from now on go out so; `wanted` is the whole. Raises MessageInvalid."""
    shop = parties.get_business(session, business_id=business_id)
    _check(wanted, shop.country)
    values = {
        "sms_header": wanted.sms_header,
        "principal_entity_id": wanted.principal_entity_id,
        "dlt_templates": dict(wanted.dlt_templates),
        "reminders_per_day": wanted.reminders_per_day,
        "offers_per_day": wanted.offers_per_day,
    }
    session.execute(
        insert(MessageSettings)
        .values(business_id=business_id, version=1, **values)
        .on_conflict_do_update(
            index_elements=["business_id"], set_={**values, "version": MessageSettings.version + 1}
        )
    )


def _check(wanted: Sender, country: str) -> None:
    header = HEADERS.get(country, HEADER_ELSEWHERE)
    if wanted.sms_header is not None and not header.fullmatch(wanted.sms_header):
        raise MessageInvalid(
            "sms_header",
            wanted.sms_header,
            "give the six letters or digits that are registered"
            if country == "IN"
            else "give 3 to 11 letters or digits",
        )
    entity = wanted.principal_entity_id
    if entity is not None and not DLT_ID.fullmatch(entity):
        raise MessageInvalid("principal_entity_id", entity, "give the digits that the registry gave")
    for name, given in wanted.dlt_templates.items():
        template, _, language = name.partition(".")
        if template not in templates.loaded().templates or language not in LANGUAGES:
            raise MessageInvalid(
                "dlt_templates",
                name,
                f"write a template and a language ({', '.join(LANGUAGES)}), like bill.hi; "
                "`GET /api/v1/message-templates` lists them",
            )
        if not DLT_ID.fullmatch(given):
            raise MessageInvalid("dlt_templates", given, f"give the digits that the registry gave for {name}")
    for field_name in ("reminders_per_day", "offers_per_day"):
        if not 0 <= (bound := getattr(wanted, field_name)) <= PER_DAY_MAX:
            raise MessageInvalid(field_name, bound, f"give 0 to {PER_DAY_MAX}")
