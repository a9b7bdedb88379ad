"""Who calls, and what their role lets them do. Routes ask by type: `caller: AsVendor`."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from commerce.identity.errors import TokenRejected
from commerce.identity.tokens import read_access_token
from foundation.errors import Forbidden
from serving.problems import Responses, describe

PLATFORM_ROLES = ("admin", "loan_officer", "analyst")

bearer = HTTPBearer(auto_error=False, description="The access token of `POST /api/v1/auth/login`.")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


class RoleNotAllowed(Forbidden):
    """The caller's role may not do this."""

    code = "role-not-allowed"

    def __init__(self, role: str, allowed: tuple[str, ...]) -> None:
        super().__init__(
            f"a {role.replace('_', ' ')} may not do this; it is for {', '.join(allowed).replace('_', ' ')}",
            role=role,
            allowed=list(allowed),
        )


@dataclass(frozen=True)
class Caller:
    """The user that a request speaks for. Platform roles have no business."""

    user_id: UUID
    role: str
    business_id: UUID | None

    @property
    def own_business_id(self) -> UUID:
        """The business of a vendor or retailer."""
        if self.business_id is None:
            raise RoleNotAllowed(self.role, ("vendor", "retailer"))
        return self.business_id

    @property
    def sees_the_market(self) -> bool:
        """Whether the caller's role reads across businesses."""
        return self.role in PLATFORM_ROLES


# The checks are coroutines because they only compute: a plain function would cost a hop to a thread each.
async def identified(credentials: Bearer) -> Caller:
    """The caller that the bearer token speaks for. Raises TokenRejected."""
    if credentials is None:
        raise TokenRejected("is missing")
    access = read_access_token(credentials.credentials)
    return Caller(access.user_id, access.role, access.business_id)


async def identified_if_any(credentials: Bearer) -> Caller | None:
    """The caller, or None for a request without a token. Raises TokenRejected for a bad one."""
    return await identified(credentials) if credentials is not None else None


def having_role(*roles: str) -> Callable[[Caller], Coroutine[Any, Any, Caller]]:
    """A check that the caller has one of `roles`."""

    async def check(caller: AnyCaller) -> Caller:
        if caller.role not in roles:
            raise RoleNotAllowed(caller.role, roles)
        return caller

    return check


AnyCaller = Annotated[Caller, Depends(identified)]
MaybeCaller = Annotated[Caller | None, Depends(identified_if_any)]
AsVendor = Annotated[Caller, Depends(having_role("vendor"))]
AsRetailer = Annotated[Caller, Depends(having_role("retailer"))]
AsTrader = Annotated[Caller, Depends(having_role("vendor", "retailer"))]
AsMarketReader = Annotated[Caller, Depends(having_role(*PLATFORM_ROLES))]

GUARDED: Responses = describe(TokenRejected, RoleNotAllowed)
"""The failures of every route that asks who calls."""
