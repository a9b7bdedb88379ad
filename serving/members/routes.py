"""Who works for a business, and as what."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.orm import Session

from commerce.identity import members, service
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
from commerce.messaging import service as messaging
from commerce.messaging.errors import PhoneInvalid
from serving.dependencies import Reader, Writer
from serving.members.schemas import (
    InvitationIn,
    InvitationOut,
    MemberOut,
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
def list_members(caller: Reading, read: Reader, asked: PageAsked) -> Page[MemberOut]:
    """The people of the caller's business, the longest there first."""
    found = read(
        lambda session: members.list_members(
            session, business_id=caller.own_business_id, after=asked.after, limit=asked.fetch
        )
    )
    return asked.page(found, MemberOut.model_validate, key=lambda member: (member.created_at, member.id))


@router.get("/invitations", responses=merged(GUARDED, describe(CursorInvalid)))
def list_invitations(caller: Managing, read: Reader, asked: PageAsked) -> Page[InvitationOut]:
    """The invitations that can still be taken up, newest first."""
    found = read(
        lambda session: members.open_invitations(
            session, business_id=caller.own_business_id, before=asked.after, limit=asked.fetch
        )
    )
    return asked.page(found, InvitationOut.model_validate, key=lambda row: (row.invited_at, row.id))


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
