"""Who works for a business, and as what."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from commerce.identity import members, queries, service
from commerce.identity.errors import (
    EmailTaken,
    InvitationNotFound,
    LastOwner,
    MemberNotFound,
    PhoneTaken,
    RegistrationInvalid,
    TooManyAttempts,
    UserNotFound,
)
from commerce.identity.queries import InvitationFilter, MemberFilter
from commerce.messaging import service as messaging
from commerce.messaging.errors import PhoneInvalid
from serving.dependencies import Reader, Writer
from serving.members.schemas import (
    InvitationIn,
    InvitationOut,
    MemberOut,
    Position,
    PositionIn,
)
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Page

router = APIRouter(prefix=f"{V1}/members", tags=["members"])

Reading = Annotated[Caller, may("members:read")]
Managing = Annotated[Caller, may("members:manage")]


@router.get("", responses=merged(GUARDED, describe(CursorInvalid)))
def list_members(
    caller: Reading,
    read: Reader,
    asked: PageAsked,
    role: Annotated[
        Literal["vendor", "retailer"] | None, Query(description="Only who sells, or buys.")
    ] = None,
    position: Annotated[Position | None, Query(description="Only who is this.")] = None,
    state: Annotated[
        Literal["active", "removed"],
        Query(description="Who is there, or who was removed; that is for who manages members."),
    ] = "active",
    sort: Annotated[
        Literal["longest", "newest", "position"],
        Query(
            description="`longest`: the longest there first; `newest`: the last to come first; `position`: by it, and "
            "then the longest there first."
        ),
    ] = "longest",
) -> Page[MemberOut]:
    """The people of the caller's business, by `sort`."""
    if state == "removed":
        # Those who left are no longer colleagues whom everybody reaches.
        caller.require("members:manage")
    order = queries.MEMBERS_BY[sort]
    found = read(
        lambda session: members.list_members(
            session,
            business_id=caller.own_business_id,
            chosen=MemberFilter(role, position, state == "active"),
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
    )
    return asked.page(found, MemberOut.model_validate, key=order.key_of)


@router.get("/invitations", responses=merged(GUARDED, describe(CursorInvalid)))
def list_invitations(
    caller: Managing,
    read: Reader,
    asked: PageAsked,
    role: Annotated[
        Literal["vendor", "retailer"] | None, Query(description="Only to sell, or to buy.")
    ] = None,
    position: Annotated[Position | None, Query(description="Only to become this.")] = None,
    channel: Annotated[Literal["mail", "phone"] | None, Query(description="Only what went this way.")] = None,
    sort: Annotated[
        Literal["newest", "oldest"],
        Query(description="`newest`: the last first; `oldest`: the first to expire first."),
    ] = "newest",
) -> Page[InvitationOut]:
    """The invitations that can still be taken up, by `sort`."""
    order = queries.INVITATIONS_BY[sort]
    found = read(
        lambda session: members.open_invitations(
            session,
            business_id=caller.own_business_id,
            chosen=InvitationFilter(role, position, channel),
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
    )
    return asked.page(found, InvitationOut.model_validate, key=order.key_of)


@router.post(
    "/invitations",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED,
        describe(EmailTaken, PhoneTaken, PhoneInvalid, RegistrationInvalid, TooManyAttempts, UserNotFound),
    ),
)
def invite_member(wanted: InvitationIn, caller: Managing, write: Writer) -> InvitationOut:
    """Offer somebody a position; the token to take it up goes to their mail or phone, and holds for seven days."""

    def invite(session: Session) -> members.OpenInvitation:
        return members.invite(
            session,
            business_id=caller.own_business_id,
            invited_by=service.profile(session, user_id=caller.user_id),
            channel="mail" if wanted.email else "phone",
            address=wanted.email or wanted.phone or "",
            full_name=wanted.full_name,
            position=wanted.position,
            role=wanted.role,
        )

    return InvitationOut.model_validate(write(invite))


@router.delete(
    "/invitations/{invitation_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=merged(GUARDED, describe(InvitationNotFound)),
)
def revoke_invitation(invitation_id: UUID, caller: Managing, write: Writer) -> None:
    """Take an invitation back, and forget whom it was for."""
    write(
        lambda session: members.revoke_invitation(
            session,
            business_id=caller.own_business_id,
            invitation_id=invitation_id,
            revoked_by=caller.user_id,
        )
    )
    messaging.forget_files(invitation_id)


@router.patch(
    "/{user_id}", responses=merged(GUARDED, describe(MemberNotFound, LastOwner, RegistrationInvalid))
)
def change_position(user_id: UUID, wanted: PositionIn, caller: Managing, write: Writer) -> MemberOut:
    """Give a member another position; they log in again."""
    return MemberOut.model_validate(
        write(
            lambda session: members.change_position(
                session,
                business_id=caller.own_business_id,
                user_id=user_id,
                position=wanted.position,
                changed_by=caller.user_id,
            )
        )
    )


@router.delete(
    "/{user_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=merged(GUARDED, describe(MemberNotFound, LastOwner)),
)
def remove_member(user_id: UUID, caller: Managing, write: Writer) -> None:
    """End a person's membership, and all their log-ins within seconds."""
    write(
        lambda session: members.remove(
            session, business_id=caller.own_business_id, user_id=user_id, removed_by=caller.user_id
        )
    )
