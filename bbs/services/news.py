"""What is new for a member: the one rule of 'unread', and the order in which Home and 'read on' go through it.

A post is unread when another member wrote it, it stands, and its number is above each of: the member's own floor (they
joined, or caught up with everything), their floor in the board, and their pointer in the thread. Imported history is
never news. A muted board or thread never counts. What is unread elsewhere counts in the lists; it comes to Home, and
'read on' goes to it, where the board is followed (it is, until the member says otherwise) or the thread.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from bbs.models import Board, BoardState, Draft, Member, Notice, Post, Thread, ThreadState
from bbs.services import meetings, messages, notices
from bbs.services.permission import visible_boards
from bbs.services.statements import anybody, who
from bbs.views.home import Home, NewsLine, NextStep
from bbs.views.members import Actor

CAP = 100
"""Counts stop here and are shown as 99+."""
LOOKED_AT = 500
"""Unread posts that Home groups into threads: more than anybody reads in a sitting."""
RECENT = 2000
"""The newest posts of the forum: all that is unread in them comes to Home; of older ones, a thread of each board."""

Selected = Select[int, int, int]
Heard = Select[int, int, int, int]


def stands() -> ColumnElement[bool]:
    """A post that can be news: in these words, which are those of an index."""
    return and_(Post.author_id.is_not(None), Post.deleted_at.is_(None), Post.hidden_at.is_(None))


def is_unread(actor: Actor) -> ColumnElement[bool]:
    """The rule, over Post joined with BoardState and ThreadState.

    The numbers are compared as sums, which no index answers: a database would begin with the member's own floor, which
    can be years old, and walk every post since. Where to begin is for each query to say.
    """
    number = Post.id + 0
    return and_(
        stands(),
        Post.author_id != actor.id,
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


def unread_in_thread(actor: Actor, thread_id: ColumnElement[int], board_id: ColumnElement[int]) -> Select[int]:
    """The same of one thread that the member sees, in a board that takes posts, from where they have read it to."""
    here = and_(ThreadState.thread_id == thread_id, ThreadState.member_id == actor.id)
    there = and_(BoardState.board_id == board_id, BoardState.member_id == actor.id)
    known = (select(ThreadState.last_post_id).where(here), select(BoardState.floor_post_id).where(there))
    above = [Post.id > func.coalesce(seen_to.scalar_subquery(), 0) for seen_to in known]
    return (
        select(Post.id)
        .outerjoin(BoardState, there)
        .outerjoin(ThreadState, here)
        .where(Post.thread_id == thread_id, *above, is_unread(actor))
    )


@dataclass(frozen=True, slots=True)
class Above:
    """A board with posts above the member's floor in it."""

    board_id: int
    floor: int


def boards_above_floors(session: Session, actor: Actor) -> list[Above]:
    """Where anything can be unread at all."""
    rows = session.execute(_above(actor, Board.id, _floor(actor).label("floor")))
    return [Above(row.id, row.floor) for row in rows]


def _above(actor: Actor, *columns: ColumnElement[Any] | InstrumentedAttribute[Any]) -> Select[*tuple[Any, ...]]:
    """These columns of boards with posts above the member's floor, left-joined with the member's state."""
    newest = select(func.max(Post.id)).where(Post.board_id == Board.id, stands()).correlate(Board).scalar_subquery()
    return (
        select(*columns)
        .select_from(Board)
        .outerjoin(BoardState, and_(BoardState.board_id == Board.id, BoardState.member_id == actor.id))
        .where(visible_boards(actor), Board.archived_at.is_(None), newest > _floor(actor))
        .correlate(None)
    )


def above_floors(boards: list[Above]) -> ColumnElement[bool]:
    """Posts above the lowest floor of these boards; the rule of `is_unread` does the rest."""
    if not boards:
        return false()
    lowest = min(board.floor for board in boards)
    return and_(Post.board_id.in_([board.board_id for board in boards]), Post.id > lowest)


def _floor(actor: Actor) -> ColumnElement[int]:
    """The member's floor in a board, for a query left-joined with their state in it."""
    return _later(type_coerce(actor.floor_post_id, Integer), func.coalesce(BoardState.floor_post_id, 0))


def _later(one: ColumnElement[int], two: ColumnElement[int]) -> ColumnElement[int]:
    return case((one > two, one), else_=two)


def unread_count_of_board(actor: Actor) -> ColumnElement[int]:
    """For a query over Board left-joined with the member's state: its unread posts, up to CAP; none of a muted one."""
    mine = (
        select(literal(1).label("one"))
        .select_from(Post)
        .outerjoin(ThreadState, and_(ThreadState.thread_id == Post.thread_id, ThreadState.member_id == actor.id))
        .where(Post.board_id == Board.id, Post.id > _floor(actor), is_unread(actor), is_counted())
        .correlate(Board, BoardState)
        .limit(CAP)
        .subquery()
    )
    return select(func.count()).select_from(mine).scalar_subquery()


def unread_count_of_thread(actor: Actor) -> ColumnElement[int]:
    """For a query over Thread left-joined with the member's states: its unread posts, up to CAP."""
    seen_to = _later(_floor(actor), func.coalesce(ThreadState.last_post_id, 0))
    mine = (
        select(literal(1).label("one"))
        .select_from(Post)
        .where(Post.thread_id == Thread.id, Post.id > seen_to, is_unread(actor))
        .correlate(Thread, BoardState, ThreadState)
        .limit(CAP)
        .subquery()
    )
    return select(func.count()).select_from(mine).scalar_subquery()


def home(session: Session, actor: Actor, *, limit: int = 50) -> Home:
    """All that is new, in the order in which 'read on' goes through it, and the next meeting."""
    next_meeting, called_off = meetings.ahead(session, actor)
    unread = notices.unread_count(session, actor)
    unsent = session.scalar(_DRAFTS, who(actor)) or 0
    return Home(waiting(session, actor, limit=limit), next_meeting, called_off, unread, unsent)


_MINE = bindparam("my_id", type_=Integer)
_DRAFTS = select(func.count(Draft.id)).where(Draft.member_id == _MINE, Draft.discarded_at.is_(None))


def waiting(session: Session, actor: Actor, *, limit: int = 50) -> tuple[NewsLine, ...]:
    """What is new in reading order: threads board by board, newest first; messages; then what one was told of besides.

    The one order of Home, of 'read on' and of `today`.
    """
    found = _thread_news(session, actor, limit)
    shown = {line.thread_id for line in found}
    told = [line for line in notices.news(session, actor) if line.thread_id not in shown]
    return (*found, *messages.news(session, actor), *told)[:limit]


def _unread_post(actor: Actor, condition: ColumnElement[bool]) -> ColumnElement[int | None]:
    """For a query over Board left-joined with the member's state: its newest unread post."""
    return (
        select(Post.id)
        .outerjoin(ThreadState, and_(ThreadState.thread_id == Post.thread_id, ThreadState.member_id == actor.id))
        .where(Post.board_id == Board.id, Post.id > _floor(actor), is_unread(actor), condition)
        .correlate(Board, BoardState)
        .order_by(Post.id.desc())
        .limit(1)
        .scalar_subquery()
    )


@cache
def _heard_lately(actor: Actor) -> Heard:
    """What is unread and followed among the newest posts of the forum."""
    newest = select(func.max(Post.id) - RECENT).scalar_subquery()
    lately = unread_posts(actor).where(Post.id > newest, is_followed())
    return _by_thread(actor, lately.order_by(Post.id.desc()).limit(LOOKED_AT))


@cache
def _heard_before(actor: Actor) -> Heard:
    """The newest unread post of each followed board, however old.

    Each board is looked at for itself: from one place for all, a single old post would have the whole forum looked
    through.
    """
    follows = and_(func.coalesce(BoardState.muted, False).is_(False), func.coalesce(BoardState.following, True))
    above = _above(actor, _unread_post(actor, is_followed())).where(follows)
    return _by_thread(actor, select(Post.id, Post.thread_id, Post.board_id).where(Post.id.in_(above)))


@cache
def _heard_in_threads(actor: Actor) -> Heard:
    """What is unread in followed threads of the other boards."""
    others = unread_posts(actor).join(Thread, Thread.id == Post.thread_id).where(
        BoardState.following.is_(False), ThreadState.following.is_(True), is_followed(),
        Thread.last_post_id > ThreadState.last_post_id, Post.id > ThreadState.last_post_id,
    )  # fmt: skip
    return _by_thread(actor, others.order_by(Post.id.desc()).limit(LOOKED_AT))


_answered = aliased(Post)
"""Made once: an alias costs half a millisecond each time its columns are first named."""


def _by_thread(actor: Actor, posts: Selected) -> Heard:
    """The threads of these posts, each with its newest, and with the newest that names or answers the member."""
    told = (Notice.post_id == Post.id, Notice.member_id == actor.id, Notice.kind == "mention")
    names = select(Notice.id).where(*told).correlate(Post).exists()
    found = posts.add_columns(
        case((names, Post.id), else_=0).label("names_me"),
        case((_answered.author_id == actor.id, Post.id), else_=0).label("answers_me"),
    ).outerjoin(_answered, _answered.id == Post.answers_id).subquery()  # fmt: skip
    newest = (func.max(column) for column in (found.c.id, found.c.names_me, found.c.answers_me))
    return select(found.c.thread_id, *newest).group_by(found.c.thread_id)


@dataclass(frozen=True, slots=True)
class _News:
    """A thread with news: its newest post, and the newest that is meant for the member; 0 where there is none."""

    last_id: int
    mention_id: int
    answer_id: int

    @property
    def shown_id(self) -> int:
        return self.mention_id or self.answer_id or self.last_id


def _threads_heard(session: Session, actor: Actor) -> dict[int, _News]:
    """The threads with news that is followed."""
    found = {}
    for heard in (_heard_before, _heard_in_threads, _heard_lately):
        found.update({row[0]: _News(*row[1:]) for row in session.execute(heard(anybody(actor)), who(actor))})
    return found


@cache
def _lines(actor: Actor) -> Select[*tuple[Any, ...]]:
    """Of each of these posts, what a line of Home says of its thread."""
    return (
        select(
            Post.thread_id, Thread.title, Board.title.label("board"), Board.id.label("board_id"), Board.position,
            Post.created_at, Member.handle, unread_count_of_thread(actor).label("unread"),
        )
        .join(Thread, Thread.id == Post.thread_id)
        .join(Board, Board.id == Thread.board_id)
        .join(Member, Member.id == Post.author_id)
        .outerjoin(BoardState, and_(BoardState.board_id == Board.id, BoardState.member_id == actor.id))
        .outerjoin(ThreadState, and_(ThreadState.thread_id == Thread.id, ThreadState.member_id == actor.id))
        .where(Post.id.in_(bindparam("post_ids", expanding=True)))
    )  # fmt: skip


def _thread_news(session: Session, actor: Actor, limit: int) -> list[NewsLine]:
    found = _threads_heard(session, actor)
    newest = sorted(found.values(), key=lambda news: -news.last_id)[:limit]
    asked = who(actor, post_ids=[news.shown_id for news in newest])
    rows = session.execute(_lines(anybody(actor)), asked).all()
    return [
        NewsLine(
            kind="mention" if news.mention_id else "answer" if news.answer_id else "thread",
            count=row.unread, place=row.board, title=row.title, author=row.handle, at=row.created_at,
            board_id=row.board_id, thread_id=row.thread_id, post_id=news.mention_id or news.answer_id,
        )
        for row in sorted(rows, key=lambda row: (row.position, row.board_id, -found[row.thread_id].last_id))
        for news in (found[row.thread_id],)
    ]  # fmt: skip


@cache
def _first_thread(actor: Actor) -> Select[int]:
    """The newest unread thread of the board `here`, else of the first other one that has any that is followed."""
    here = bindparam("here", type_=Integer)
    newest = case((Board.id == here, _unread_post(actor, is_counted())), else_=_unread_post(actor, is_followed()))
    found = select(Post.thread_id).join(Board, Board.id == Post.board_id).where(Post.id.in_(_above(actor, newest)))
    return found.order_by(Board.id != here, Board.position, Board.id).limit(1)


def read_on(session: Session, actor: Actor, *, board_id: int = 0) -> NextStep:
    """Where `Space` goes next: the newest unread thread of this board, followed or not; then the first that waits."""
    thread_id = session.scalar(_first_thread(anybody(actor)), who(actor, here=board_id))
    if thread_id is not None:
        return NextStep(thread_id=thread_id)
    for line in (*messages.news(session, actor), *notices.news(session, actor)):
        return NextStep(line.thread_id, line.conversation_id, line.post_id, line.meeting_id, line.notice_id)
    return NextStep()
