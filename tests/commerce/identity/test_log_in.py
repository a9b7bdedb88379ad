"""Proving who one is: passwords, codes, second factors; and what ends when."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pyotp
import pytest
from sqlalchemy import text

from commerce.identity import challenges, guards, people, second_factor, service
from commerce.identity.errors import (
    CodeRejected,
    CredentialsRejected,
    PhoneTaken,
    RefreshTokenRejected,
    RefreshTokenReused,
    ResetRejected,
    SecondFactorExists,
    SecondFactorNeeded,
    SecondFactorNotBegun,
    SecondFactorRejected,
    TooManyAttempts,
)
from commerce.identity.service import LoggedIn
from commerce.messaging.errors import PhoneInvalid
from foundation import database
from foundation.database import read, write
from tests.commerce.identity.conftest import (
    PASSWORD,
    Known,
    answer_challenges,
    audited,
    code_in,
    give_phone,
    new_phone,
    said_to,
    token_in,
)

pytestmark = [pytest.mark.committing, pytest.mark.usefixtures("migrated")]

Someone = Callable[..., Known]


def log_in(known: Known, password: str = PASSWORD, code: str | None = None) -> LoggedIn:
    found = write(lambda session: service.begin_log_in(session, address=known.email))
    user = service.check_password(found, password)
    return write(
        lambda session: service.log_in(session, user_id=user.id, address=known.email, second_factor_code=code)
    )


def refresh(logged_in: LoggedIn) -> LoggedIn:
    return write(lambda session: service.refresh(session, refresh_token=logged_in.refresh_token))


def let_attempts_pass(address: str) -> None:
    """Let the windows of what was tried at this address be over."""
    with database.engine().begin() as connection:
        connection.execute(
            text("UPDATE app.attempt_guards SET ends_at = now() - interval '1 s' WHERE concerns = :index"),
            {"index": people.found_by(address)[1]},
        )


# --- passwords ------------------------------------------------------------------------------------


def test_ten_wrong_passwords_close_the_door_for_a_while(someone: Someone) -> None:
    known = someone()
    for _ in range(guards.PASSWORD.at_most):
        with pytest.raises(CredentialsRejected):
            log_in(known, "not this one")
    with pytest.raises(TooManyAttempts) as locked:
        log_in(known)
    assert 0 < locked.value.retry_after_seconds <= guards.PASSWORD.window.total_seconds()
    assert "log-in-locked" in audited(known.id)
    let_attempts_pass(known.email)
    assert log_in(known).user.id == known.id


def test_an_unknown_address_is_locked_alike() -> None:
    nobody = Known(uuid4(), f"{uuid4().hex}@people.example", None)
    for _ in range(guards.PASSWORD.at_most):
        with pytest.raises(CredentialsRejected):
            log_in(nobody)
    with pytest.raises(TooManyAttempts):
        log_in(nobody)


def test_many_guesses_at_once_are_no_more_than_allowed(someone: Someone) -> None:
    known = someone()

    def guess(_: int) -> bool:
        try:
            write(lambda session: service.begin_log_in(session, address=known.email))
        except TooManyAttempts:
            return False
        return True

    with ThreadPoolExecutor(8) as callers:
        allowed = sum(callers.map(guess, range(3 * guards.PASSWORD.at_most)))
    assert allowed == guards.PASSWORD.at_most


def test_a_right_password_forgets_the_wrong_ones(someone: Someone) -> None:
    known = someone()
    for _ in range(3):
        for _ in range(guards.PASSWORD.at_most - 1):
            with pytest.raises(CredentialsRejected):
                log_in(known, "not this one")
        assert log_in(known).user.id == known.id


def test_another_password_ends_every_log_in(someone: Someone, password_hash: str) -> None:
    known = someone()
    first, second = log_in(known), log_in(known)
    write(lambda session: service.change_password(session, user_id=known.id, password_hash=password_hash))
    for logged_in in (first, second):
        with pytest.raises(RefreshTokenRejected):
            refresh(logged_in)
    assert audited(known.id)[-1] == "password-changed"


def test_a_reused_refresh_token_ends_its_own_log_in_alone(someone: Someone) -> None:
    known = someone()
    stolen, other = log_in(known), log_in(known)
    renewed = refresh(stolen)
    with pytest.raises(RefreshTokenReused):
        refresh(stolen)
    with pytest.raises(RefreshTokenRejected):
        refresh(renewed)
    assert refresh(other).user.id == known.id
    assert "refresh-token-reused" in audited(known.id)


# --- codes to the phone ---------------------------------------------------------------------------


def ask_for_code(phone: str) -> str:
    write(lambda session: challenges.ask(session, purpose="log-in", address=phone))
    answer_challenges()
    return code_in(said_to(phone).body)


def log_in_by_code(phone: str, code: str, second: str | None = None) -> LoggedIn:
    write(lambda session: challenges.count_code(session, phone=phone))
    return write(
        lambda session: challenges.log_in(session, phone=phone, code=code, second_factor_code=second)
    )


@pytest.fixture
def phone(someone: Someone) -> tuple[Known, str]:
    known, number = someone(), new_phone()
    give_phone(known, number)
    let_attempts_pass(number)
    return known, number


def test_a_code_logs_in_once(phone: tuple[Known, str]) -> None:
    known, number = phone
    code = ask_for_code(number)
    assert log_in_by_code(number, code).user.id == known.id
    with pytest.raises(CodeRejected):
        log_in_by_code(number, code)


def test_a_newer_code_ends_the_one_before(phone: tuple[Known, str]) -> None:
    _, number = phone
    first = ask_for_code(number)
    second = ask_for_code(number)
    if first != second:
        with pytest.raises(CodeRejected):
            log_in_by_code(number, first)
    assert log_in_by_code(number, second)


def test_a_code_past_its_time_is_refused(phone: tuple[Known, str]) -> None:
    _, number = phone
    code = ask_for_code(number)
    with database.engine().begin() as connection:
        connection.execute(
            text(
                "UPDATE app.challenges SET expires_at = now() - interval '1 s' WHERE address_index = :index"
            ),
            {"index": people.found_by(number)[1]},
        )
    with pytest.raises(CodeRejected):
        log_in_by_code(number, code)


def test_a_code_is_guessed_at_five_times_and_no_more(phone: tuple[Known, str]) -> None:
    _, number = phone
    code = ask_for_code(number)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(guards.CODE.at_most):
        with pytest.raises(CodeRejected):
            log_in_by_code(number, wrong)
    with pytest.raises(TooManyAttempts):
        log_in_by_code(number, code)


def test_a_phone_is_not_flooded_with_codes_known_or_not(phone: tuple[Known, str]) -> None:
    for number in (phone[1], new_phone()):
        for _ in range(guards.MESSAGES.at_most):
            write(lambda session, n=number: challenges.ask(session, purpose="log-in", address=n))
        with pytest.raises(TooManyAttempts):
            write(lambda session, n=number: challenges.ask(session, purpose="log-in", address=n))


def test_an_unknown_phone_is_asked_for_alike_and_told_nothing() -> None:
    number = new_phone()
    write(lambda session: challenges.ask(session, purpose="log-in", address=number))
    answer_challenges()
    with read() as session:
        index = people.found_by(number)[1]
        asked = session.execute(
            text("SELECT count(*) FROM app.challenges WHERE address_index = :index"), {"index": index}
        ).scalar_one()
        sent = session.execute(
            text("SELECT count(*) FROM app.messages WHERE recipient_index = :index"), {"index": index}
        ).scalar_one()
    assert (asked, sent) == (1, 0)
    with pytest.raises(CodeRejected):
        log_in_by_code(number, "000000")


def test_neither_code_nor_token_stands_in_the_database(phone: tuple[Known, str]) -> None:
    known, number = phone
    code = ask_for_code(number)
    logged_in = log_in(known)
    with read() as session:
        rows = [
            str(row)
            for table in ("challenges", "refresh_tokens", "messages")
            for (row,) in session.execute(text(f"SELECT t::text FROM app.{table} t"))
        ]
    assert not [row for row in rows if logged_in.refresh_token in row]
    assert not [row for row in rows if code.encode().hex() in row or f",{code}," in row]


def test_a_phone_belongs_to_one_user(someone: Someone, phone: tuple[Known, str]) -> None:
    other = someone()
    with pytest.raises(PhoneTaken):
        give_phone(other, phone[1])
    for wrong in ("12", "+977 1", "phone"):
        with pytest.raises(PhoneInvalid):
            give_phone(other, wrong)


def test_another_users_code_confirms_no_phone(someone: Someone) -> None:
    one, other, number = someone(), someone(), new_phone()
    write(lambda session: challenges.propose_phone(session, user_id=one.id, phone=number))
    code = code_in(said_to(number).body)
    with pytest.raises(CodeRejected):
        write(lambda session: challenges.confirm_phone(session, user_id=other.id, phone=number, code=code))


# --- a lost password ------------------------------------------------------------------------------


def test_a_mailed_token_sets_another_password_once(someone: Someone, password_hash: str) -> None:
    known = someone()
    logged_in = log_in(known)
    write(lambda session: challenges.ask(session, purpose="password", address=known.email.upper()))
    answer_challenges()
    token = token_in(said_to(known.email).body)

    def reset() -> None:
        write(lambda session: challenges.reset_password(session, token=token, password_hash=password_hash))

    reset()
    with pytest.raises(RefreshTokenRejected):
        refresh(logged_in)
    with pytest.raises(ResetRejected):
        reset()


def test_a_reset_opens_a_locked_door(someone: Someone, password_hash: str) -> None:
    known = someone()
    for _ in range(guards.PASSWORD.at_most):
        with pytest.raises(CredentialsRejected):
            log_in(known, "not this one")
    write(lambda session: challenges.ask(session, purpose="password", address=known.email))
    answer_challenges()
    token = token_in(said_to(known.email).body)
    write(lambda session: challenges.reset_password(session, token=token, password_hash=password_hash))
    assert log_in(known).user.id == known.id


def test_a_log_in_code_resets_nothing(phone: tuple[Known, str], password_hash: str) -> None:
    code = ask_for_code(phone[1])
    with pytest.raises(ResetRejected):
        write(lambda session: challenges.reset_password(session, token=code, password_hash=password_hash))


# --- second factors -------------------------------------------------------------------------------


def set_up(known: Known) -> tuple[pyotp.TOTP, list[str]]:
    begun = write(lambda session: second_factor.begin(session, user_id=known.id))
    totp = pyotp.TOTP(begun.secret)
    codes = write(lambda session: second_factor.confirm(session, user_id=known.id, code=totp.now()))
    return totp, codes


def later(totp: pyotp.TOTP, steps: int = 1) -> str:
    """The code of a coming time step, which a phone whose clock is fast would show."""
    return totp.at(datetime.now(UTC) + timedelta(seconds=30 * steps))


def test_a_second_factor_is_asked_for_beside_the_password(someone: Someone) -> None:
    known = someone("admin")
    before = log_in(known)
    assert before.must_set_up_second_factor
    totp, _ = set_up(known)
    with pytest.raises(SecondFactorNeeded):
        log_in(known)
    with pytest.raises(SecondFactorRejected):
        log_in(known, code="000000")
    after = log_in(known, code=later(totp))
    assert not after.must_set_up_second_factor
    assert not refresh(after).must_set_up_second_factor
    assert refresh(before).must_set_up_second_factor


def test_a_code_is_not_taken_twice_within_its_window(someone: Someone) -> None:
    known = someone()
    begun = write(lambda session: second_factor.begin(session, user_id=known.id))
    totp = pyotp.TOTP(begun.secret)
    code = totp.now()
    write(lambda session: second_factor.confirm(session, user_id=known.id, code=code))
    with pytest.raises(SecondFactorRejected):
        log_in(known, code=code)
    code = later(totp)
    assert log_in(known, code=code)
    with pytest.raises(SecondFactorRejected):
        log_in(known, code=code)


def test_one_code_shown_by_two_at_once_lets_one_in(someone: Someone) -> None:
    known = someone()
    totp, _ = set_up(known)
    code = later(totp)

    def attempt(_: int) -> bool:
        try:
            log_in(known, code=code)
        except SecondFactorRejected:
            return False
        return True

    with ThreadPoolExecutor(4) as callers:
        assert sum(callers.map(attempt, range(4))) == 1


def test_a_code_of_long_ago_is_refused(someone: Someone) -> None:
    known = someone()
    totp, _ = set_up(known)
    for steps in (-10, -3, 3, 10):
        with pytest.raises(SecondFactorRejected):
            log_in(known, code=later(totp, steps))


def test_each_recovery_code_stands_in_once(someone: Someone) -> None:
    known = someone()
    _, codes = set_up(known)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    printed = f"{codes[0][:5]}-{codes[0][5:]}".lower()
    assert log_in(known, code=printed)
    with pytest.raises(SecondFactorRejected, match="was used before"):
        log_in(known, code=codes[0])
    with pytest.raises(SecondFactorRejected, match="wait for the next one"):
        log_in(known, code="000000")
    assert log_in(known, code=codes[1])
    assert "recovery-code-used" in audited(known.id)


def test_a_second_factor_guards_the_log_in_by_code_too(phone: tuple[Known, str]) -> None:
    known, number = phone
    totp, _ = set_up(known)
    code = ask_for_code(number)
    with pytest.raises(SecondFactorNeeded):
        log_in_by_code(number, code)
    assert log_in_by_code(number, code, later(totp)).user.id == known.id


def test_a_second_factor_is_removed_by_its_own_code_and_ends_the_log_ins(someone: Someone) -> None:
    known = someone()
    totp, _ = set_up(known)
    logged_in = log_in(known, code=later(totp))
    with pytest.raises(SecondFactorExists):
        write(lambda session: second_factor.begin(session, user_id=known.id))
    with pytest.raises(SecondFactorRejected):
        write(lambda session: second_factor.remove(session, user_id=known.id, code="000000"))
    _forget_steps(known)
    write(lambda session: second_factor.remove(session, user_id=known.id, code=totp.now()))
    with pytest.raises(RefreshTokenRejected):
        refresh(logged_in)
    assert log_in(known)
    with pytest.raises(SecondFactorNotBegun):
        write(lambda session: second_factor.remove(session, user_id=known.id, code="000000"))


def _forget_steps(known: Known) -> None:
    with database.engine().begin() as connection:
        connection.execute(
            text("UPDATE app.second_factors SET last_step = 0 WHERE user_id = :id"), {"id": known.id}
        )
