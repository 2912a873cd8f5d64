"""Invitations that members make inside the forum, and who invited whom."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ScalarSelect, case, func, select
from sqlalchemy.orm import Session, aliased

from bbs.errors import Conflict, Forbidden, NotFound, TooFast
from bbs.models import Invitation, InvitationUse, Member
from bbs.services import joining
from bbs.services.members import NEVER_IN
from bbs.services.permission import authorize
from bbs.store import MAX_ID, now
from bbs.views.members import Actor, InvitationLine, MadeCode

GOOD_FOR = timedelta(days=14)
MOST_OPEN = 5
"""Codes of one member that nobody has used yet."""
WEEK = timedelta(days=7)
MOST_IN_A_WEEK = 10
"""Codes that one member makes: who invites faster than that, an operator can help."""
MOST_SHOWN = 50


def may_invite(actor: Actor, policy: str) -> bool:
    """Whether the operator's setting lets this member invite: 'nobody', 'moderators' or 'members'."""
    return policy == "members" or (policy == "moderators" and actor.moderates_all)


def make(session: Session, actor: Actor, policy: str) -> MadeCode:
    """A code for one newcomer. Raises Forbidden, Conflict, TooFast."""
    authorize(session, actor, "invite somebody")
    if not may_invite(actor, policy):
        who = "Nobody can" if policy == "nobody" else "Only moderators and operators can"
        raise Forbidden(f"{who} invite people from inside this forum. Ask an operator for a code.")
    mine = Invitation.by_id == actor.id
    still = mine, Invitation.uses_left > 0, Invitation.expires_at > now(session)
    if _count(session, *still) >= MOST_OPEN:
        raise Conflict(
            f"You have {MOST_OPEN} codes that nobody has used. Withdraw one first, or wait until one is used."
        )
    if _count(session, mine, Invitation.created_at > now(session) - WEEK) >= MOST_IN_A_WEEK:
        raise TooFast(f"That is {MOST_IN_A_WEEK} codes in a week. Try again tomorrow.", 86_400)
    code = joining.invite(session, expires=GOOD_FOR, by_id=actor.id)
    return MadeCode(code, now(session) + GOOD_FOR)


def _count(session: Session, *which: Any) -> int:
    return session.scalar(select(func.count()).select_from(Invitation).where(*which)) or 0


def own_invitations(session: Session, actor: Actor) -> tuple[InvitationLine, ...]:
    """Those that the member has made, the newest first."""
    statement = (
        select(Invitation, InvitationUse.member_id, case((Member.state.not_in(NEVER_IN), Member.handle)))
        .outerjoin(InvitationUse, InvitationUse.invitation_id == Invitation.id)
        .outerjoin(Member, Member.id == InvitationUse.member_id)
        .where(Invitation.by_id == actor.id)
        .order_by(Invitation.id.desc())
        .limit(MOST_SHOWN)
    )
    return tuple(
        InvitationLine(row.id, row.created_at, row.expires_at or row.created_at + GOOD_FOR, handle or "",
                       used=user is not None, withdrawn=row.uses_left < 1 and user is None)
        for row, user, handle in session.execute(statement)
    )  # fmt: skip


def withdraw(session: Session, actor: Actor, invitation_id: int) -> None:
    """Make a code of one's own useless. Raises NotFound, Conflict."""
    mine = Invitation.id == min(invitation_id, MAX_ID), Invitation.by_id == actor.id
    found = session.scalar(select(Invitation).where(*mine))
    if found is None:
        raise NotFound(f"You have made no invitation {invitation_id}.")
    if found.uses_left < 1:
        raise Conflict("That code has been used or withdrawn already.")
    found.uses_left = 0


def inviter() -> ScalarSelect[str]:
    """A column for a query over Member: the handle of whoever invited each; NULL where nobody in the forum did."""
    host = aliased(Member)
    made = select(host.handle).join(Invitation, Invitation.by_id == host.id)
    made = made.join(InvitationUse, InvitationUse.invitation_id == Invitation.id)
    return made.where(InvitationUse.member_id == Member.id).correlate(Member).scalar_subquery()
