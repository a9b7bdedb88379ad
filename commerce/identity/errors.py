"""Why someone may not come in, or cannot be taken in."""

from __future__ import annotations

from uuid import UUID

from foundation.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated


class CredentialsRejected(Unauthenticated):
    """The e-mail and password do not belong together. Says the same whether or not the e-mail is known."""

    code = "credentials-rejected"

    def __init__(self) -> None:
        super().__init__("this e-mail and password do not belong together; check both")


class TokenRejected(Unauthenticated):
    """The access token is missing, malformed, not ours, or past its time."""

    code = "token-rejected"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the access token {why}; log in, or refresh it, and send `Authorization: Bearer <token>`"
        )


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


class RegistrationInvalid(Invalid):
    """A fact about the person who registers does not hold."""

    code = "registration-invalid"

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}", field=field)


class RoleNotGrantable(Forbidden):
    """Only an admin takes in admins, loan officers and analysts."""

    code = "role-not-grantable"

    def __init__(self, role: str) -> None:
        super().__init__(f"only an admin registers a {role.replace('_', ' ')}; ask one to do it", role=role)


class UserNotFound(NotFound):
    """No such user, or one that was put out of use."""

    code = "user-not-found"

    def __init__(self, user_id: UUID) -> None:
        super().__init__(f"there is no active user {user_id}", user_id=str(user_id))
