"""A member's own public keys. A new one opens the account, so it needs a fresh proof, and every session hears of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bbs.errors import Conflict, Forbidden, NotFound
from bbs.events import KeysChanged, SessionsEnded
from bbs.models import Member, MemberKey
from bbs.services import members
from bbs.store import MAX_ID, now, record
from bbs.views.members import Actor, KeyLine

FRESH = timedelta(minutes=5)
"""So long after the sign-in a key can be added: whoever finds a terminal that was left open cannot move in."""
TOLD = timedelta(days=7)
"""A key is spoken of at each sign-in for so long after it was added."""


def own_keys(session: Session, actor: Actor) -> tuple[KeyLine, ...]:
    return members.keys(session, actor.id)


def added_lately(session: Session, actor: Actor) -> tuple[KeyLine, ...]:
    """Keys that the member should know of, if somebody else added them; not those with which they joined."""
    since = max(now(session) - TOLD, actor.joined_at + FRESH)
    return tuple(key for key in own_keys(session, actor) if key.added_at > since)


def add_keys(
    session: Session, actor: Actor, proved_at: datetime | None, wanted: Sequence[tuple[str, str]]
) -> tuple[KeyLine, ...]:
    """Attach (fingerprint, key) pairs, all or none, in a session that was opened at `proved_at`.

    Raises Forbidden when that was too long ago, and Conflict.
    """
    if proved_at is None or now(session) - proved_at > FRESH:
        raise Forbidden("A key can be added in the first five minutes after you sign in. Sign in again, then add it.")
    for fingerprint, public_key in wanted:
        members.add_key(session, actor.id, fingerprint, public_key)
        session.flush()
    record(session, KeysChanged(actor.id))
    fingerprints = {fingerprint for fingerprint, _ in wanted}
    return tuple(key for key in own_keys(session, actor) if key.fingerprint in fingerprints)


def remove_key(session: Session, actor: Actor, key_id: int) -> None:
    """Take a key off the account, and end the sessions that it opened. The last way in stays."""
    key = session.scalar(select(MemberKey).where(MemberKey.id == min(key_id, MAX_ID), MemberKey.member_id == actor.id))
    if key is None:
        raise NotFound(f"You have no key {key_id}.")
    if len(own_keys(session, actor)) == 1 and not session.get_one(Member, actor.id).password_hash:
        raise Conflict("That is your only way in: set a password or add another key first.")
    session.delete(key)
    record(session, KeysChanged(actor.id))
    record(session, SessionsEnded(actor.id, members.KEY_REMOVED, key.id))
