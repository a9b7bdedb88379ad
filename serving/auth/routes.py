"""Register, log in and out, and see oneself."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus

from fastapi import APIRouter

from commerce.identity import passwords, service
from commerce.identity.errors import (
    CredentialsRejected,
    EmailTaken,
    RefreshTokenRejected,
    RefreshTokenReused,
    RegistrationInvalid,
    RoleNotGrantable,
    TokenRejected,
    UserNotFound,
)
from commerce.identity.models import User
from commerce.parties import service as parties
from commerce.parties.errors import BusinessInvalid, TaxProfileInvalid
from foundation import database
from serving.auth.schemas import (
    BusinessOut,
    LoginIn,
    ProfileOut,
    RefreshIn,
    RegisterIn,
    TokensOut,
    UserOut,
)
from serving.dependencies import Reader
from serving.paths import V1
from serving.problems import describe
from serving.security import AnyCaller, MaybeCaller

router = APIRouter(prefix=f"{V1}/auth", tags=["auth"])

# Nobody is known yet at these routes, so they write in the platform's own scope.


@router.post(
    "/register",
    status_code=HTTPStatus.CREATED,
    responses=describe(
        RegistrationInvalid, BusinessInvalid, TaxProfileInvalid, EmailTaken, RoleNotGrantable, TokenRejected
    ),
)
def register(person: RegisterIn, caller: MaybeCaller) -> UserOut:
    """Take in a vendor or retailer with their business; or, by an admin, a user of the platform."""
    if person.business is None and person.role not in service.BUSINESS_ROLES:
        # Refused before the password is hashed: hashing is dear, and strangers could ask for much of it.
        service.check_may_register_staff(person.role, caller.role if caller else None)
    password_hash = passwords.hash_password(person.password.get_secret_value())
    take_in = partial(
        service.register if person.business is None else service.register_owner,
        email=person.email,
        full_name=person.full_name,
        password_hash=password_hash,
        role=person.role,
    )
    if person.business is not None:
        take_in = partial(take_in, business=service.NewBusiness(**person.business.model_dump()))
    user = database.write(take_in)
    return UserOut.model_validate(user)


@router.post("/login", responses=describe(CredentialsRejected))
def log_in(credentials: LoginIn) -> TokensOut:
    """Trade e-mail and password for an access token and a refresh token."""
    password = credentials.password.get_secret_value()
    with database.read() as session:
        found = service.user_by_email(session, email=credentials.email)
    user = service.check_password(found, password)
    stronger = _stronger_hash(user, password)
    return TokensOut.model_validate(
        database.write(
            lambda session: service.log_in(session, user_id=user.id, stronger_password_hash=stronger)
        )
    )


@router.post("/refresh", responses=describe(RefreshTokenRejected, RefreshTokenReused))
def refresh(given: RefreshIn) -> TokensOut:
    """Trade a refresh token for the next pair; each is good once, and a second use ends its log-in."""
    return TokensOut.model_validate(
        database.write(lambda session: service.refresh(session, refresh_token=given.refresh_token))
    )


@router.post("/logout", status_code=HTTPStatus.NO_CONTENT)
def log_out(given: RefreshIn) -> None:
    """End the log-in that the refresh token belongs to; its access token runs out by itself."""
    database.write(lambda session: service.log_out(session, refresh_token=given.refresh_token))


@router.get("/profile", responses=describe(TokenRejected, UserNotFound))
def read_profile(caller: AnyCaller, read: Reader) -> ProfileOut:
    """The caller and their business."""
    user = read(lambda session: service.profile(session, user_id=caller.user_id))
    business = None
    if user.business_id is not None:
        business_id = user.business_id
        business = read(lambda session: parties.get_business(session, business_id=business_id))
    return ProfileOut(
        **UserOut.model_validate(user).model_dump(),
        business=BusinessOut.model_validate(business) if business else None,
    )


def _stronger_hash(user: User, password: str) -> str | None:
    return passwords.hash_password(password) if passwords.needs_rehash(user.password_hash) else None
