"""Keeping it kind: reports, the queue, hiding and restoring, threads' state. All of it is logged, and all of it can
be undone."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from bbs.errors import Conflict, Forbidden, Invalid, NotFound
from bbs.events import MemberChanged, MessageHidden, PostChanged, QueueChanged, ThreadChanged
from bbs.models import Board, Conversation, LogEntry, Member, Message, Post, Report, Thread
from bbs.services import in_force, log, search
from bbs.services.permission import authorize, visible_boards
from bbs.services.rules import Action
from bbs.services.threads import post_for, thread_for
from bbs.store import MAX_ID, now, record
from bbs.text import clean_line, excerpt
from bbs.views.members import Actor
from bbs.views.moderation import LogLine, QueueItem

MAX_REASON = 200


def _reason(reason: str) -> str:
    reason = clean_line(reason)
    if not reason:
        raise Invalid("Give a reason: the author sees it.", "reason")
    if len(reason) > MAX_REASON:
        raise Invalid(f"A reason has at most {MAX_REASON} characters.", "reason")
    return reason


def report_post(session: Session, actor: Actor, post_id: int, reason: str) -> None:
    """Ask the moderators to look at a post. Asking twice changes nothing."""
    post, _ = post_for(session, actor, post_id)
    if post.author_id == actor.id:
        raise Forbidden("That is your own post: you can edit or remove it.")
    if post.deleted_at or post.hidden_at:
        raise Conflict("This post has been removed already.")
    known = select(Report.id).where(Report.reporter_id == actor.id, Report.post_id == post_id)
    if session.scalar(known) is None:
        session.add(
            Report(
                reporter_id=actor.id, post_id=post.id, board_id=post.board_id, author_id=post.author_id,
                copied_body=post.body, reason=_reason(reason), reported_at=now(session),
            )
        )  # fmt: skip
        record(session, QueueChanged())


def report_message(session: Session, actor: Actor, message_id: int, reason: str) -> None:
    """Hand one message that one was sent to the moderators; they see this copy and nothing else of it."""
    mine = or_(Conversation.low_member_id == actor.id, Conversation.high_member_id == actor.id)
    wanted = select(Message).join(Conversation).where(Message.id == min(message_id, MAX_ID), mine)
    message = session.scalar(wanted)
    if message is None:
        raise NotFound("There is no such message.")
    if message.sender_id == actor.id:
        raise Forbidden("That is your own message.")
    known = select(Report.id).where(Report.reporter_id == actor.id, Report.message_id == message_id)
    if session.scalar(known) is None:
        session.add(
            Report(
                reporter_id=actor.id, message_id=message.id, author_id=message.sender_id, copied_body=message.body,
                reason=_reason(reason), reported_at=now(session),
            )
        )  # fmt: skip
        record(session, QueueChanged())


def queue(session: Session, actor: Actor) -> tuple[QueueItem, ...]:
    """What waits for this moderator, oldest first: reports on their boards; messages and applications for all."""
    authorize(session, actor, "see the queue")
    reporter, author = aliased(Member), aliased(Member)
    statement = (
        select(Report, reporter.handle.label("by"), author.handle.label("about"), Board.title, Post.thread_id,
               Post.hidden_at, Message.hidden_at.label("message_hidden_at"))
        .join(reporter, reporter.id == Report.reporter_id)
        .outerjoin(author, author.id == Report.author_id)
        .outerjoin(Board, Board.id == Report.board_id)
        .outerjoin(Post, Post.id == Report.post_id)
        .outerjoin(Message, Message.id == Report.message_id)
        .where(Report.handled_at.is_(None))
        .order_by(Report.id)
        .limit(200)
    )  # fmt: skip
    if not actor.moderates_all:
        statement = statement.where(Report.board_id.in_(actor.moderates_boards))
    reports = tuple(
        QueueItem(
            kind="report", id=row.Report.id, by=row.by, about=row.about or "somebody from the list's history",
            reason=row.Report.reason, body=row.Report.copied_body, at=row.Report.reported_at,
            board_id=row.Report.board_id or 0, board_title=row.title or "", thread_id=row.thread_id or 0,
            post_id=row.Report.post_id or 0, message_id=row.Report.message_id or 0,
            already_hidden=bool(row.hidden_at or row.message_hidden_at),
        )
        for row in session.execute(statement)
    )  # fmt: skip
    return (*reports, *_applications(session)) if actor.moderates_all else reports


def _applications(session: Session) -> tuple[QueueItem, ...]:
    rows = session.scalars(
        select(Member).where(Member.state == "applied", ~in_force.is_banned(Member.id)).order_by(Member.id).limit(200)
    )
    return tuple(
        QueueItem(
            kind="application", id=row.id, by=row.handle, about=row.display_name, reason=row.sector,
            body=row.application, at=row.joined_at, board_id=0, board_title="", thread_id=0, post_id=0, message_id=0,
            already_hidden=False, note=row.held_because,
        )
        for row in rows
    )  # fmt: skip


def _report(session: Session, actor: Actor, report_id: int) -> Report:
    report = session.get(Report, report_id)
    if report is None or not (actor.moderates(report.board_id) if report.board_id else actor.moderates_all):
        raise NotFound("There is no such report.")
    if report.handled_at is not None:
        raise Conflict("Another moderator has dealt with this one.")
    return report


def dismiss_report(session: Session, actor: Actor, report_id: int) -> None:
    """Nothing wrong with it."""
    report = _report(session, actor, report_id)
    _handle(session, actor, report, "nothing to do")
    log.write(session, actor, "dismissed a report on", excerpt(report.copied_body, 60), board_id=report.board_id)


def uphold_report(session: Session, actor: Actor, report_id: int, reason: str) -> None:
    """Hide what was reported, with a reason that its author sees."""
    report = _report(session, actor, report_id)
    if report.post_id is not None:  # which they may not see but for the report
        post = session.get_one(Post, report.post_id)
        _hide(session, actor, post, session.get_one(Thread, post.thread_id), reason)
    else:
        _hide_message(session, actor, report, _reason(reason))
    _handle(session, actor, report, "hidden")


def _handle(session: Session, actor: Actor, report: Report, outcome: str) -> None:
    """Close this report and others on the same thing."""
    same = Report.post_id == report.post_id if report.post_id else Report.message_id == report.message_id
    for other in session.scalars(select(Report).where(same, Report.handled_at.is_(None))):
        other.handled_at, other.handled_by_id, other.outcome = now(session), actor.id, outcome
    record(session, QueueChanged())


def _hide_message(session: Session, actor: Actor, report: Report, reason: str) -> None:
    message = session.get_one(Message, report.message_id)
    conversation = session.get_one(Conversation, message.conversation_id)
    message.hidden_at, message.hidden_reason = now(session), reason
    log.write(session, actor, "hid a reported message by", f"member {message.sender_id}", reason=reason)
    record(session, MessageHidden(conversation.id, message.sender_id, report.reporter_id))


def decide_application(session: Session, actor: Actor, member_id: int, *, accepted: bool) -> None:
    """Let an applicant in, or not."""
    authorize(session, actor, "decide an application")
    member = session.get(Member, member_id)
    if member is None or member.state != "applied":
        raise Conflict("Another moderator has dealt with this one.")
    member.state = "active" if accepted else "refused"
    log.write(session, actor, "accepted" if accepted else "refused", member.handle)
    record(session, MemberChanged(member.id))
    record(session, QueueChanged())


def hide_post(session: Session, actor: Actor, post_id: int, reason: str) -> None:
    """Nobody but its author and moderators reads it any more; the author sees why."""
    post, seen = post_for(session, actor, post_id)
    authorize(session, actor, "hide a post", post)
    _hide(session, actor, post, seen.thread, reason)


def _hide(session: Session, actor: Actor, post: Post, thread: Thread, reason: str) -> None:
    post.hidden_at, post.hidden_reason = now(session), _reason(reason)
    log.write(session, actor, f"hid #{post.id} in", thread.title, reason=reason, board_id=post.board_id)
    record(session, PostChanged(post.board_id, post.thread_id, post.id))


def restore_post(session: Session, actor: Actor, post_id: int) -> None:
    """Show a hidden post again."""
    post, seen = post_for(session, actor, post_id)
    authorize(session, actor, "restore a post", post)
    post.hidden_at, post.hidden_reason = None, ""
    log.write(session, actor, f"restored #{post_id} in", seen.thread.title, board_id=post.board_id)
    record(session, PostChanged(post.board_id, post.thread_id, post.id))


def pin_thread(session: Session, actor: Actor, thread_id: int, *, pinned: bool) -> None:
    thread = _thread(session, actor, thread_id, "pin a thread", "pinned" if pinned else "unpinned")
    thread.pinned = pinned


def lock_thread(session: Session, actor: Actor, thread_id: int, *, locked: bool) -> None:
    """A locked thread takes no replies but moderators'."""
    thread = _thread(session, actor, thread_id, "lock a thread", "locked" if locked else "unlocked")
    thread.locked_at = now(session) if locked else None


def rename_thread(session: Session, actor: Actor, thread_id: int, title: str) -> None:
    thread = _thread(session, actor, thread_id, "rename a thread", "renamed")
    title = clean_line(title)
    if not 1 <= len(title) <= 120:
        raise Invalid("A subject has 1 to 120 characters.", "title")
    thread.title = title
    search.put_title(session, thread)


def _thread(session: Session, actor: Actor, thread_id: int, action: Action, done: str) -> Thread:
    thread = thread_for(session, actor, thread_id).thread
    authorize(session, actor, action, thread)
    log.write(session, actor, done, thread.title, board_id=thread.board_id)
    record(session, ThreadChanged(thread.board_id, thread.id))
    return thread


def log_page(session: Session, actor: Actor, *, before: int = 0, limit: int = 50) -> tuple[LogLine, ...]:
    """What moderators did, newest first; one who moderates a board sees that board's part."""
    authorize(session, actor, "read the log")
    statement = select(LogEntry, Member.handle).outerjoin(Member, Member.id == LogEntry.actor_id)
    if before:
        statement = statement.where(LogEntry.id < before)
    if not actor.moderates_all:
        statement = statement.where(LogEntry.board_id.in_(actor.moderates_boards))
    seen = or_(LogEntry.board_id.is_(None), visible_boards(actor))
    statement = statement.outerjoin(Board, Board.id == LogEntry.board_id).where(seen)
    rows = session.execute(statement.order_by(LogEntry.id.desc()).limit(limit)).all()
    return tuple(
        LogLine(e.id, e.at, handle or "the operator's command", e.action, e.target, e.reason) for e, handle in rows
    )
