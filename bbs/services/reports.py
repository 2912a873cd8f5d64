"""Reporting a post or a message to the moderators, and what comes of it."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bbs.errors import Conflict, Forbidden, Invalid, NotFound
from bbs.events import MessageHidden
from bbs.models import Conversation, Member, Message, Post, QueueItem, Report
from bbs.services import log, moderation, notices, pace, queue
from bbs.services.concerned import author_of
from bbs.services.permission import authorize
from bbs.services.threads import post_for
from bbs.store import MAX_ID, now, record
from bbs.views.members import Actor
from bbs.views.moderation import PRESETS

IN_AN_HOUR = 20
"""Reports of one member: moderators are told of each."""


@dataclass(frozen=True, slots=True)
class _Thing:
    """What is reported: a post or a message."""

    author_id: int | None
    body: str
    board_id: int | None = None
    post_id: int | None = None
    message_id: int | None = None


def report_post(session: Session, actor: Actor, post_id: int, reason: str, *, anyway: bool = False) -> None:
    """Ask the moderators to look at a post. To say the same twice changes nothing, while it waits.

    Raises:
        Conflict: it is removed already; or nobody can act but whom it is about, and `anyway` is not said.
    """
    _report(session, actor, _reported_post(session, actor, post_id), reason, anyway=anyway)


def report_message(session: Session, actor: Actor, message_id: int, reason: str, *, anyway: bool = False) -> None:
    """Hand one message that one was sent to the moderators; they see this copy and nothing else of it. Raises the
    same.
    """
    _report(session, actor, _reported_message(session, actor, message_id), reason, anyway=anyway)


def nobody_else_of_post(session: Session, actor: Actor, post_id: int) -> str:
    """What to know before a report: that only its author could act on it. '' where somebody else can."""
    return _nobody_else(session, _reported_post(session, actor, post_id))


def nobody_else_of_message(session: Session, actor: Actor, message_id: int) -> str:
    """The same of a message."""
    return _nobody_else(session, _reported_message(session, actor, message_id))


def _reported_post(session: Session, actor: Actor, post_id: int) -> _Thing:
    post, _ = post_for(session, actor, post_id)
    authorize(session, actor, "report a post", post)
    author_id = author_of(session, post)
    if author_id == actor.id:
        raise Forbidden("That is your own post: you can edit or remove it.")
    if post.deleted_at or post.hidden_at:
        raise Conflict("This post has been removed already.")
    return _Thing(author_id, post.body, board_id=post.board_id, post_id=post.id)


def _reported_message(session: Session, actor: Actor, message_id: int) -> _Thing:
    mine = or_(Conversation.low_member_id == actor.id, Conversation.high_member_id == actor.id)
    message = session.scalar(select(Message).join(Conversation).where(Message.id == min(message_id, MAX_ID), mine))
    if message is None:
        raise NotFound("There is no such message.")
    if message.sender_id == actor.id:
        raise Forbidden("That is your own message.")
    if message.hidden_at:
        raise Conflict("This message has been removed already.")
    return _Thing(message.sender_id, message.body, message_id=message.id)


def _nobody_else(session: Session, thing: _Thing) -> str:
    if queue.can_act(session, thing.board_id, thing.author_id):
        return ""
    author = session.get(Member, thing.author_id) if thing.author_id else None
    whom = f"Only {author.handle} could act on this report, and it is about them" if author else "Nobody can act on it"
    return f"{whom}. It waits, unseen by them, until somebody else moderates here."


def _report(session: Session, actor: Actor, thing: _Thing, reason: str, *, anyway: bool) -> None:
    reason = moderation.check_reason(reason, "the moderators read it")
    if not anyway and (why := _nobody_else(session, thing)):
        raise Conflict(why)
    item = queue.open_item(session, "report", by=actor, about_id=thing.author_id, board_id=thing.board_id,
                           post_id=thing.post_id, message_id=thing.message_id)  # fmt: skip
    same = (Report.item_id == item.id, Report.reporter_id == actor.id, Report.copied_body == thing.body)
    if session.scalar(select(Report.id).where(*same)) is None:
        pace.check(session, Report.reporter_id == actor.id, Report.reported_at, IN_AN_HOUR, 60, "reports")
        session.add(
            Report(item_id=item.id, reporter_id=actor.id, copied_body=thing.body, reason=reason,
                   reported_at=now(session))
        )  # fmt: skip
        queue.changed(session, item)


# -- what a moderator decides


def uphold(session: Session, actor: Actor, item: QueueItem, reason: str) -> None:
    """Hide what was reported, for the reason given, or else for the one that was reported if it is a preset."""
    reason = moderation.check_reason(reason or _preset_of(session, item), "its author reads it")
    if item.post_id is not None:
        moderation.hide(session, actor, session.get_one(Post, item.post_id), reason)
    elif item.message_id is not None:
        _hide_message(session, actor, item, session.get_one(Message, item.message_id), reason)
    else:
        raise Conflict("What was reported is not there any more. 'mod settle' ends the report.")


def _preset_of(session: Session, item: QueueItem) -> str:
    """A reason in the reporter's own words could say who they are."""
    reasons = session.scalars(select(Report.reason).where(Report.item_id == item.id).order_by(Report.id.desc()))
    found = next((reason for reason in reasons if reason in PRESETS), "")
    if not found:
        raise Invalid("Give a reason, which its author reads: mod approve ID REASON.", "reason")
    return found


def leave(session: Session, actor: Actor, item: QueueItem, reason: str) -> None:
    """Nothing has to be done; the reporters hear it, with the reason."""
    del session, actor, item, reason  # it is told as the item is settled


def _hide_message(session: Session, actor: Actor, item: QueueItem, message: Message, reason: str) -> None:
    message.hidden_at, message.hidden_reason = now(session), reason
    log.write(session, actor, "hid a reported message", f"report {item.id}", reason=reason, about_id=message.sender_id,
              private=True)  # fmt: skip
    words = f"A moderator has hidden a message of yours: {reason}"
    notices.tell_member(session, message.sender_id, "moderation", "hidden", words, by=actor)
    for reader_id in session.scalars(select(Report.reporter_id).where(Report.item_id == item.id).distinct()):
        record(session, MessageHidden(message.conversation_id, message.sender_id, reader_id))
