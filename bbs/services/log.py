"""The moderation log: every act of a moderator or an operator, in words, and who reads which part of it."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, and_, case, false, or_, select, true
from sqlalchemy.orm import Session

from bbs.models import Board, LogEntry, Member, Thread
from bbs.services.permission import authorize, is_thread_there, visible_boards
from bbs.services.statements import among
from bbs.store import MAX_ID, now
from bbs.text import clean_line
from bbs.views.members import Actor
from bbs.views.moderation import LogLine

GONE = "a thread that was removed"
REPORT = "settled report "
"""How the entry of a report begins: it names nobody, and so says to nobody that it was about them."""


def write(
    session: Session, actor: Actor | None, action: str, target: str, *, reason: str = "", board_id: int | None = None,
    thread_id: int | None = None, about_id: int | None = None, before: str = "", after: str = "", private: bool = False,
) -> None:  # fmt: skip
    """`actor` None means the operator's command. `private`: for moderators alone, and not for those whom it is about.

    No word of what is hidden belongs into `action`, `target` and `reason`; members do not read `before` and `after`.
    """
    session.add(
        LogEntry(
            actor_id=actor.id if actor else None, board_id=board_id, thread_id=thread_id, about_id=about_id,
            action=action[:120], target=clean_line(target)[:160], reason=clean_line(reason)[:200],
            before=clean_line(before)[:200], after=clean_line(after)[:200], private=private, at=now(session),
        )
    )  # fmt: skip


def log_page(session: Session, actor: Actor, *, before: int = 0, limit: int = 50) -> tuple[LogLine, ...]:
    """What moderators did, newest first, as far as this member may know of it."""
    authorize(session, actor, "read the log")
    return _lines(session, actor, LogEntry.id < before if before else true(), limit)


def about_member(session: Session, actor: Actor, member_id: int, *, limit: int) -> tuple[LogLine, ...]:
    """The same, of what concerns one member."""
    return _lines(session, actor, LogEntry.about_id == member_id, limit)


def of_own(session: Session, actor: Actor) -> Iterator[LogLine]:
    """The same of all that this member did or that concerns them, the newest first, some rows at a time.

    Not that something of theirs was reported: whoever did so counts on it.
    """
    about_me = and_(LogEntry.about_id == actor.id, ~LogEntry.action.startswith(REPORT))
    mine = or_(LogEntry.actor_id == actor.id, about_me)
    before = MAX_ID
    while lines := _lines(session, actor, and_(mine, LogEntry.id < before), 50):
        yield from lines
        before = lines[-1].id


def _lines(session: Session, actor: Actor, which: ColumnElement[bool], limit: int) -> tuple[LogLine, ...]:
    whole = _reads_whole(actor)
    rows = session.execute(
        select(
            LogEntry,
            Member.handle,
            case((is_thread_there(), Thread.title), else_=GONE).label("title"),
            whole.label("whole"),
        )
        .outerjoin(Member, Member.id == LogEntry.actor_id)
        .outerjoin(Thread, Thread.id == LogEntry.thread_id)
        .where(which, _may_read(actor))
        .order_by(LogEntry.id.desc())
        .limit(limit)
    )
    return tuple(
        LogLine(
            id=row.LogEntry.id, at=row.LogEntry.at, actor=row.handle or "the operator's command",
            action=row.LogEntry.action, reason=row.LogEntry.reason,
            target=row.title if row.LogEntry.thread_id else row.LogEntry.target,
            before=row.LogEntry.before if row.whole else "", after=row.LogEntry.after if row.whole else "",
        )
        for row in rows
    )  # fmt: skip


def _may_read(actor: Actor) -> ColumnElement[bool]:
    """The one predicate for an entry: its board and the board where its thread is now are visible."""
    seen = select(Board.id).where(visible_boards(actor))
    here = or_(LogEntry.board_id.is_(None), LogEntry.board_id.in_(seen))
    there = or_(LogEntry.thread_id.is_(None), Thread.board_id.in_(seen))
    return and_(here, there, or_(LogEntry.private.is_(False), _reads_whole(actor)))


def _reads_whole(actor: Actor) -> ColumnElement[bool]:
    """What moderators alone read, and never of themselves."""
    mine = true() if actor.moderates_all else among(LogEntry.board_id, actor.moderates_boards)
    return and_(mine, LogEntry.about_id.is_distinct_from(actor.id)) if actor.moderates_any else false()
