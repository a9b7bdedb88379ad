"""Register, log in and out, prove a phone, set passwords, and see oneself."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus

from fastapi import APIRouter

from commerce.identity import challenges, members, passwords, permissions, service, signing
from commerce.identity.errors import (
    CodeRejected,
    CredentialsRejected,
    EmailTaken,
    InvitationRejected,
    PhoneTaken,
    RefreshTokenRejected,
    RefreshTokenReused,
    RegistrationInvalid,
    ResetRejected,
    RoleNotGrantable,
    SecondFactorMissing,
    SecondFactorNeeded,
    SecondFactorRejected,
    TokenRejected,
    TooManyAttempts,
    UserNotFound,
)
from commerce.identity.models import User
from commerce.messaging.errors import PhoneInvalid
from commerce.parties import service as parties
from commerce.parties.errors import BusinessInvalid, TaxProfileInvalid
from foundation import database
from serving.auth.schemas import (
    BusinessOut,
    ForgottenIn,
    JoinIn,
    KeySetOut,
    LoginIn,
    PasswordIn,
    PhoneCodeIn,
    PhoneIn,
    PhoneLoginIn,
    ProfileOut,
    RefreshIn,
    RegisterIn,
    ResetIn,
    TokensOut,
    UserOut,
)
from serving.paths import V1
from serving.problems import describe
from serving.security import MaybeCaller, Person, ScopeMissing

router = APIRouter(prefix=f"{V1}/auth", tags=["auth"])

# Nobody is known yet at most of these routes, so they write in the platform's own scope.


@router.post(
    "/register",
    status_code=HTTPStatus.CREATED,
    responses=describe(
        RegistrationInvalid,
        BusinessInvalid,
        TaxProfileInvalid,
        EmailTaken,
        RoleNotGrantable,
        TokenRejected,
        SecondFactorMissing,
    ),
)
def register(person: RegisterIn, caller: MaybeCaller) -> UserOut:
    """Take in a vendor or retailer with their business; or, by an admin, a user of the platform."""
    if person.business is None and person.role not in permissions.BUSINESS_ROLES:
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
    elif caller is not None:
        take_in = partial(take_in, registered_by=caller.user_id)
    return UserOut.model_validate(database.write(take_in))


@router.post(
    "/login",
    responses=describe(CredentialsRejected, SecondFactorNeeded, SecondFactorRejected, TooManyAttempts),
)
def log_in(credentials: LoginIn) -> TokensOut:
    """Trade e-mail or phone, and password, for an access token and a refresh token."""
    address = credentials.email or credentials.phone or ""
    password = credentials.password.get_secret_value()
    found = database.write(lambda session: service.begin_log_in(session, address=address))
    user = service.check_password(found, password)
    stronger = _stronger_hash(user, password)
    return TokensOut.model_validate(
        database.write(
            lambda session: service.log_in(
                session,
                user_id=user.id,
                address=address,
                second_factor_code=_shown(credentials),
                stronger_password_hash=stronger,
            )
        )
    )


@router.post("/login/code", status_code=HTTPStatus.ACCEPTED, responses=describe(TooManyAttempts))
def ask_for_code(asked: PhoneIn) -> None:
    """Send a one-time code to this phone, if it is somebody's; the answer is the same if it is not."""
    database.write(lambda session: challenges.ask(session, purpose="log-in", address=asked.phone))


@router.post(
    "/login/phone",
    responses=describe(CodeRejected, SecondFactorNeeded, SecondFactorRejected, TooManyAttempts),
)
def log_in_by_code(given: PhoneLoginIn) -> TokensOut:
    """Trade the code that came to the phone for an access token and a refresh token."""
    database.write(lambda session: challenges.count_code(session, phone=given.phone))
    return TokensOut.model_validate(
        database.write(
            lambda session: challenges.log_in(
                session, phone=given.phone, code=given.code, second_factor_code=_shown(given)
            )
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
    """End the log-in that the refresh token belongs to, and with it the access tokens that came of it."""
    database.write(lambda session: service.log_out(session, refresh_token=given.refresh_token))


@router.get("/profile", responses=describe(TokenRejected, ScopeMissing, UserNotFound))
def read_profile(caller: Person) -> ProfileOut:
    """The caller and their business."""
    with database.read() as session:
        user = service.profile(session, user_id=caller.user_id)
        business = parties.get_business(session, business_id=user.business_id) if user.business_id else None
        return ProfileOut(
            **UserOut.model_validate(user).model_dump(),
            business=BusinessOut.model_validate(business) if business else None,
        )


@router.post(
    "/password",
    status_code=HTTPStatus.NO_CONTENT,
    responses=describe(
        TokenRejected, ScopeMissing, CredentialsRejected, RegistrationInvalid, TooManyAttempts, UserNotFound
    ),
)
def change_password(given: PasswordIn, caller: Person) -> None:
    """Set another password. Every log-in of the caller ends, this one too."""
    found = database.write(lambda session: service.begin_password_change(session, user_id=caller.user_id))
    service.check_password(found, given.password.get_secret_value())
    password_hash = passwords.hash_password(given.new_password.get_secret_value())
    database.write(
        lambda session: service.change_password(session, user_id=caller.user_id, password_hash=password_hash)
    )


@router.post("/password/forgotten", status_code=HTTPStatus.ACCEPTED, responses=describe(TooManyAttempts))
def ask_for_reset(asked: ForgottenIn) -> None:
    """Mail a reset token to this address, if it is somebody's; the answer is the same if it is not."""
    database.write(lambda session: challenges.ask(session, purpose="password", address=asked.email))


@router.post(
    "/password/reset",
    status_code=HTTPStatus.NO_CONTENT,
    responses=describe(ResetRejected, RegistrationInvalid),
)
def reset_password(given: ResetIn) -> None:
    """Set another password by the token that was mailed, once. Every log-in of its user ends."""
    with database.read() as session:
        # Seen to before the password is hashed: hashing is dear, and strangers could ask for much of it.
        challenges.check_reset(session, token=given.token.get_secret_value())
    password_hash = passwords.hash_password(given.new_password.get_secret_value())
    database.write(
        lambda session: challenges.reset_password(
            session, token=given.token.get_secret_value(), password_hash=password_hash
        )
    )


@router.post(
    "/phone",
    status_code=HTTPStatus.ACCEPTED,
    responses=describe(TokenRejected, ScopeMissing, PhoneInvalid, TooManyAttempts, UserNotFound),
)
def propose_phone(wanted: PhoneIn, caller: Person) -> None:
    """Send a code to a phone that the caller wants to log in with."""
    database.write(
        lambda session: challenges.propose_phone(session, user_id=caller.user_id, phone=wanted.phone)
    )


@router.post(
    "/phone/confirm",
    responses=describe(
        TokenRejected, ScopeMissing, PhoneInvalid, CodeRejected, PhoneTaken, TooManyAttempts, UserNotFound
    ),
)
def confirm_phone(given: PhoneCodeIn, caller: Person) -> UserOut:
    """Let the phone be the caller's, by the code that came to it."""
    database.write(lambda session: challenges.count_code(session, phone=given.phone))
    return UserOut.model_validate(
        database.write(
            lambda session: challenges.confirm_phone(
                session, user_id=caller.user_id, phone=given.phone, code=given.code
            )
        )
    )


@router.post(
    "/invitations/accept",
    status_code=HTTPStatus.CREATED,
    responses=describe(InvitationRejected, RegistrationInvalid, EmailTaken, PhoneTaken),
)
def accept_invitation(given: JoinIn) -> UserOut:
    """Become a member of the business that invited one. Log in next."""
    token = given.token.get_secret_value()
    with database.read() as session:
        members.check_invitation(session, token=token)
    password_hash = passwords.hash_password(given.password.get_secret_value())
    return UserOut.model_validate(
        database.write(
            lambda session: members.accept_invitation(
                session, token=token, password_hash=password_hash, full_name=given.full_name
            )
        )
    )


@router.get("/keys")
def read_keys() -> KeySetOut:
    """The public keys that access tokens are verified with now, by `kid`."""
    return KeySetOut(keys=signing.published())


def _shown(given: LoginIn | PhoneLoginIn) -> str | None:
    return given.second_factor.get_secret_value() if given.second_factor else None


def _stronger_hash(user: User, password: str) -> str | None:
    return passwords.hash_again(password) if passwords.needs_rehash(user.password_hash) else None
