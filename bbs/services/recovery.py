"""Letting in again a member who has lost all keys and the password: a one-time code, handed over in person.

An operator makes it with their command, for anybody. Whoever cannot sign in can ask for it at `join`: the moderators
decide, each for members below their own role, so that nobody rises by it. The account hears of every step.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bbs.errors import Conflict, Forbidden, Invalid
from bbs.models import Member, QueueItem
from bbs.private_keys import refuse_private_key
from bbs.services import codes, in_force, log, notices, queue, roles
from bbs.services.members import member_named
from bbs.text import clean
from bbs.views.members import Actor, MadeCode

ASKED = ("Somebody says that they cannot sign in to your account, and asks the moderators for a code. If it was not "
         "you, tell a moderator now.")  # fmt: skip
SHORTEST, LONGEST = 10, 500
"""Letters in which somebody says how the moderators can reach them."""
MOST_WORDS = 2000
"""Letters of all that was said for one account: a stranger may have asked before the member does."""


def recover(session: Session, handle: str) -> MadeCode:
    """A code by the operator's command, for any member. Raises NotFound, Conflict."""
    member = member_named(session, handle)
    _require_open(session, member)
    return _make(session, None, member)


def ask(session: Session, handle: str, words: str) -> None:
    """Somebody who cannot sign in asks the moderators. A handle that nobody has, or an operator's, changes nothing.

    Raises:
        Invalid: too few words, or too many.
    """
    refuse_private_key(words, "words")
    words = clean(words)
    if not SHORTEST <= len(words) <= LONGEST:
        raise Invalid(f"Say in {SHORTEST} to {LONGEST} characters how a moderator can reach you.", "words")
    member = session.scalar(select(Member).where(Member.handle == handle, in_force.belongs()))
    if member is None or "operator" in roles.of(session, member.id):
        return
    known = queue.open_for(session, "recovery", about_id=member.id)
    if known is not None:
        if words not in known.words and len(known.words) + len(words) < MOST_WORDS:
            known.words += f"\n\nAsked again: {words}"
            queue.changed(session, known)
        return
    queue.open_item(session, "recovery", about_id=member.id, words=words, remark=_remark(session, member))
    notices.tell_member(session, member.id, "account", "recovery", ASKED)


def _remark(session: Session, member: Member) -> str:
    held = roles.of(session, member.id)
    above = " They are a moderator: an operator decides." if "moderator" in held else ""
    return f"Be sure that it is them: call a number that you know, or meet. You hand the code over yourself.{above}"


def approve(session: Session, actor: Actor, item: QueueItem, _reason: str) -> str:
    """Make the code, which the moderator hands over. Raises Forbidden, Conflict."""
    member = session.get_one(Member, item.member_id)
    _require_open(session, member)
    held = roles.of(session, member.id)
    if "operator" in held:
        raise Forbidden("An operator is let in again on the server alone: 'bbs member recover'.")
    if "moderator" in held and not actor.is_operator:
        raise Forbidden("They are a moderator: an operator decides about them.")
    return _make(session, actor, member).code


def decline(session: Session, actor: Actor, item: QueueItem, reason: str) -> None:
    """Make none. Who is still signed in to the account hears why."""
    assert item.member_id is not None  # noqa: S101 - each is about an account
    words = f"The moderators made no code for your account, as somebody had asked. They say: {reason}"
    notices.tell_member(session, item.member_id, "account", "recovery", words, by=actor)
    handle = session.get_one(Member, item.member_id).handle
    log.write(session, actor, "made no recovery code for", handle, reason=reason, about_id=item.member_id, private=True)


def _require_open(session: Session, member: Member) -> None:
    if session.scalar(select(Member.id).where(Member.id == member.id, in_force.belongs())) is None:
        raise Conflict(f"{member.handle} is banned, or has not been let in, so a code would not let them in either.")


def _make(session: Session, actor: Actor | None, member: Member) -> MadeCode:
    """A code, of which all that can still get in hear."""
    log.write(session, actor, "made a recovery code for", member.handle, about_id=member.id, private=True)
    by = f"The moderator {actor.handle}" if actor else "An operator"
    words = (f"{by} made a code with which you can be let in again. If you did not ask for one, withdraw it now: "
             "'keys withdraw'.")  # fmt: skip
    notices.tell_member(session, member.id, "account", "recovery", words, by=actor)
    return codes.make(session, member.id, "recovery")
