"""A run's scores are taken over once, within bounds, with a record, and can be given back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

import pytest
from sqlalchemy import text

from commerce.credit import adoption, queries, workflows
from commerce.credit import service as credit
from commerce.credit.adoption import is_control
from commerce.credit.errors import AdoptionRefused, ApprovalNeeded, RunNotAdopted
from commerce.credit.ports import PublishedScore, PublishedScores
from commerce.credit.queries import ScoreInForce
from foundation import clock
from foundation.database import read, write
from foundation.errors import NotFound
from foundation.ids import uuid7
from tests.commerce import factories
from tests.commerce.conftest import Crowd

pytestmark = pytest.mark.committing

TODAY = date(2026, 6, 30)
NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
TREATED = [one for number in range(200) if not is_control(one := uuid5(UUID(int=0), str(number)))]
CONTROLS = [one for number in range(2000) if is_control(one := uuid5(UUID(int=0), str(number)))]


@dataclass
class Published:
    """Publications that stand in a dictionary: a hand-written fake of the data side."""

    runs: dict[str, PublishedScores]

    def newest(self) -> str:
        return list(self.runs)[-1]

    def scores(self, run_id: str) -> PublishedScores:
        if run_id not in self.runs:
            raise NotFound(f"run {run_id} is not published")
        return self.runs[run_id]


@pytest.fixture
def shops(own_world: str) -> list[UUID]:
    """Twenty shops with a limit each at one vendor; the first owes most of what is owed."""
    with clock.at(NOW - timedelta(days=30)):
        market = factories.market(limit_paisa=1_000_000)
        vendor = market.vendor_id
        made = [_shop(vendor) for _ in range(19)]
        _owe(replace(market, retailer_id=made[0]), 40)
        for shop in made[1:5]:
            _owe(replace(market, retailer_id=shop), 1)
    return [*made, market.retailer_id]


def _shop(vendor_id: UUID) -> UUID:
    """A shop that is no control: those that are stay without credit."""
    while is_control(retailer_id := write(factories.business)):
        continue
    write(
        lambda session: credit.agree(
            session,
            vendor_id=vendor_id,
            retailer_id=retailer_id,
            limit_paisa=500_000,
            net_days=15,
            reason="opening limit",
            approved_by=uuid7(),
        )
    )
    return retailer_id


def _owe(market: factories.Market, packets: int) -> None:
    market.deliver(market.accepted(packets))


def run_of(
    shops: list[UUID],
    grades: str | list[str] = "B",
    *,
    run_id: str = "run-1",
    as_of: date = TODAY,
    hour: int = 1,
) -> PublishedScores:
    """A run that gives the shops these grades; NH comes without a number."""
    given = [grades] * len(shops) if isinstance(grades, str) else grades
    return PublishedScores(
        run_id=run_id,
        as_of=as_of,
        predicted_at=datetime(as_of.year, as_of.month, as_of.day, hour, tzinfo=UTC),
        failed_checks=(),
        scores=tuple(
            PublishedScore(shop, None if grade == "NH" else 700, grade, "transparent 1")
            for shop, grade in zip(shops, given, strict=True)
        ),
    )


def adopt(published: PublishedScores, *, is_approved: bool = False, now: datetime = NOW) -> adoption.Adoption:
    with clock.at(now):
        return write(lambda session: adoption.adopt(session, published=published, is_approved=is_approved))


def in_force() -> dict[UUID, ScoreInForce]:
    with read() as session:
        return queries.scores_in_force(session)


def answer_of(run_id: str) -> tuple[str, str | None]:
    with read() as session:
        statement = text("SELECT outcome, reason_code FROM app.adopted_runs WHERE run_id = :run_id")
        row = session.execute(statement, {"run_id": run_id}).one()
    return row.outcome, row.reason_code


def count(table: str) -> int:
    with read() as session:
        return int(session.execute(text(f"SELECT count(*) FROM app.{table}")).scalar_one())


def regraded(shops: list[UUID], *changed: UUID) -> list[str]:
    return ["D" if shop in changed else "B" for shop in shops]


def test_a_run_is_adopted_once_with_old_and_new_value(shops: list[UUID]) -> None:
    first = adopt(run_of(shops))
    again = adopt(run_of(shops))
    assert (first.is_new, again.is_new) == (True, False)
    assert again.moves == first.moves
    assert count("adopted_scores") == 20
    later = replace(run_of(shops, run_id="run-2", hour=2))
    adopt(replace(later, scores=tuple(replace(one, score=710) for one in later.scores)))
    with read() as session:
        rows = session.execute(
            text("""
                SELECT score, previous_score, model_version, policy_version, as_of, recorded_at
                FROM app.adopted_scores WHERE run_id = 'run-2' AND NOT is_control
            """)
        ).all()
    assert set(rows) == {(710, 700, "transparent 1", adoption.POLICY_VERSION, TODAY, NOW)}


def test_two_callers_adopt_a_run_once(shops: list[UUID], crowd: Crowd) -> None:
    published = run_of(shops)
    assert in_force() == {}  # opens the pool that the callers share
    answers = crowd([lambda: adopt(published)] * 8)
    assert sorted(one.is_new for one in answers) == [False] * 7 + [True]  # type: ignore[attr-defined]
    assert count("adopted_scores") == 20


def test_a_run_older_than_the_last_adopted_is_refused(shops: list[UUID]) -> None:
    adopt(run_of(shops, run_id="newer"))
    for older in (
        run_of(shops, run_id="day-before", as_of=TODAY - timedelta(days=1)),
        run_of(shops, run_id="same-day", hour=0),
    ):
        with pytest.raises(AdoptionRefused, match="run newer of 2026-06-30 is adopted and newer"):
            adopt(older)
        assert answer_of(older.run_id) == ("refused", "older")
    assert count("adopted_scores") == 20


def test_a_stale_run_is_refused(shops: list[UUID]) -> None:
    published = run_of(shops)
    with pytest.raises(AdoptionRefused, match="knows nothing after 2026-06-30, 8 days ago"):
        adopt(published, now=NOW + adoption.STALE_AFTER + timedelta(days=1))
    assert answer_of("run-1") == ("refused", "stale")
    assert adopt(published, now=NOW + adoption.STALE_AFTER).is_new


def test_a_run_with_a_failed_check_is_refused(shops: list[UUID]) -> None:
    with pytest.raises(AdoptionRefused, match="these checks failed: receivables_equal_ledger"):
        adopt(replace(run_of(shops), failed_checks=("receivables_equal_ledger",)))
    assert answer_of("run-1") == ("refused", "failed-check")
    assert in_force() == {}


def test_a_run_of_another_database_is_refused(shops: list[UUID]) -> None:
    with pytest.raises(AdoptionRefused, match="2 of its retailers are not in this database"):
        adopt(run_of([*shops, uuid7(), uuid7()]))
    assert answer_of("run-1") == ("refused", "unknown-retailers")


def test_first_grades_move_nothing(shops: list[UUID]) -> None:
    moves = adopt(run_of(shops)).moves
    assert (moves.first_scores, moves.regraded, moves.limits_moved, moves.limits) == (20, 0, 0, 20)
    assert moves.exposure_paisa == {"NPR": 44 * 1000}


def test_a_tenth_of_the_limits_may_move_and_no_more(shops: list[UUID]) -> None:
    quiet = shops[6:-1]
    adopt(run_of(shops))
    adopt(run_of(shops, regraded(shops, *quiet[:2]), run_id="run-2", hour=2))
    three = run_of(shops, regraded(shops, *quiet[2:7]), run_id="run-3", hour=3)
    with pytest.raises(ApprovalNeeded, match=r"would move 7 of 20 limits .* sauda adopt run-3 --approve"):
        adopt(three)
    assert answer_of("run-3") == ("awaiting-approval", "approval-needed")
    assert in_force()[quiet[2]].grade == "B"
    assert adopt(three, is_approved=True).is_new
    assert answer_of("run-3") == ("adopted", None)
    assert in_force()[quiet[2]].grade == "D"


def test_one_limit_with_much_exposure_needs_approval(shops: list[UUID]) -> None:
    adopt(run_of(shops))
    published = run_of(shops, regraded(shops, shops[0]), run_id="run-2", hour=2)
    with pytest.raises(ApprovalNeeded, match="would move 1 of 20 limits and 90 % of the exposure in NPR"):
        adopt(published)


def test_a_reverted_run_gives_the_scores_of_the_one_before_back(shops: list[UUID]) -> None:
    adopt(run_of(shops))
    second = run_of(shops, "C", run_id="run-2", hour=2)
    adopt(second, is_approved=True)
    with clock.at(NOW):
        write(lambda session: adoption.revert(session, run_id="run-2"))
        write(lambda session: adoption.revert(session, run_id="run-2"))
    assert {one.grade for one in in_force().values()} == {"B"}
    with pytest.raises(AdoptionRefused, match="it was reverted at 2026-06-30 12:00 UTC"):
        adopt(second, is_approved=True)
    assert answer_of("run-2") == ("adopted", None)
    assert adopt(run_of(shops, run_id="run-3", hour=3)).is_new


def test_what_was_not_adopted_cannot_be_reverted(shops: list[UUID]) -> None:
    with pytest.raises(AdoptionRefused):
        adopt(replace(run_of(shops), failed_checks=("one",)))
    for run_id in ("run-1", "no-such-run"):
        with pytest.raises(RunNotAdopted, match=f"run '{run_id}' was never adopted"):
            write(lambda session, run_id=run_id: adoption.revert(session, run_id=run_id))


def test_a_preview_says_what_would_move_and_changes_nothing(shops: list[UUID]) -> None:
    adopt(run_of(shops))
    published = run_of(shops, "C", run_id="run-2", hour=2)
    with clock.at(NOW), read() as session:
        moves = adoption.preview(session, published=published)
    assert moves.needs_approval
    assert moves.regraded == 20
    assert count("adopted_runs") == 1


def test_about_three_in_a_hundred_are_controls_and_always_the_same() -> None:
    ids = [uuid5(UUID(int=0), str(number)) for number in range(20_000)]
    controls = [one for one in ids if is_control(one)]
    assert 500 < len(controls) < 700
    assert controls == [one for one in ids if is_control(one)]


def test_a_control_is_marked_and_keeps_the_policy_of_before(own_world: str) -> None:
    control, treated, thin = CONTROLS[0], TREATED[0], CONTROLS[1]
    with clock.at(NOW):
        for shop in (control, treated, thin):
            _insert_shop(shop)
    adopt(run_of([control, treated, thin], ["B", "B", "NH"]))
    with read() as session:
        statement = text("SELECT retailer_id, is_control, policy_version FROM app.adopted_scores")
        rows = {row.retailer_id: (row.is_control, row.policy_version) for row in session.execute(statement)}
    assert rows == {
        control: (True, credit.POLICY_VERSION),
        treated: (False, adoption.POLICY_VERSION),
        thin: (False, adoption.POLICY_VERSION),
    }


def _insert_shop(shop: UUID) -> None:
    made = write(factories.business)
    write(
        lambda session: session.execute(
            text("""
                INSERT INTO app.businesses (id, name, is_vendor, is_retailer, country, state, zone, currency,
                                            time_zone, origin, joined_at)
                SELECT :shop, name, is_vendor, is_retailer, country, state, zone, currency, time_zone, origin,
                       joined_at
                FROM app.businesses WHERE id = :made
            """),
            {"shop": shop, "made": made},
        )
    )


def test_a_refusal_is_an_answer_of_the_workflow_and_no_failure(shops: list[UUID]) -> None:
    runs = {"good": run_of(shops, run_id="good"), "old": run_of(shops, run_id="old", hour=0)}
    with clock.at(NOW):
        assert workflows.answer("good", Published(runs)) == {"outcome": "adopted", "is_new": True}
        assert workflows.answer("good", Published(runs)) == {"outcome": "adopted", "is_new": False}
        refused = workflows.answer("old", Published(runs))
        assert (refused["outcome"], refused["reason"]) == ("adoption-refused", "older")
        with pytest.raises(NotFound):
            workflows.answer("gone", Published(runs))
