"""Who calls, and what they may do. Routes ask for a permission: `caller: Annotated[Caller, may("orders:place")]`.

Who has which permission stands in `commerce/identity/permissions.py`. Whose rows are seen is held by
row-level security.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from commerce.identity import api_keys, tokens
from commerce.identity.errors import SecondFactorMissing, TokenRejected
from commerce.identity.permissions import BUSINESS_ROLES, PERMISSIONS, PLATFORM_ROLES
from foundation.errors import Forbidden
from serving import credentials as held
from serving import rates
from serving.problems import Responses, describe

bearer = HTTPBearer(
    auto_error=False, description="The access token of `POST /api/v1/auth/login`, or an API key."
)
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
CALLER = "sauda.caller"
"""In a request's scope: who it speaks for, once that was found out."""


class RoleNotAllowed(Forbidden):
    """The caller's role may not do this."""

    code = "role-not-allowed"

    def __init__(self, role: str, allowed: tuple[str, ...]) -> None:
        super().__init__(
            f"the role {role.replace('_', ' ')} may not do this; it is for {', '.join(allowed).replace('_', ' ')}",
            role=role,
            allowed=list(allowed),
        )


class PositionNotAllowed(Forbidden):
    """The caller's position in their business may not do this."""

    code = "position-not-allowed"

    def __init__(self, position: str | None, allowed: tuple[str, ...]) -> None:
        super().__init__(
            f"a business's {position or 'stranger'} may not do this; it is for {', '.join(allowed)}",
            position=position,
            allowed=list(allowed),
        )


class ScopeMissing(Forbidden):
    """The API key has not the scope that this asks for, or no key can do it."""

    code = "scope-missing"

    def __init__(self, scope: str | None) -> None:
        asked = (
            f"the scope {scope}; make a key that has it, or log in" if scope else "a person; log in as one"
        )
        super().__init__(f"this asks for {asked}", scope=scope)


@dataclass(frozen=True)
class Caller:
    """The user or program that a request speaks for. Platform roles have no business."""

    user_id: UUID
    role: str
    business_id: UUID | None
    position: str | None = None
    has_second_factor: bool = False
    key: api_keys.KeyAccess | None = None

    @property
    def own_business_id(self) -> UUID:
        """The business of a vendor or retailer."""
        if self.business_id is None:
            raise RoleNotAllowed(self.role, BUSINESS_ROLES)
        return self.business_id

    @property
    def sees_the_market(self) -> bool:
        """Whether the caller's role reads across businesses."""
        return self.role in PLATFORM_ROLES

    @property
    def is_trial(self) -> bool:
        """Whether what is asked must leave nothing behind (a test key)."""
        return self.key is not None and self.key.is_test

    def holds(self, name: str) -> bool:
        """Whether the caller has the permission."""
        try:
            self.require(name)
        except (RoleNotAllowed, PositionNotAllowed, ScopeMissing):
            return False
        return True

    def require(self, name: str) -> None:
        """Raises RoleNotAllowed, PositionNotAllowed or ScopeMissing unless the caller has the permission."""
        held_by = PERMISSIONS[name]
        if self.key is not None and not (held_by.is_scope and name in self.key.scopes):
            raise ScopeMissing(name if held_by.is_scope else None)
        if self.role not in held_by.roles:
            raise RoleNotAllowed(self.role, held_by.roles)
        if self.key is None and self.role in BUSINESS_ROLES and self.position not in held_by.positions:
            raise PositionNotAllowed(self.position, held_by.positions)


# The checks are coroutines because they mostly compute: a plain function would cost a hop to a thread each. And few
# depend on others: FastAPI walks the whole tree below each of them again, for every one that asks who calls.
async def caller_of(request: Request) -> Caller:
    """Whoever the request speaks for, found out once. Raises TokenRejected, SecondFactorMissing."""
    found: Caller | None = request.scope.get(CALLER)
    if found is None:
        found = request.scope[CALLER] = _let_act(await _known(request, await bearer(request)))
    return found


async def _known(request: Request, credentials: HTTPAuthorizationCredentials | None) -> Caller:
    if credentials is None:
        raise TokenRejected("is missing")
    text = credentials.credentials
    try:
        caller = await (_program if text.startswith(api_keys.MARK) else _person)(text)
    except TokenRejected:
        rates.count_stranger(request.scope)
        raise
    kind = "reads" if request.method == "GET" else "writes"
    rates.count(request.scope, kind, str(caller.user_id if caller.key is None else caller.key.key_id))
    return caller


def _let_act(caller: Caller) -> Caller:
    if caller.role == "admin" and not caller.has_second_factor:
        raise SecondFactorMissing
    return caller


async def _program(text: str) -> Caller:
    key = held.recent_key(text) or await run_in_threadpool(held.key_access, text)
    if key is None:
        raise TokenRejected(
            "is an API key that is not known, was revoked or has expired",
            "an owner of the business makes another by `POST /api/v1/api-keys`",
        )
    return Caller(key.made_by, key.role, key.business_id, key=key)


async def _person(text: str) -> Caller:
    access = held.recent_access(text)
    if access is None:
        if tokens.needs_a_look(text):
            access = await run_in_threadpool(held.read_access, text)
        else:
            access = held.read_access(text)
    if access.session_id is not None:
        lives = held.recent_session(access.session_id)
        if lives is None:
            lives = await run_in_threadpool(held.session_lives, access.session_id)
        if not lives:
            raise TokenRejected("is of a log-in that was ended")
    return Caller(access.user_id, access.role, access.business_id, access.position, access.has_second_factor)


async def identified_if_any(request: Request, credentials: Bearer) -> Caller | None:
    """The caller, or None for a request without a token. Raises TokenRejected for a bad one."""
    return _let_act(await _known(request, credentials)) if credentials is not None else None


MaybeCaller = Annotated[Caller | None, Depends(identified_if_any)]


def may(name: str) -> Any:
    """The dependency that lets in who has the permission. A name that stands in no table fails at import."""
    if name not in PERMISSIONS:
        raise LookupError(f"there is no permission {name!r}; add it to commerce/identity/permissions.py")

    # The bearer is named so that the document knows the scheme; `caller_of` reads it once for all.
    async def check(request: Request, _: Bearer) -> Caller:
        caller = await caller_of(request)
        caller.require(name)
        return caller

    return Depends(check)


async def _person_only(request: Request, credentials: Bearer) -> Caller:
    caller = await _known(request, credentials)
    if caller.key is not None:
        raise ScopeMissing(None)
    return caller


Person = Annotated[Caller, Depends(_person_only)]
"""Anybody who logged in, about their own log-in: no programs; admins without a second factor too."""


GUARDED: Responses = describe(
    TokenRejected, RoleNotAllowed, PositionNotAllowed, ScopeMissing, SecondFactorMissing
)
"""The failures of every route that asks who calls."""
