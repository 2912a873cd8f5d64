"""What moderators do with the queue: look at it, take an item for themselves, decide, and settle."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bbs.errors import Conflict, Invalid
from bbs.models import HeldPost, Member, Post, QueueItem
from bbs.services import moderation, queue, queue_views
from bbs.services.queue_kinds import KINDS
from bbs.store import now
from bbs.views.members import Actor
from bbs.views.moderation import Outcome, QueueLine, Settled

CLAIM_HOLDS = timedelta(hours=24)
"""An item that was claimed longer ago can be claimed by others: whoever did has forgotten it."""
SETTLED: tuple[Outcome, ...] = ("done", "no-action", "duplicate")


def claim(session: Session, actor: Actor, item_id: int, *, claimed: bool = True) -> QueueLine:
    """Take an item for oneself, or give it back. Of two at the same instant one has it, and the other is told.

    Raises:
        Conflict: somebody else has it.
    """
    item = _waiting(session, actor, item_id)
    _not_with_another(session, actor, item)
    item.claimed_by_id, item.claimed_at = (actor.id, now(session)) if claimed else (None, None)
    queue.changed(session, item)
    session.flush()
    return queue_views.line(session, actor, item.id)


def approve(
    session: Session, actor: Actor, item_id: int, reason: str = "", *, also: Sequence[int] = ()
) -> Settled:  # fmt: skip
    """Do what is asked for: let an applicant in, show a held post, hide what was reported (and the posts `also`).

    For who has lost all keys a code is made, which is in the answer.
    """
    item = _waiting(session, actor, item_id)
    _not_with_another(session, actor, item)
    code = KINDS[item.kind].approve(session, actor, item, reason) or ""
    if also and item.post_id is not None:
        reason = session.get_one(Post, item.post_id).hidden_reason
    for post_id in also:
        moderation.hide_post(session, actor, post_id, reason)
    return replace(_settle(session, actor, item, KINDS[item.kind].approved), code=code)


def decline(session: Session, actor: Actor, item_id: int, reason: str) -> Settled:
    """Do not do it. Whoever asked is told the reason."""
    item = _waiting(session, actor, item_id)
    _not_with_another(session, actor, item)
    reason = moderation.check_reason(reason, "whoever asked reads it")
    KINDS[item.kind].decline(session, actor, item, reason)
    return _settle(session, actor, item, KINDS[item.kind].declined, reason)


def settle(session: Session, actor: Actor, item_id: int, outcome: str, note: str = "") -> Settled:
    """End a report on which something else was done, or nothing. The reporters hear the outcome and the note.

    Raises:
        Invalid: there is no such outcome.
        Conflict: it is not a report; what asks for a decision is approved or declined.
    """
    chosen = next((known for known in SETTLED if known == outcome), None)
    if chosen is None:
        raise Invalid(f"An item is settled as {', '.join(SETTLED[:-1])} or {SETTLED[-1]}.", "outcome")
    item = _waiting(session, actor, item_id)
    _not_with_another(session, actor, item)
    if item.kind != "report" and not _is_gone(session, item):
        raise Conflict("Somebody waits for a decision about this one: approve or decline it.")
    return _settle(session, actor, item, chosen, note)


def _settle(session: Session, actor: Actor, item: QueueItem, outcome: Outcome, note: str = "") -> Settled:
    """Unless what was done has settled it."""
    if item.settled_at is None:
        queue.settle(session, item, actor, outcome, note)
    return Settled(item.id, item.kind, item.outcome)


def _is_gone(session: Session, item: QueueItem) -> bool:
    """Whether nothing is left to decide about."""
    if item.kind != "post":
        return False
    if item.post_id is None:
        return session.scalar(select(HeldPost.id).where(HeldPost.member_id == item.member_id).limit(1)) is None
    post = session.get(Post, item.post_id)
    return post is None or post.deleted_at is not None


def _waiting(session: Session, actor: Actor, item_id: int) -> QueueItem:
    """An item of this moderator's part that nobody has settled. What is about themselves is not there."""
    item = queue_views.item_for(session, actor, item_id)
    if item.settled_at is not None:
        whose = "You have" if item.settled_by_id == actor.id else "Another moderator has"
        raise Conflict(f"{whose} dealt with this one already.")
    return item


def _not_with_another(session: Session, actor: Actor, item: QueueItem) -> None:
    if item.claimed_by_id in {None, actor.id} or item.claimed_at is None:
        return
    can_act = item.claimed_by_id in queue.can_act(session, item.board_id, item.member_id)  # nor shut out since
    if can_act and item.claimed_at + CLAIM_HOLDS > now(session):
        other = session.get_one(Member, item.claimed_by_id)
        raise Conflict(f"{other.handle} is dealing with this one.")
