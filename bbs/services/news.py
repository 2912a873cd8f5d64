"""What is new for a member: the one rule of 'unread', and the order in which Home and 'read on' go through it.

A post is unread when another member wrote it, it stands, and its number is above each of: the member's own floor (they
joined, or caught up with everything), their floor in the board, and their pointer in the thread. Imported history is
never news. A muted board or thread never counts.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, case, false, func, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from bbs.events import ThreadRead
from bbs.models import Board, BoardState, Member, Post, Thread, ThreadState
from bbs.services import meetings, messages
from bbs.services.permission import visible_boards
from bbs.store import now, record
from bbs.views.home import Home, NewsLine, NextStep
from bbs.views.members import Actor
from bbs.views.threads import CaughtUp

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


def is_followed() -> ColumnElement[bool]:
    """Neither the board nor the thread is muted."""
    return and_(func.coalesce(BoardState.muted, False).is_(False), func.coalesce(ThreadState.muted, False).is_(False))


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
    floor = _later(literal(actor.floor_post_id), func.coalesce(BoardState.floor_post_id, 0))
    rows = session.execute(
        select(Board.id, floor.label("floor"), func.coalesce(BoardState.muted, False).label("muted"))
        .outerjoin(BoardState, and_(BoardState.board_id == Board.id, BoardState.member_id == actor.id))
        .where(visible_boards(actor), Board.archived_at.is_(None), newest > floor)
        .order_by(Board.position, Board.id)
    )
    return [Above(row.id, row.floor, bool(row.muted)) for row in rows]


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
    floor = _later(literal(actor.floor_post_id), func.coalesce(BoardState.floor_post_id, 0))
    mine = (
        select(literal(1).label("one"))
        .select_from(Post)
        .outerjoin(ThreadState, and_(ThreadState.thread_id == Post.thread_id, ThreadState.member_id == actor.id))
        .where(Post.board_id == Board.id, Post.id > floor, is_unread(actor), is_followed())
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
    """All that is new, newest first, and the next meeting."""
    lines = sorted(
        (*_thread_news(session, actor, limit), *messages.news(session, actor)), key=lambda n: n.at, reverse=True
    )
    return Home(tuple(lines[:limit]), meetings.next_meeting(session, actor), meetings.called_off(session, actor))


def _thread_news(session: Session, actor: Actor, limit: int) -> list[NewsLine]:
    heard = [board for board in boards_above_floors(session, actor) if not board.muted]
    unread = unread_posts(actor).where(above_floors(heard), is_followed())
    newest = unread.order_by(Post.id.desc()).limit(LOOKED_AT).subquery()
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
    rows = session.execute(
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
    return [
        NewsLine(
            kind="mention" if row.mention_id else "answer" if row.answer_id else "thread",
            count=row.unread, place=row.board, title=row.title, author=row.handle, at=row.created_at,
            board_id=row.board_id, thread_id=row.thread_id, post_id=row.mention_id or row.answer_id, conversation_id=0,
        )
        for row in rows
    ]  # fmt: skip


def read_on(session: Session, actor: Actor, *, board_id: int = 0) -> NextStep:
    """Where `Space` goes next: this board's newest unread thread, the next board's, an unread conversation, nothing."""
    above = [board for board in boards_above_floors(session, actor) if not board.muted]
    for board in sorted(above, key=lambda found: found.board_id != board_id):  # stable: this one, then the others
        newest = unread_posts(actor).where(board.condition(), is_followed()).order_by(Post.id.desc())
        row = session.execute(newest.limit(1)).first()
        if row is not None:
            return NextStep(thread_id=row.thread_id, conversation_id=0)
    waiting = messages.news(session, actor)
    return NextStep(thread_id=0, conversation_id=waiting[-1].conversation_id if waiting else 0)


def mark_read(session: Session, actor: Actor, thread_id: int, post_id: int) -> None:
    """The member has seen the thread up to this post. A pointer never goes back."""
    at = now(session)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(ThreadState).values(
        member_id=actor.id, thread_id=thread_id, last_post_id=post_id, read_at=at, muted=False
    )
    moved = session.execute(
        statement.on_conflict_do_update(
            index_elements=["member_id", "thread_id"],
            set_={"last_post_id": post_id, "read_at": at},
            where=or_(ThreadState.last_post_id < post_id, ThreadState.read_at.is_(None)),
        ).returning(ThreadState.thread_id)
    ).first()
    if moved is not None:
        _raise_floor(session, actor, thread_id)
        record(session, ThreadRead(actor.id, thread_id))


def _raise_floor(session: Session, actor: Actor, thread_id: int) -> None:
    """Lift the board's floor to just under its oldest unread post, so that counting looks at few posts."""
    board_id = session.scalar(select(Thread.board_id).where(Thread.id == thread_id)) or 0
    state = _board_state(session, actor, board_id)
    above = and_(Post.board_id == board_id, Post.id > max(state.floor_post_id, actor.floor_post_id))
    unread = unread_posts(actor).where(above).order_by(Post.id).limit(1)
    oldest = session.scalar(unread.with_only_columns(Post.id))
    newest = session.scalar(select(func.max(Post.id)).where(Post.board_id == board_id)) or 0
    state.floor_post_id = max(state.floor_post_id, oldest - 1 if oldest is not None else newest)


def _board_state(session: Session, actor: Actor, board_id: int) -> BoardState:
    state = session.get(BoardState, (actor.id, board_id))
    if state is None:
        state = BoardState(member_id=actor.id, board_id=board_id, floor_post_id=0, muted=False)
        session.add(state)
    return state


def catch_up(session: Session, actor: Actor, *, board_id: int = 0, thread_id: int = 0) -> CaughtUp:
    """Mark a thread, a board, or everything as read. The answer undoes it."""
    waiting = unread_posts(actor)
    if thread_id:
        waiting = waiting.where(Post.thread_id == thread_id)
    else:
        above = boards_above_floors(session, actor)
        waiting = waiting.where(above_floors([b for b in above if board_id in {0, b.board_id}]))
    found = session.execute(
        waiting.with_only_columns(func.count(), func.max(Post.id), Post.board_id).group_by(Post.board_id)
    ).all()
    count = sum(row[0] for row in found)
    if thread_id:
        state = session.get(ThreadState, (actor.id, thread_id))
        before = state.last_post_id if state else 0
        floors = [(row[2], _board_state(session, actor, row[2]).floor_post_id) for row in found]
        if found:
            mark_read(session, actor, thread_id, found[0][1])
        return CaughtUp(count, tuple(floors), thread_id, before)
    floors = []
    for _, newest, board in found:
        state_of_board = _board_state(session, actor, board)
        floors.append((board, state_of_board.floor_post_id))
        state_of_board.floor_post_id = newest
    record(session, ThreadRead(actor.id, 0))
    return CaughtUp(count, tuple(floors), 0, 0)


def undo_catch_up(session: Session, actor: Actor, done: CaughtUp) -> None:
    """Put the member's floors and pointer back to where they were."""
    for board_id, floor in done.floors:
        _board_state(session, actor, board_id).floor_post_id = floor
    if done.thread_id:
        session.get_one(ThreadState, (actor.id, done.thread_id)).last_post_id = done.pointer
    record(session, ThreadRead(actor.id, done.thread_id))


def mute_thread(session: Session, actor: Actor, thread_id: int, *, muted: bool) -> None:
    """A muted thread is never news; reading it works as before."""
    state = session.get(ThreadState, (actor.id, thread_id))
    if state is None:
        state = ThreadState(member_id=actor.id, thread_id=thread_id, last_post_id=0)
        session.add(state)
    state.muted = muted
    record(session, ThreadRead(actor.id, thread_id))


def mute_board(session: Session, actor: Actor, board_id: int, *, muted: bool) -> None:
    _board_state(session, actor, board_id).muted = muted
    record(session, ThreadRead(actor.id, 0))
