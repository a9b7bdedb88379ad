"""Why someone may not come in, or cannot be taken in."""

from __future__ import annotations

from uuid import UUID

from foundation.errors import Conflict, Forbidden, Invalid, NotFound, TooOften, Unauthenticated


class CredentialsRejected(Unauthenticated):
    """Address and password do not belong together. Says the same whether or not the address is known."""

    code = "credentials-rejected"

    def __init__(self) -> None:
        super().__init__("this address and password do not belong together; check both")


class TokenRejected(Unauthenticated):
    """The access token is missing, malformed, not ours, or past its time."""

    code = "token-rejected"

    def __init__(
        self, why: str, way_out: str = "log in, or refresh it, and send `Authorization: Bearer <token>`"
    ) -> None:
        super().__init__(f"the access token {why}; {way_out}")


class RefreshTokenRejected(Unauthenticated):
    """The refresh token is unknown, revoked, or past its time."""

    code = "refresh-token-rejected"

    def __init__(self) -> None:
        super().__init__("this refresh token is not valid any more; log in again")


class RefreshTokenReused(Unauthenticated):
    """A used refresh token came again: somebody may have copied it, so its log-in has ended."""

    code = "refresh-token-reused"

    def __init__(self) -> None:
        super().__init__(
            "this refresh token was used before; the log-in that it came from was ended, log in again"
        )


class EmailTaken(Conflict):
    """Somebody registered with this e-mail already."""

    code = "email-taken"

    def __init__(self, email: str) -> None:
        super().__init__(
            f"{email} is registered already; log in, or register with another address", email=email
        )


class PhoneTaken(Conflict):
    """Somebody confirmed this phone already."""

    code = "phone-taken"

    def __init__(self) -> None:
        super().__init__(
            "this phone belongs to another log-in already; log in with it, or give another number"
        )


class RegistrationInvalid(Invalid):
    """A fact about the person who registers does not hold."""

    code = "registration-invalid"

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}", field=field)


class RoleNotGrantable(Forbidden):
    """Only an admin takes in admins, loan officers and analysts."""

    code = "role-not-grantable"

    def __init__(self, role: str) -> None:
        super().__init__(
            f"the role {role.replace('_', ' ')} is given by an admin alone; ask one to register you",
            role=role,
        )


class UserNotFound(NotFound):
    """No such user, or one that was put out of use."""

    code = "user-not-found"

    def __init__(self, user_id: UUID) -> None:
        super().__init__(f"there is no active user {user_id}", user_id=str(user_id))


class TooManyAttempts(TooOften):
    """This was tried too often of late. Says the same whether or not the address is known."""

    code = "too-many-attempts"

    def __init__(self, what: str, retry_after_seconds: int) -> None:
        super().__init__(
            f"{what} too often; wait {retry_after_seconds} seconds and try again",
            retry_after_seconds=retry_after_seconds,
        )


class CodeRejected(Unauthenticated):
    """The one-time code is wrong, used, past its time, or was never asked for."""

    code = "code-rejected"

    def __init__(self) -> None:
        super().__init__("this code does not hold; ask for a new one and give it within its minutes")


class SecondFactorNeeded(Unauthenticated):
    """What was given is right; the code of the authenticator is needed too."""

    code = "second-factor-needed"

    def __init__(self) -> None:
        super().__init__(
            "give the code of your authenticator, or a recovery code, as `second_factor` beside the same"
        )


class SecondFactorRejected(Unauthenticated):
    """The authenticator's code or the recovery code is wrong, or was used before."""

    code = "second-factor-rejected"

    def __init__(self, *, is_used_recovery_code: bool = False) -> None:
        if is_used_recovery_code:
            # Told only to who gave the password and the code itself.
            super().__init__(
                "this recovery code was used before; each is good once, give another one or the authenticator's code"
            )
        else:
            super().__init__(
                "this code of the authenticator does not hold; wait for the next one and give that"
            )


class SecondFactorMissing(Forbidden):
    """An administrator without a second factor may do nothing but set one up."""

    code = "second-factor-missing"

    def __init__(self) -> None:
        super().__init__(
            "an admin works with a second factor only; set one up by POST /api/v1/auth/second-factor"
        )


class SecondFactorExists(Conflict):
    """There is a confirmed second factor already."""

    code = "second-factor-exists"

    def __init__(self) -> None:
        super().__init__("a second factor is set up already; remove it with one of its codes first")


class SecondFactorNotBegun(NotFound):
    """No second factor is being set up, or none is there."""

    code = "second-factor-not-begun"

    def __init__(self) -> None:
        super().__init__("no second factor is there; begin by POST /api/v1/auth/second-factor")


class ResetRejected(Invalid):
    """The token of the password reset is unknown, used, or past its time."""

    code = "reset-rejected"

    def __init__(self) -> None:
        super().__init__("this reset token does not hold any more; ask for another mail")


class InvitationRejected(Invalid):
    """The invitation is unknown, used, revoked, or past its time."""

    code = "invitation-rejected"

    def __init__(self) -> None:
        super().__init__("this invitation does not hold any more; ask whoever invited you for another")


class InvitationNotFound(NotFound):
    """This business has no open invitation with this id."""

    code = "invitation-not-found"

    def __init__(self, invitation_id: UUID) -> None:
        super().__init__(f"there is no open invitation {invitation_id}", invitation_id=str(invitation_id))


class MemberNotFound(NotFound):
    """This business has no active member with this id."""

    code = "member-not-found"

    def __init__(self, user_id: UUID) -> None:
        super().__init__(f"this business has no active member {user_id}", user_id=str(user_id))


class LastAdmin(Conflict):
    """The platform keeps at least one admin: nobody else decides disputes, or makes another."""

    code = "last-admin"

    def __init__(self) -> None:
        super().__init__("this is the platform's last admin; add another by `sauda add-admin` first")


class LastOwner(Conflict):
    """A business keeps at least one owner."""

    code = "last-owner"

    def __init__(self) -> None:
        super().__init__("this is the business's last owner; make another member owner first")


class ApiKeyNotFound(NotFound):
    """This business has no live API key with this id."""

    code = "api-key-not-found"

    def __init__(self, key_id: UUID) -> None:
        super().__init__(f"this business has no API key {key_id} that could be revoked", key_id=str(key_id))


class ApiKeyInvalid(Invalid):
    """An API key with these scopes or this end cannot be made."""

    code = "api-key-invalid"

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}", field=field)
