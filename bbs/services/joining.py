"""Invitation codes, and signing up with one or without."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from bbs import handles
from bbs.errors import Conflict, Invalid
from bbs.events import MemberChanged
from bbs.models import ForgottenHandle, Invitation, InvitationUse, Member, QueueItem
from bbs.private_keys import refuse_private_key
from bbs.services import codes, in_force, log, members, notices, queue
from bbs.services.permission import authorize
from bbs.store import now, record
from bbs.text import clean, digest
from bbs.views.members import Actor, Device, SignIn

FIRST_ROLES = ("facilitator", "operator")
"""Of whoever sets a forum up: nobody else is there to call a meeting."""
SHORTEST_APPLICATION = 10
"""Letters: enough for a few words."""
ASKED_FOR = "They asked for the handle {}, which is taken."
ASKED_FOR_FORGOTTEN = "They asked for the handle of a former member."
LOOKS_LIKE = "The handle looks like @{}'s."
LOOKS_FORGOTTEN = "The handle looks like that of a former member."
"""Why a moderator has to decide about a handle."""
MOST_WAITING = 200
"""Applications at once: more than moderators can read is a flood."""


@dataclass(frozen=True, slots=True)
class Admission:
    """What somebody shows to be let in. `registration` is the operator's setting."""

    registration: str
    code: str = ""
    about: str = ""

    @property
    def has_code(self) -> bool:
        return bool(self.code.strip())

    @property
    def waits(self) -> bool:
        """Whether a moderator has to decide."""
        return not self.has_code and self.registration == "approve"


def check_admission(session: Session, admission: Admission) -> None:
    """What is cheap to check, before anything else. Raises Invalid with the field that is wrong."""
    refuse_private_key(admission.about, "about")
    if admission.has_code:
        _invitation(session, admission.code)
    elif admission.registration == "invite":
        raise Invalid("An invitation code is needed: ask somebody who is in.", "code")
    elif admission.waits and len(clean(admission.about)) < SHORTEST_APPLICATION:
        raise Invalid("Say in a few words who you are: a moderator reads it.", "about")
    elif admission.waits and queue.count_open(session, "application") >= MOST_WAITING:
        raise Invalid(
            "Too many wait for a moderator already. Come back in a few days, or ask a member for a code.", "about"
        )


def check_free(session: Session, handle: str) -> None:
    """Raises Invalid for a handle that somebody has, or had. Only those who are let in anyway may learn that."""
    if members.is_taken(session, handle):
        raise Invalid(f"The handle {handle} is taken.", "handle")


def join(
    session: Session,
    admission: Admission,
    handle: str,
    display_name: str,
    password_hash: str,
    *,
    sector: str = "",
    zone: str = "Europe/London",
    public_key: tuple[str, str] | None = None,
    device: Device | None = None,
    staff_keys_only: bool = False,
) -> SignIn:
    """Sign up. A good code always lets in; without one it depends on the operator's setting.

    An account waits for a moderator where the setting says so, and where its handle looks like a member's: nothing
    tells the newcomer which. `public_key` is (fingerprint, key) that the client has proved. Raises Invalid.
    """
    check_admission(session, admission)
    invitation = _invitation(session, admission.code) if admission.has_code else None
    if staff_keys_only and public_key is None and invitation is not None and invitation.role == "operator":
        raise Invalid("An operator of this forum signs in with a key: connect again with one.", "code")
    handle = handles.check(handle)
    looks_like = _look_alikes(session, handle)
    held_because = ""
    is_taken = members.is_taken(session, handle)
    if admission.waits and is_taken:
        # To say 'taken' would tell a stranger who is a member.
        held_because = ASKED_FOR.format(handle)
        handle = _free_variant(session, handle)
    elif not is_taken and looks_like:
        held_because = LOOKS_LIKE.format(looks_like[0])
    elif not is_taken and _looks_forgotten(session, handle):
        held_because = LOOKS_FORGOTTEN
    waits = admission.waits or bool(held_because)
    member_id = members.add_member(
        session, handle, display_name=display_name,
        roles_held=FIRST_ROLES if invitation and invitation.role == "operator" else (),
        state="applied" if waits else "active", password_hash=password_hash or None, zone=zone, sector=sector,
        application=admission.about, held_because=held_because, signed_up=True,
    )  # fmt: skip
    if public_key is not None:
        _attach_key(session, member_id, *public_key)
    if invitation is not None:
        invitation.uses_left -= 1
        session.add(InvitationUse(member_id=member_id, invitation_id=invitation.id))
    if waits:
        queue.open_item(session, "application" if admission.waits else "handle", about_id=member_id,
                        words=admission.about, remark=held_because)  # fmt: skip
    return members.sign_in(session, member_id, public_key[0] if public_key else "", device=device,
                           staff_keys_only=staff_keys_only)  # fmt: skip


def _attach_key(session: Session, member_id: int, fingerprint: str, public_key: str) -> None:
    try:
        members.add_key(session, member_id, fingerprint, public_key)
    except Conflict:
        raise Invalid("This key belongs to an account. Sign in with that account's handle, or take a password here in "
                      "place of the key.", "key") from None  # fmt: skip


def _look_alikes(session: Session, handle: str) -> list[str]:
    """The handles that are taken for this one, itself first. All are read: people join seldom."""
    wanted = handles.shape(handle)
    alike = [other for other in session.scalars(select(Member.handle)) if handles.shape(other) == wanted]
    return sorted(alike, key=lambda other: (other != handle, other))


def _looks_forgotten(session: Session, handle: str) -> bool:
    """Whether a member who is forgotten had a handle that is taken for this one."""
    alike = ForgottenHandle.shape_digest == digest(handles.shape(handle))
    return session.scalar(select(ForgottenHandle.digest).where(alike).limit(1)) is not None


def _free_variant(session: Session, handle: str) -> str:
    """'heather-2', or the next number that nobody has or had."""
    numbers = (f"{handle[: handles.LONGEST - 5]}-{number}" for number in count(2))
    return next(name for name in numbers if not members.is_taken(session, name))


# -- what a moderator decides


def accept(session: Session, actor: Actor, item: QueueItem, reason: str) -> None:
    """Let an applicant in, who reads so when they next connect."""
    del reason  # there is nothing to explain
    member = _applicant(session, actor, item)
    if in_force.find(in_force.on_member(session, member.id), "banned"):
        raise Conflict(f"{member.handle} is banned. 'mod reinstate' lifts that first.")
    member.state, member.joined_at = "active", now(session)  # the first day of who is new begins now
    log.write(session, actor, "accepted", member.handle, about_id=member.id)
    notices.tell_member(session, member.id, "account", "accepted", "A moderator has accepted you. Welcome.", by=actor)
    record(session, MemberChanged(member.id))


def refuse(session: Session, actor: Actor, item: QueueItem, reason: str) -> None:
    """Do not let an applicant in, who reads so, and why, when they next connect."""
    member = _applicant(session, actor, item)
    member.state = "refused"
    log.write(session, actor, "declined", member.handle, reason=reason, about_id=member.id, private=True)
    record(session, MemberChanged(member.id))


def _applicant(session: Session, actor: Actor, item: QueueItem) -> Member:
    authorize(session, actor, "decide an application")
    member = session.get_one(Member, item.member_id)
    if member.state != "applied":
        raise Conflict(f"{member.handle} does not wait for a decision any more.")
    return member


# -- codes


def invite(
    session: Session, *, uses: int = 1, expires: timedelta | None = None, role: str = "member", by_id: int | None = None
) -> str:
    """A new code to join with, made by a member or (None) the operator's command. Only its hash is kept."""
    code, at = codes.new_code(), now(session)
    expires_at = at + expires if expires else None
    session.add(Invitation(code_hash=codes.hash_of(code), role=role, uses_left=uses, expires_at=expires_at,
                           created_at=at, by_id=by_id))  # fmt: skip
    return code


def first_operator_code(session: Session) -> str:
    """The code that makes the first operator, made once; '' where there is one already, or an operator."""
    taken = select(Invitation.id).where(Invitation.role == "operator")
    if session.scalar(taken.limit(1)) or members.has_operator(session):
        return ""
    return invite(session, role="operator")


def _invitation(session: Session, code: str) -> Invitation:
    """Raises Invalid. The code of somebody who may not write, or whose account is closed, lets nobody in."""
    inviter = aliased(Member)
    restrained = in_force.is_restrained(inviter.id, now(session))
    good = or_(Invitation.by_id.is_(None), and_(inviter.state == "active", ~restrained))
    known = select(Invitation).outerjoin(inviter, inviter.id == Invitation.by_id)
    invitation = session.scalar(known.where(Invitation.code_hash == codes.hash_of(code), good))
    at = now(session)
    if invitation is None or invitation.uses_left < 1 or (invitation.expires_at and invitation.expires_at < at):
        raise Invalid("That code is not known, or has been used or has expired.", "code")
    return invitation
