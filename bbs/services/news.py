"""What is new for a member: the one rule of 'unread', and the order in which Home and 'read on' go through it.

A post is unread when another member wrote it, it stands, and its number is above each of: the member's own floor (they
joined, or caught up with everything), their floor in the board, and their pointer in the thread; nor have they read it
ahead of that pointer, in a thread that became part of this one. Imported history is never news. A muted board or thread
never counts. What is unread elsewhere counts in the lists; it comes to Home, and 'read on' goes to it, where the board
is followed (it is, until the member says otherwise) or the thread.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    literal_column,
    select,
    true,
    type_coerce,
    union,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from bbs.db import Numbers
from bbs.models import Board, BoardState, Draft, Member, Notice, Post, ReadAhead, Thread, ThreadState
from bbs.services import messages, notices, queue, sanctions
from bbs.services.meetings import pages
from bbs.services.permission import visible_boards
from bbs.services.polls.pages import waiting as waiting_poll
from bbs.services.statements import among, anybody, fetch, number, who
from bbs.store import MAX_ID, now
from bbs.views.home import Home, NewsLine, NextStep
from bbs.views.members import Actor
from bbs.views.notices import Standing
from bbs.views.polls import WaitingPoll

CAP = 100
"""Counts stop here and are shown as 99+."""
RECENT = 2000
"""The newest posts of members: all that is unread in them comes to Home; of older ones, a thread of each board."""

Selected = Select[int, int, int]


def stands() -> ColumnElement[bool]:
    """A post that can be news: in these words, which are those of an index."""
    return and_(Post.author_id.is_not(None), Post.deleted_at.is_(None), Post.hidden_at.is_(None))


def is_unread(actor: Actor) -> ColumnElement[bool]:
    """The rule, over Post joined with BoardState and ThreadState.

    The numbers are compared as sums, which no index answers: a database would begin with the member's own floor, which
    can be years old, and walk every post since. Where to begin is for each query to say.
    """
    at = Post.id + number(0)
    return and_(
        stands(),
        Post.author_id != actor.id,
        at > actor.floor_post_id,
        at > func.coalesce(BoardState.floor_post_id, number(0)),
        at > func.coalesce(ThreadState.last_post_id, number(0)),
        _is_not_read_ahead(actor),
    )


def _is_not_read_ahead(actor: Actor) -> ColumnElement[bool]:
    """Asked for as a list of a few, which is looked up once for all posts."""
    return Post.id.not_in(select(ReadAhead.post_id).where(ReadAhead.member_id == actor.id).correlate(None))


def is_counted() -> ColumnElement[bool]:
    """Neither the board nor the thread is muted."""
    return and_(_is_not_muted(BoardState), _is_not_muted(ThreadState))


def _is_not_muted(state: type[BoardState | ThreadState]) -> ColumnElement[bool]:
    return func.coalesce(state.muted, false()).is_(False)


def is_followed() -> ColumnElement[bool]:
    """Not muted, and the thread is followed, or else its board."""
    return and_(is_counted(), func.coalesce(ThreadState.following, BoardState.following, true()).is_(True))


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
    above = [Post.id > func.coalesce(seen_to.scalar_subquery(), number(0)) for seen_to in known]
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
    newest = select(func.max(Thread.last_post_id)).where(Thread.board_id == Board.id).correlate(Board).scalar_subquery()
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
    return _later(type_coerce(actor.floor_post_id, Integer), func.coalesce(BoardState.floor_post_id, number(0)))


def _later(one: ColumnElement[int], two: ColumnElement[int]) -> ColumnElement[int]:
    return case((one > two, one), else_=two)


def _place(actor: Actor) -> ColumnElement[int]:
    """Up to which post a member has read a thread, for a query left-joined with their states in it and its board."""
    return _later(_floor(actor), func.coalesce(ThreadState.last_post_id, number(0)))


def _may_have_news(actor: Actor) -> ColumnElement[bool]:
    """What is true of each thread with unread posts, and of few others: their newest is the member's own, or hidden.

    There are far fewer threads than posts, and an index has them by their newest post.
    """
    return Thread.last_post_id > _place(actor)


def _unread_of_thread(actor: Actor) -> Select[int]:
    """The rule of `is_unread`, for a query over Thread left-joined with the member's states."""
    return (
        select(Post.id)
        .where(Post.thread_id == Thread.id, Post.id > _place(actor), stands(), Post.author_id != actor.id)
        .where(_is_not_read_ahead(actor))
        .correlate(Thread, BoardState, ThreadState)
    )


def unread_count_of_thread(actor: Actor) -> ColumnElement[int]:
    """For a query over Thread left-joined with the member's states: its unread posts, up to CAP."""
    return select(func.count()).select_from(_unread_of_thread(actor).limit(number(CAP)).subquery()).scalar_subquery()


def unread_count_of_board(actor: Actor) -> ColumnElement[int]:
    """For a query over Board left-joined with the member's state: its unread posts, up to CAP; none of a muted one."""
    mine = (
        select(number(1).label("one"))
        .select_from(Thread)
        .outerjoin(ThreadState, and_(ThreadState.thread_id == Thread.id, ThreadState.member_id == actor.id))
        .join(Post, and_(Post.thread_id == Thread.id, Post.id > _place(actor)))
        .where(Thread.board_id == Board.id, Thread.last_post_id > _floor(actor), _may_have_news(actor))
        .where(stands(), Post.author_id != actor.id, _is_not_read_ahead(actor), _is_not_muted(ThreadState))
        .correlate(Board, BoardState)
        .order_by(Thread.last_post_id.desc())  # the liveliest hold the most: fewer threads make up the count
        .limit(number(CAP))
        .subquery()
    )
    unread = select(func.count()).select_from(mine).scalar_subquery()
    return case((_is_not_muted(BoardState), unread), else_=number(0))


def home(session: Session, actor: Actor, *, limit: int = 50) -> Home:
    """All that is new, in the order in which 'read on' goes through it, and the next meeting."""
    next_meeting, called_off = pages.ahead(session, actor)
    counts = fetch(session, _counts(anybody(actor)), who(actor, at=now(session))).one()
    return Home(waiting(session, actor, limit=limit), next_meeting, called_off, _poll(counts), counts.notices,
                counts.drafts, counts.queue, sanctions.warnings(session, actor))  # fmt: skip


def poll_that_waits(session: Session, actor: Actor) -> WaitingPoll | None:
    """The poll that waits for the member's answer and closes first."""
    return _poll(fetch(session, _counts(anybody(actor)), who(actor, at=now(session))).one())


def _poll(counts: Row[*tuple[Any, ...]]) -> WaitingPoll | None:
    return WaitingPoll(counts.id, counts.title, counts.closes_at, counts.polls) if counts.id is not None else None


def standing(session: Session, actor: Actor) -> Standing:
    """The counts of the header."""
    counts = fetch(session, _counts(anybody(actor)), who(actor, at=now(session))).one()
    return Standing(counts.notices, counts.queue, session.get_one(Member, actor.id).bell)


@cache
def _counts(actor: Actor) -> Select[*tuple[Any, ...]]:
    """Unread notices, drafts, what waits for moderators, and the poll that waits for an answer, if any."""
    drafts = select(func.count(Draft.id)).where(Draft.member_id == actor.id, Draft.discarded_at.is_(None))
    told = notices.unread_counted(actor)
    waits = queue.waiting_counted(actor)
    counted = {"notices": told, "drafts": drafts, "queue": waits}
    counts = select(*(count.scalar_subquery().label(name) for name, count in counted.items())).subquery()
    poll = waiting_poll(actor)
    return select(counts, poll).outerjoin_from(counts, poll, true())


def waiting(session: Session, actor: Actor, *, limit: int = 50) -> tuple[NewsLine, ...]:
    """What is new in reading order: threads board by board, newest first; messages; then what one was told of besides.

    The one order of Home, of 'read on' and of `today`.
    """
    found = _thread_news(session, actor, limit)
    shown = {line.thread_id for line in found}
    told = [line for line in notices.news(session, actor) if line.kind == "moderation" or line.thread_id not in shown]
    return (*found, *messages.news(session, actor), *told)[:limit]


def _newest_unread(actor: Actor) -> ColumnElement[int | None]:
    """For a query over Thread left-joined with the member's states: its newest unread post."""
    return _unread_of_thread(actor).order_by(Post.id.desc()).limit(number(1)).scalar_subquery()


def _newest_thread(actor: Actor, condition: ColumnElement[bool]) -> ColumnElement[int | None]:
    """For a query over Board left-joined with the member's state: the newest post of its newest thread with news."""
    return (
        _unread_threads(actor)
        .where(Thread.board_id == Board.id, Thread.last_post_id > _floor(actor), condition)
        .correlate(Board, BoardState)
        .order_by(Thread.last_post_id.desc())
        .limit(number(1))
        .scalar_subquery()
    )


def _unread_threads(actor: Actor) -> Select[int]:
    """Threads with unread posts, each by its newest post, for a query that knows the member's state in the board."""
    return (
        select(Thread.last_post_id)
        .outerjoin(ThreadState, and_(ThreadState.thread_id == Thread.id, ThreadState.member_id == actor.id))
        .where(_may_have_news(actor), _newest_unread(actor).is_not(None))
    )


@cache
def _heard(actor: Actor, most: int) -> Select[int]:
    """The newest threads with news that is followed, each by its newest post: among the newest posts of the forum, and
    the newest of each board, however old.

    Each board is looked at for itself: from one place for all, a single old post would have the whole forum looked
    through.
    """
    limit = number(most)
    # By number of members' posts: an imported history has any number of higher ones.
    members = select(Post.id).where(Post.id > number(0), stands()).order_by(Post.id.desc())
    newest = func.coalesce(members.offset(number(RECENT)).limit(number(1)).scalar_subquery(), number(0))
    in_boards = (
        _unread_threads(actor)
        .join(Board, Board.id == Thread.board_id)
        .outerjoin(BoardState, and_(BoardState.board_id == Thread.board_id, BoardState.member_id == actor.id))
        .where(visible_boards(actor), Board.archived_at.is_(None), is_followed())
        .order_by(Thread.last_post_id.desc())
    )
    lately = in_boards.where(Thread.last_post_id > newest).limit(limit).cte("lately")
    are_few = select(func.count()).select_from(lately).scalar_subquery() < limit
    others = in_boards.where(are_few, Thread.id.in_(_followed_alone(actor)))
    of_board = _newest_thread(actor, is_followed()).label("last_post_id")
    follows = and_(_is_not_muted(BoardState), func.coalesce(BoardState.following, true()))
    of_boards = _above(actor, of_board).where(are_few, follows).order_by(of_board.desc().nulls_last())
    found = union(select(lately), *(select(part.limit(limit).subquery()) for part in (others, of_boards))).subquery()
    return select(found.c.last_post_id).order_by(found.c.last_post_id.desc().nulls_last()).limit(limit)


def _followed_alone(actor: Actor) -> Select[int]:
    """Threads that the member follows in boards that they do not."""
    here = and_(ThreadState.thread_id == Thread.id, ThreadState.member_id == actor.id)
    there = and_(BoardState.member_id == actor.id, BoardState.following.is_(False))
    found = select(Thread.id).select_from(BoardState).join(Thread, Thread.board_id == BoardState.board_id)
    return found.join(ThreadState, here).where(there, ThreadState.following.is_(True)).correlate(None)


def _told(actor: Actor, kind: Literal["mention", "reply"]) -> ColumnElement[int | None]:
    """For a query over Thread left-joined with the member's states: the newest unread post that names or answers the
    member, by the notices they wished for.
    """
    here = and_(Notice.member_id == actor.id, Notice.thread_id == Thread.id, Notice.kind == literal_column(f"'{kind}'"))
    return (
        select(Notice.post_id)
        .join(Post, Post.id == Notice.post_id)
        .where(here, Notice.post_id > _place(actor), stands(), Post.author_id != actor.id, _is_not_read_ahead(actor))
        .correlate(Thread, BoardState, ThreadState)
        .order_by(Notice.post_id.desc())
        .limit(number(1))
        .scalar_subquery()
    )


@cache
def _lines(actor: Actor) -> Select[*tuple[Any, ...]]:
    """Of each of these threads, named by their newest posts, what a line of Home says: of the post that is meant for
    the member, or else of the newest unread one.
    """
    found = (
        select(
            Thread.id, Thread.last_post_id, Thread.title, Board.title.label("board"), Board.id.label("board_id"),
            Board.position, unread_count_of_thread(actor).label("unread"), _newest_unread(actor).label("newest_id"),
            _told(actor, "mention").label("mention_id"), _told(actor, "reply").label("reply_id"),
        )
        .join(Board, Board.id == Thread.board_id)
        .outerjoin(BoardState, and_(BoardState.board_id == Board.id, BoardState.member_id == actor.id))
        .outerjoin(ThreadState, and_(ThreadState.thread_id == Thread.id, ThreadState.member_id == actor.id))
        .where(among(Thread.last_post_id, bindparam("last_ids", type_=Numbers)))
        .limit(number(MAX_ID))  # so that nothing is looked up twice
        .subquery()
    )  # fmt: skip
    return (
        select(found, Post.created_at, Member.handle, Member.display_name)
        .join(Post, Post.id == func.coalesce(found.c.mention_id, found.c.reply_id, found.c.newest_id))
        .join(Member, Member.id == Post.author_id)
        .order_by(found.c.position, found.c.board_id, found.c.last_post_id.desc())
    )


def _thread_news(session: Session, actor: Actor, limit: int) -> list[NewsLine]:
    """A line for each thread with something new."""
    me = anybody(actor)
    found = fetch(session, _heard(me, limit), who(actor)).scalars()
    newest = [last_id for last_id in found if last_id is not None]
    return [
        NewsLine(
            kind="mention" if row.mention_id else "answer" if row.reply_id else "thread", count=row.unread,
            place=row.board, title=row.title, author=row.handle, author_name=row.display_name,
            at=row.created_at, board_id=row.board_id, thread_id=row.id, post_id=row.mention_id or row.reply_id or 0,
        )
        for row in fetch(session, _lines(me), who(actor, last_ids=newest))
    ]  # fmt: skip


@cache
def _first_thread(actor: Actor) -> Select[int]:
    """The newest unread thread of the board `here`, else of the first other one that has any that is followed."""
    here = bindparam("here", type_=Integer)
    newest = case((Board.id == here, _newest_thread(actor, is_counted())), else_=_newest_thread(actor, is_followed()))
    elsewhere = (Board.id != here).label("elsewhere")
    above = _above(actor, newest.label("last_post_id"), elsewhere, Board.position, Board.id)
    # In order and with a limit, PostgreSQL looks into one board after another, and stops at the first that has news.
    found = above.order_by(elsewhere, Board.position, Board.id).limit(number(MAX_ID)).subquery()
    thread = select(Thread.id).join(found, found.c.last_post_id == Thread.last_post_id)
    return thread.order_by(found.c.elsewhere, found.c.position, found.c.id).limit(number(1))


def read_on(session: Session, actor: Actor, *, board_id: int = 0) -> NextStep:
    """Where `Space` goes next: the newest unread thread of this board, followed or not; then the first that waits."""
    thread_id = fetch(session, _first_thread(anybody(actor)), who(actor, here=board_id)).scalar()
    if thread_id is not None:
        return NextStep(thread_id=thread_id)
    for line in (*messages.news(session, actor), *notices.news(session, actor)):
        words = line.title if line.kind == "moderation" and line.thread_id else ""
        return NextStep(line.thread_id, line.conversation_id, line.post_id, line.meeting_id, line.notice_id, words,
                        line.poll_id)  # fmt: skip
    return NextStep()
