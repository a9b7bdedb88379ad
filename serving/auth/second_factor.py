"""Set up the authenticator, and take it off again."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter
from sqlalchemy.orm import Session

from commerce.identity import second_factor, service
from commerce.identity.errors import (
    SecondFactorExists,
    SecondFactorNotBegun,
    SecondFactorRejected,
    TokenRejected,
    TooManyAttempts,
    UserNotFound,
)
from foundation import database
from serving.auth.schemas import CodeIn, SecondFactorOut, SecondFactorSetUpOut, TokensOut
from serving.paths import V1
from serving.problems import describe
from serving.security import Person, ScopeMissing

router = APIRouter(prefix=f"{V1}/auth/second-factor", tags=["auth"])


@router.post("", responses=describe(TokenRejected, ScopeMissing, SecondFactorExists, UserNotFound))
def begin_second_factor(caller: Person) -> SecondFactorOut:
    """Make a secret for the caller's authenticator; it counts once a code of it was shown."""
    return SecondFactorOut.model_validate(
        database.write(lambda session: second_factor.begin(session, user_id=caller.user_id))
    )


@router.post(
    "/confirm",
    responses=describe(
        TokenRejected,
        ScopeMissing,
        SecondFactorExists,
        SecondFactorNotBegun,
        SecondFactorRejected,
        TooManyAttempts,
        UserNotFound,
    ),
)
def confirm_second_factor(given: CodeIn, caller: Person) -> SecondFactorSetUpOut:
    """Show a code of the authenticator: from now on one is asked for at log-in. Answers the recovery codes, once."""
    database.write(lambda session: second_factor.count_attempt(session, user_id=caller.user_id))

    def confirm(session: Session) -> SecondFactorSetUpOut:
        codes = second_factor.confirm(session, user_id=caller.user_id, code=given.code)
        user = service.profile(session, user_id=caller.user_id)
        logged_in = service.begin(session, user, has_second_factor=True, how="second factor set up")
        return SecondFactorSetUpOut(recovery_codes=codes, log_in=TokensOut.model_validate(logged_in))

    return database.write(confirm)


@router.post(
    "/remove",
    status_code=HTTPStatus.NO_CONTENT,
    responses=describe(
        TokenRejected,
        ScopeMissing,
        SecondFactorNotBegun,
        SecondFactorRejected,
        TooManyAttempts,
        UserNotFound,
    ),
)
def remove_second_factor(given: CodeIn, caller: Person) -> None:
    """Take the authenticator off, by one of its codes or a recovery code. Every log-in of the caller ends."""
    database.write(lambda session: second_factor.count_attempt(session, user_id=caller.user_id))
    database.write(lambda session: second_factor.remove(session, user_id=caller.user_id, code=given.code))
