"""Letting in again a member who has lost all keys and the password: a one-time code, handed over in person."""

from sqlalchemy.orm import Session

from bbs.errors import Conflict
from bbs.models import Member
from bbs.services import codes, log, notices
from bbs.services.members import member_named
from bbs.views.members import Actor, MadeCode


def recover(session: Session, handle: str) -> MadeCode:
    """A code by the operator's command, for any member. Raises NotFound, Conflict."""
    member = member_named(session, handle)
    if member.state != "active":
        raise Conflict(f"The account {member.handle} is closed, so a code would let nobody in.")
    return _make(session, None, member)


def _make(session: Session, actor: Actor | None, member: Member) -> MadeCode:
    """A code, of which all that can still get in hear."""
    log.write(session, actor, "made a recovery code for", member.handle, about_id=member.id, private=True)
    by = f"The moderator {actor.handle}" if actor else "An operator"
    words = (
        f"{by} made a code with which you can be let in again. If you did not ask for one, withdraw it here and now."
    )
    notices.tell_member(session, member.id, "account", "recovery", words, by=actor)
    return codes.make(session, member.id, "recovery")
