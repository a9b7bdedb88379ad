"""When something may be said (pure)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from commerce.messaging.vocabulary import CAN_WAIT, PROMOTED_FROM, PROMOTED_UNTIL, PROMOTIONAL


def not_before(
    now: datetime, *, purpose: str, country: str, time_zone: str, heard_from: time, heard_until: time
) -> datetime | None:
    """The first moment from `now` on at which it may go out, by the customer's hours and the country's.

    What cannot wait goes at once. None: the hours that the customer chose and those of the law never meet.
    """
    if purpose not in CAN_WAIT:
        return now
    if purpose in PROMOTIONAL and country == "IN":
        heard_from, heard_until = max(heard_from, PROMOTED_FROM), min(heard_until, PROMOTED_UNTIL)
    if heard_from >= heard_until:
        return None
    zone = ZoneInfo(time_zone)
    here = now.astimezone(zone)
    if here.time() < heard_from:
        return datetime.combine(here.date(), heard_from, zone).astimezone(now.tzinfo)
    if here.time() >= heard_until:
        return datetime.combine(here.date() + timedelta(days=1), heard_from, zone).astimezone(now.tzinfo)
    return now
