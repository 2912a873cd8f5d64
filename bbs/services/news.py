"""What is new for a member: the one rule of 'unread', and the order in which Home and 'read on' go through it.

A post is unread when another member wrote it, it stands, and its number is above each of: the member's own floor (they
joined, or caught up with everything), their floor in the board, and their pointer in the thread. Imported history is
never news. A muted board or thread never counts. What is unread elsewhere counts in the lists; it comes to Home, and
'read on' goes to it, where the board is followed (it is, until the member says otherwise) or the thread.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session, aliased

from bbs.models import Board, BoardState, Member, Post, Thread, ThreadState
from bbs.services import meetings, messages, notices
from bbs.services.permission import visible_boards
from bbs.views.home import Home, NewsLine, NextStep
from bbs.views.members import Actor

CAP = 100
"""Counts stop here and are shown as 99+."""
LOOKED_AT = 500
"""Unread posts that Home groups into threads: more than anybody reads in a sitting."""

Selected = Select[int, int, int]


def is_unread(actor: Actor) -> ColumnElement[bool]:
    """The rule, over Post joined with BoardState and ThreadState.

    The numbers are compared as sums, which no index answers: a database would begin with the member's own floor, which
    can be years old, and walk every post since. Where to begin is for each query to say.
    """
    number = Post.id + 0
    return and_(
        Post.author_id.is_not(None),
        Post.author_id != actor.id,
        Post.deleted_at.is_(None),
        Post.hidden_at.is_(None),
        number > actor.floor_post_id,
        number > func.coalesce(BoardState.floor_post_id, 0),
        number > func.coalesce(ThreadState.last_post_id, 0),
    )


def is_counted() -> ColumnElement[bool]:
    """Neither the board nor the thread is muted."""
    return and_(func.coalesce(BoardState.muted, False).is_(False), func.coalesce(ThreadState.muted, False).is_(False))


def is_followed() -> ColumnElement[bool]:
    """Not muted, and the thread is followed, or else its board."""
    return and_(is_counted(), func.coalesce(ThreadState.following, BoardState.following, True).is_(True))


def unread_posts(actor: Actor) -> Selected:
    """(post, thread, board) ids of all that is unread in boards the member sees, in no order.

    Callers narrow it to a thread, or to `above_floors`, so that the work is that of what is new.
    """
    return (
        select(Post.id, Post.thread_id, Post.board_id)
        .join(Board, Board.id == Post.board_id)
        .outerjoin(BoardState, and_(BoardState.board_id == Post.board_id, BoardState.member_id == actor.id))
        .outerjoin(ThreadState, and_(ThreadState.thread_id == Post.thread_id, ThreadState.member_id == actor.id))
        .where(is_unread(actor), visible_boards(actor), Board.archived_at.is_(None))
    )


@dataclass(frozen=True, slots=True)
class Above:
    """A board with posts above the member's floor in it."""

    board_id: int
    floor: int
    muted: bool
    following: bool

    def condition(self) -> ColumnElement[bool]:
        return and_(Post.board_id == self.board_id, Post.id > self.floor)


def boards_above_floors(session: Session, actor: Actor) -> list[Above]:
    """Where anything can be unread at all, in the order in which one reads."""
    newest = (
        select(func.max(Post.id))
        .where(Post.board_id == Board.id, Post.author_id.is_not(None))
        .correlate(Board)
        .scalar_subquery()
    )
    floor = _later(type_coerce(actor.floor_post_id, Integer), func.coalesce(BoardState.floor_post_id, 0))
    rows = session.execute(
        select(
            Board.id,
            floor.label("floor"),
            func.coalesce(BoardState.muted, False).label("muted"),
            func.coalesce(BoardState.following, True).label("following"),
        )
        .outerjoin(BoardState, and_(BoardState.board_id == Board.id, BoardState.member_id == actor.id))
        .where(visible_boards(actor), Board.archived_at.is_(None), newest > floor)
        .order_by(Board.position, Board.id)
    )
    return [Above(row.id, row.floor, bool(row.muted), bool(row.following)) for row in rows]


def above_floors(boards: list[Above]) -> ColumnElement[bool]:
    """Posts above the lowest floor of these boards; the rule of `is_unread` does the rest."""
    if not boards:
        return false()
    lowest = min(board.floor for board in boards)
    return and_(Post.board_id.in_([board.board_id for board in boards]), Post.id > lowest)


def _later(one: ColumnElement[int], two: ColumnElement[int]) -> ColumnElement[int]:
    return case((one > two, one), else_=two)


def unread_count_of_board(actor: Actor) -> ColumnElement[int]:
    """For a query over Board left-joined with the member's state: its unread posts, up to CAP; none of a muted one."""
    floor = _later(type_coerce(actor.floor_post_id, Integer), func.coalesce(BoardState.floor_post_id, 0))
    mine = (
        select(literal(1).label("one"))
        .select_from(Post)
        .outerjoin(ThreadState, and_(ThreadState.thread_id == Post.thread_id, ThreadState.member_id == actor.id))
        .where(Post.board_id == Board.id, Post.id > floor, is_unread(actor), is_counted())
        .correlate(Board, BoardState)
        .limit(CAP)
        .subquery()
    )
    return select(func.count()).select_from(mine).scalar_subquery()


def unread_count_of_thread(actor: Actor) -> ColumnElement[int]:
    """For a query over Thread left-joined with the member's states: its unread posts, up to CAP."""
    mine = (
        select(literal(1).label("one"))
        .select_from(Post)
        .where(Post.thread_id == Thread.id, is_unread(actor))
        .correlate(Thread, BoardState, ThreadState)
        .limit(CAP)
        .subquery()
    )
    return select(func.count()).select_from(mine).scalar_subquery()


def home(session: Session, actor: Actor, *, limit: int = 50) -> Home:
    """All that is new, in the order in which 'read on' goes through it, and the next meeting."""
    next_meeting, called_off = meetings.ahead(session, actor)
    unread = notices.unread_count(session, actor)
    return Home(waiting(session, actor, limit=limit), next_meeting, called_off, unread)


def waiting(session: Session, actor: Actor, *, limit: int = 50) -> tuple[NewsLine, ...]:
    """What is new in reading order: threads board by board, newest first; messages; then what one was told of besides.

    The one order of Home, of 'read on' and of `today`.
    """
    found = _thread_news(session, actor, limit)
    shown = {line.thread_id for line in found}
    told = [line for line in notices.news(session, actor) if line.thread_id not in shown]
    return (*found, *messages.news(session, actor), *told)[:limit]


def _heard_posts(actor: Actor, boards: list[Above]) -> Selected:
    """What is unread and followed: in followed boards, and in followed threads of the others."""
    followed = [board for board in boards if board.following]
    mine = select(ThreadState.thread_id).where(ThreadState.member_id == actor.id, ThreadState.following.is_(True))
    others = [board for board in boards if not board.following]
    place = above_floors(followed)
    if others:
        place = or_(place, and_(above_floors(others), Post.thread_id.in_(mine)))
    return unread_posts(actor).where(place, is_followed())


def _thread_news(session: Session, actor: Actor, limit: int) -> list[NewsLine]:
    counted = [board for board in boards_above_floors(session, actor) if not board.muted]
    newest = _heard_posts(actor, counted).order_by(Post.id.desc()).limit(LOOKED_AT).subquery()
    order = {board.board_id: place for place, board in enumerate(counted)}
    rows = session.execute(_by_thread(actor, newest, limit)).all()
    return [
        NewsLine(
            kind="mention" if row.mention_id else "answer" if row.answer_id else "thread",
            count=row.unread, place=row.board, title=row.title, author=row.handle, at=row.created_at,
            board_id=row.board_id, thread_id=row.thread_id, post_id=row.mention_id or row.answer_id,
        )
        for row in sorted(rows, key=lambda row: (order[row.board_id], -row.last_id))
    ]  # fmt: skip


def _by_thread(actor: Actor, newest: Subquery, limit: int) -> Select[*tuple[Any, ...]]:
    """A row for each thread of the posts in `newest`: how many, the last, and the one that is meant for the member."""
    answered = aliased(Post)
    at_me = func.lower(Post.body).like(f"%@{actor.handle}%")
    grouped = (
        select(
            newest.c.thread_id,
            func.count().label("unread"),
            func.max(newest.c.id).label("last_id"),
            func.max(case((at_me, newest.c.id), else_=0)).label("mention_id"),
            func.max(case((answered.author_id == actor.id, newest.c.id), else_=0)).label("answer_id"),
        )
        .join(Post, Post.id == newest.c.id)
        .outerjoin(answered, answered.id == Post.answers_id)
        .group_by(newest.c.thread_id)
        .order_by(func.max(newest.c.id).desc())
        .limit(limit)
        .subquery()
    )
    shown_id = case(
        (grouped.c.mention_id > 0, grouped.c.mention_id),
        (grouped.c.answer_id > 0, grouped.c.answer_id),
        else_=grouped.c.last_id,
    )
    return (
        select(
            grouped, Thread.title, Board.title.label("board"), Board.id.label("board_id"), Post.created_at,
            Member.handle,
        )
        .select_from(grouped)
        .join(Thread, Thread.id == grouped.c.thread_id)
        .join(Board, Board.id == Thread.board_id)
        .join(Post, Post.id == shown_id)
        .join(Member, Member.id == Post.author_id)
    )  # fmt: skip


def read_on(session: Session, actor: Actor, *, board_id: int = 0) -> NextStep:
    """Where `Space` goes next: the newest unread thread of this board, followed or not; then the first that waits."""
    above = [board for board in boards_above_floors(session, actor) if not board.muted]
    for board in sorted(above, key=lambda found: found.board_id != board_id):  # stable: this one, then the others
        here = unread_posts(actor).where(board.condition(), is_counted()) if board.board_id == board_id else (
            _heard_posts(actor, [board])
        )  # fmt: skip
        row = session.execute(here.order_by(Post.id.desc()).limit(1)).first()
        if row is not None:
            return NextStep(thread_id=row.thread_id)
    for line in (*messages.news(session, actor), *notices.news(session, actor)):
        return NextStep(line.thread_id, line.conversation_id, line.post_id, line.meeting_id, line.notice_id)
    return NextStep()
