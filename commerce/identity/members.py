"""The members of a business: invited by mail or phone, each in a position, at least one of them its owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.audit import service as audit
from commerce.identity import guards, people, queries, tokens
from commerce.identity.errors import (
    EmailTaken,
    InvitationNotFound,
    InvitationRejected,
    LastOwner,
    MemberNotFound,
    PhoneTaken,
    RegistrationInvalid,
)
from commerce.identity.models import Invitation, User
from commerce.identity.permissions import POSITIONS
from commerce.messaging import service as messaging
from commerce.messaging.addresses import normal_phone
from commerce.parties import service as parties
from foundation import clock, personal
from foundation.keyset import Order

INVITATION_LIVES: Final = timedelta(days=7)


@dataclass(frozen=True)
class OpenInvitation:
    """An invitation as the business that gave it sees it."""

    id: UUID
    channel: str
    address: str
    full_name: str
    role: str
    position: str
    invited_by: UUID
    invited_at: datetime
    expires_at: datetime


def list_members(
    session: Session,
    *,
    business_id: UUID,
    chosen: queries.MemberFilter = queries.MemberFilter(),
    by: Order = queries.MEMBERS_BY["longest"],
    after: Sequence[Any] | None = None,
    limit: int | None = None,
) -> Sequence[User]:
    """The members, the longest first; `after`: the key of the last one seen."""
    return queries.members(session, business_id, chosen=chosen, by=by, after=after, limit=limit)


def invite(
    session: Session,
    *,
    business_id: UUID,
    invited_by: User,
    channel: Literal["mail", "phone"],
    address: str,
    full_name: str,
    position: str,
    role: str | None = None,
) -> OpenInvitation:
    """Offer somebody a position; what they need to take it up goes to their mail or phone alone.

    `role` is the half of a business that trades both ways which they work for, left out the inviter's.
    Raises RegistrationInvalid, PhoneInvalid, EmailTaken, PhoneTaken, TooManyAttempts.
    """
    if position not in POSITIONS:
        raise RegistrationInvalid("position", f"{position!r} is none; give one of {', '.join(POSITIONS)}")
    guards.take(session, guards.INVITATIONS, business_id.bytes)
    business = parties.get_business(session, business_id=business_id)
    role = role or invited_by.role
    if role != invited_by.role and not (business.is_vendor and business.is_retailer):
        raise RegistrationInvalid(
            "role", f"this business trades as a {invited_by.role} only; leave it out, or give that"
        )
    name = people.checked_name(full_name)
    reached_at = (
        people.checked_email(address)
        if channel == "mail"
        else normal_phone(address, country=business.country)
    )
    index = personal.blind_index(channel, reached_at)
    if queries.is_taken(session, channel, index):
        raise EmailTaken(reached_at) if channel == "mail" else PhoneTaken
    guards.take(session, guards.MESSAGES, index)
    now = datetime.now(UTC)
    subject = personal.new_subject(session, made_at=clock.now())
    token = tokens.new_secret() if channel == "mail" else tokens.new_typed_secret()
    invitation = Invitation(
        id=subject.id,
        business_id=business_id,
        channel=channel,
        address_sealed=subject.seal("address", reached_at),
        full_name_sealed=subject.seal("full_name", name),
        role=role,
        position=position,
        token_hash=tokens.secret_hash(token),
        invited_by=invited_by.id,
        invited_at=now,
        expires_at=now + INVITATION_LIVES,
    )
    session.add(invitation)
    messaging.send(
        session,
        subject,
        channel=channel,
        recipient=reached_at,
        purpose="invitation",
        title=f"{business.name} invites you to Sauda",
        body=_INVITATION.format(business=business.name, position=position, token=token),
    )
    _record(session, "member-invited", business_id, invited_by.id, invitation.id, position=position)
    return _shown(session, invitation)


def tell_owners(session: Session, *, business_id: UUID, purpose: str, title: str, body: str) -> int:
    """Send a mail to the owners of a business; who has none is told on the phone. How many were told."""
    told = 0
    for user in queries.members(session, business_id):
        if user.position != "owner":
            continue
        subject = people.subject_of(user)
        for channel, sealed in (("mail", user.email_sealed), ("phone", user.phone_sealed)):
            if sealed is None:
                continue
            messaging.send(
                session,
                subject,
                channel=channel,  # type: ignore[arg-type]
                recipient=subject.open("email" if channel == "mail" else "phone", sealed),
                purpose=purpose,
                title=title,
                body=body,
            )
            told += 1
            break
    return told


def open_invitations(
    session: Session,
    *,
    business_id: UUID,
    chosen: queries.InvitationFilter = queries.InvitationFilter(),
    by: Order = queries.INVITATIONS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int | None = None,
) -> list[OpenInvitation]:
    """The invitations that can still be taken up, newest first; `after`: the key of the last one seen."""
    found = queries.open_invitations(
        session, business_id, datetime.now(UTC), chosen=chosen, by=by, after=after, limit=limit
    )
    return [_shown(session, invitation) for invitation in found]


def revoke_invitation(session: Session, *, business_id: UUID, invitation_id: UUID, revoked_by: UUID) -> None:
    """Take an invitation back, and forget whom it was for. Raises InvitationNotFound."""
    now = datetime.now(UTC)
    invitation = queries.lock_open_invitation(session, business_id, invitation_id, now)
    if invitation is None:
        raise InvitationNotFound(invitation_id)
    invitation.revoked_at = now
    messaging.forget(session, invitation_id)
    session.flush()
    personal.forget(session, invitation_id)
    _record(session, "invitation-revoked", business_id, revoked_by, invitation_id)


def check_invitation(session: Session, *, token: str) -> None:
    """Raises InvitationRejected unless the token would hold now."""
    _of_token(session, token)


def accept_invitation(
    session: Session, *, token: str, password_hash: str, full_name: str | None = None
) -> User:
    """Become a member, reached where the invitation came, which that proves; once.

    Raises InvitationRejected, EmailTaken, PhoneTaken, RegistrationInvalid.
    """
    invitation = _of_token(session, token, lock=True)
    subject = personal.subject(session, invitation.id)
    if subject is None:
        raise InvitationRejected
    invitation.accepted_at = datetime.now(UTC)
    address = subject.open("address", invitation.address_sealed)
    user = people.add(
        session,
        subject,
        email=address if invitation.channel == "mail" else None,
        phone=address if invitation.channel == "phone" else None,
        full_name=full_name or subject.open("full_name", invitation.full_name_sealed),
        password_hash=password_hash,
        role=invitation.role,
        position=invitation.position,
        business_id=invitation.business_id,
    )
    _record(session, "invitation-accepted", invitation.business_id, user.id, user.id, position=user.position)
    return user


def change_position(
    session: Session, *, business_id: UUID, user_id: UUID, position: str, changed_by: UUID
) -> User:
    """Give a member another position and end their log-ins, which speak of the one before.

    Raises MemberNotFound, LastOwner, RegistrationInvalid.
    """
    if position not in POSITIONS:
        raise RegistrationInvalid("position", f"{position!r} is none; give one of {', '.join(POSITIONS)}")
    user = _locked(session, business_id, user_id, stays_owner=position == "owner")
    before, user.position = user.position, position
    queries.revoke_log_ins(session, user_id, datetime.now(UTC))
    _record(session, "position-changed", business_id, changed_by, user_id, position=position, before=before)
    return user


def remove(session: Session, *, business_id: UUID, user_id: UUID, removed_by: UUID) -> None:
    """End a person's membership and all their log-ins; what they did stays theirs.

    Raises MemberNotFound, LastOwner.
    """
    user = _locked(session, business_id, user_id, stays_owner=False)
    user.is_active = False
    queries.revoke_log_ins(session, user_id, datetime.now(UTC))
    _record(session, "member-removed", business_id, removed_by, user_id, position=user.position)


def _of_token(session: Session, token: str, *, lock: bool = False) -> Invitation:
    typed, now = token.strip(), datetime.now(UTC)
    for spelling in (typed, typed.upper()):  # who types from a phone may not keep to capitals
        found = queries.invitation_by_token(session, tokens.secret_hash(spelling), now, lock=lock)
        if found is not None:
            return found
    raise InvitationRejected


def _locked(session: Session, business_id: UUID, user_id: UUID, *, stays_owner: bool) -> User:
    members = {member.id: member for member in queries.lock_members(session, business_id)}
    if user_id not in members:
        raise MemberNotFound(user_id)
    others = [member for member in members.values() if member.id != user_id and member.position == "owner"]
    if members[user_id].position == "owner" and not stays_owner and not others:
        raise LastOwner
    return members[user_id]


def _shown(session: Session, invitation: Invitation) -> OpenInvitation:
    session.flush()
    subject = personal.subject(session, invitation.id)
    return OpenInvitation(
        id=invitation.id,
        channel=invitation.channel,
        address=subject.open("address", invitation.address_sealed) if subject else personal.FORGOTTEN,
        full_name=subject.open("full_name", invitation.full_name_sealed) if subject else personal.FORGOTTEN,
        role=invitation.role,
        position=invitation.position,
        invited_by=invitation.invited_by,
        invited_at=invitation.invited_at,
        expires_at=invitation.expires_at,
    )


def _record(
    session: Session, action: str, business_id: UUID, actor_id: UUID, subject_id: UUID, **facts: Any
) -> None:
    audit.record(
        session, action, business_id=business_id, actor_id=actor_id, subject_id=subject_id, facts=facts
    )


_INVITATION = """{business} invites you to work in its Sauda books as {position}.

To join, give this within seven days, and choose a password:

{token}
"""
