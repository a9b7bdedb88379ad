"""A payment that seems to be recorded twice is asked about; a claim is posted when the vendor accepts it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from commerce.credit import service as credit
from commerce.credit.claims import evidence_key
from commerce.credit.errors import (
    AgreementNotFound,
    ClaimDecidedAlready,
    ClaimNotFound,
    EvidenceInvalid,
    PaymentDuplicate,
)
from foundation import clock
from foundation.database import write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.conftest import CALLERS, Crowd
from tests.commerce.factories import Market, market, open_debits

pytestmark = pytest.mark.committing

NOON = datetime(2026, 3, 1, 6, tzinfo=UTC)


def owing(packets: int = 10) -> Market:
    trade = market()
    trade.deliver(trade.accepted(packets))
    return trade


def test_the_same_amount_within_five_minutes_is_asked_about(migrated: Server) -> None:
    with clock.at(NOON):
        trade = owing()
        first = trade.pay(1_000)
        trade.pay(999)
    with clock.at(NOON + timedelta(minutes=4)):
        with pytest.raises(PaymentDuplicate) as caught:
            trade.pay(1_000)
        assert caught.value.facts["payment_id"] == str(first)
        trade.pay(1_000, confirm_duplicate=True)
    with clock.at(NOON + timedelta(minutes=10)):
        trade.pay(1_000)
    assert trade.exposure()[0] == 10_000 - 999 - 3_000


def test_what_was_undone_is_no_double(migrated: Server) -> None:
    trade = owing()
    trade.bounce(trade.pay(1_000), reason="mistake")
    trade.pay(1_000)
    assert trade.exposure()[0] == 9_000


def test_many_who_record_one_payment_record_it_once(migrated: Server, crowd: Crowd) -> None:
    trade = owing()
    answers = crowd([lambda: trade.pay(1_000)] * CALLERS)
    kinds = Counter(type(answer).__name__ for answer in answers)
    assert kinds == {"UUID": 1, PaymentDuplicate.__name__: CALLERS - 1}
    assert trade.exposure()[0] == 9_000


def claimed(trade: Market, amount_paisa: int = 1_000) -> UUID:
    return write(
        lambda session: credit.claim_payment(
            session,
            vendor_id=trade.vendor_id,
            retailer_id=trade.retailer_id,
            amount_paisa=amount_paisa,
            mode="upi",
        )
    )


def accept(trade: Market, claim_id: UUID) -> UUID:
    return write(
        lambda session: credit.accept_claim(session, vendor_id=trade.vendor_id, claim_id=claim_id),
        scope=[trade.vendor_id],
    )


def decline(trade: Market, claim_id: UUID) -> None:
    write(
        lambda session: credit.decline_claim(
            session, vendor_id=trade.vendor_id, claim_id=claim_id, reason="not in the account"
        ),
        scope=[trade.vendor_id],
    )


def test_a_claim_posts_nothing_until_it_is_accepted(migrated: Server) -> None:
    trade = owing()
    claim_id = claimed(trade)
    assert trade.exposure()[0] == 10_000
    accept(trade, claim_id)
    assert (trade.exposure()[0], open_debits(trade)) == (9_000, [9_000])
    for again in (accept, decline):
        with pytest.raises(ClaimDecidedAlready):
            again(trade, claim_id)


def test_a_declined_claim_posts_nothing_at_all(migrated: Server) -> None:
    trade = owing()
    claim_id = claimed(trade)
    decline(trade, claim_id)
    with pytest.raises(ClaimDecidedAlready):
        accept(trade, claim_id)
    assert trade.exposure()[0] == 10_000


def test_many_who_accept_one_claim_post_it_once(migrated: Server, crowd: Crowd) -> None:
    trade = owing()
    claim_id = claimed(trade)
    answers = crowd([lambda: accept(trade, claim_id)] * CALLERS)
    assert Counter(type(answer).__name__ for answer in answers) == {
        "UUID": 1,
        ClaimDecidedAlready.__name__: CALLERS - 1,
    }
    assert trade.exposure()[0] == 9_000


def test_claims_of_others_do_not_exist(migrated: Server) -> None:
    ours, theirs = owing(), owing()
    for claim_id in (claimed(theirs), uuid7()):
        for decide in (accept, decline):
            with pytest.raises(ClaimNotFound):
                decide(ours, claim_id)
    with pytest.raises(AgreementNotFound):
        claimed(Market(ours.vendor_id, theirs.retailer_id, []))


def test_a_picture_is_known_by_its_first_bytes() -> None:
    shop = uuid7()
    key = evidence_key(shop, b"\x89PNG\r\n\x1a\nrest")
    assert key.startswith(f"payment-claims/{shop}/")
    assert key.endswith(".png")
    assert (
        evidence_key(shop, b"\x89PNG\r\n\x1a\nrest") == key != evidence_key(shop, b"\x89PNG\r\n\x1a\nother")
    )
    for content in (b"", b"<svg onload=alert(1)>", b"GIF89a", b"%PDF-" + bytes(700_000)):
        with pytest.raises(EvidenceInvalid):
            evidence_key(shop, content)
