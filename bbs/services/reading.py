"""Where a member stands: pointers and floors, catching up and its undo, following and muting."""

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from bbs.events import ThreadRead
from bbs.models import BoardState, Post, Thread, ThreadState
from bbs.services import notices
from bbs.services.news import above_floors, boards_above_floors, unread_posts
from bbs.services.permission import board_for
from bbs.services.threads import thread_for
from bbs.store import MAX_ID, now, record
from bbs.views.members import Actor
from bbs.views.threads import CaughtUp


def mark_read(session: Session, actor: Actor, thread_id: int, post_id: int, *, follows: bool = True) -> None:
    """The member has seen the thread up to this post. A pointer never goes back.

    Who has read it to its last post `follows` it, unless they have said otherwise.
    """
    at = now(session)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    edited = select(Thread.last_edit_at).where(Thread.id == thread_id).scalar_subquery()
    statement = insert(ThreadState).values(
        member_id=actor.id, thread_id=thread_id, last_post_id=post_id, read_at=at, muted=False
    )
    moved = session.execute(
        statement.on_conflict_do_update(
            index_elements=["member_id", "thread_id"],
            set_={"last_post_id": _later(ThreadState.last_post_id, post_id), "read_at": at},
            where=or_(ThreadState.last_post_id < post_id, ThreadState.read_at.is_(None), ThreadState.read_at < edited),
        ).returning(ThreadState.thread_id)
    ).first()
    if moved is not None:
        _raise_floor(session, actor, thread_id)
        record(session, ThreadRead(actor.id, thread_id))
    notices.saw_posts(session, actor, thread_id, post_id)
    if follows and session.get_one(Thread, thread_id).last_post_id <= post_id:
        follow_quietly(session, actor, thread_id)


def _later(one: InstrumentedAttribute[int], two: int) -> ColumnElement[int]:
    return case((one > two, one), else_=two)


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
        state = BoardState(member_id=actor.id, board_id=board_id, floor_post_id=0, muted=False, following=True)
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
        seen = notices.saw_posts(session, actor, thread_id, MAX_ID)
        if found:
            mark_read(session, actor, thread_id, found[0][1], follows=False)
        return CaughtUp(count, tuple(floors), thread_id, before, seen)
    floors = []
    for _, newest, board in found:
        state_of_board = _board_state(session, actor, board)
        floors.append((board, state_of_board.floor_post_id))
        state_of_board.floor_post_id = newest
    boards = [board for _, _, board in found]
    seen = notices.saw_boards(session, actor, boards) if board_id else notices.mark_read(session, actor)
    record(session, ThreadRead(actor.id, 0))
    return CaughtUp(count, tuple(floors), 0, 0, seen)


def undo_catch_up(session: Session, actor: Actor, done: CaughtUp) -> None:
    """Put the member's floors and pointer back to where they were."""
    for board_id, floor in done.floors:
        of_board = _board_state(session, actor, board_id)
        of_board.floor_post_id = min(of_board.floor_post_id, floor)  # a thread that moved in meanwhile has lowered it
    state = session.get(ThreadState, (actor.id, done.thread_id))
    if state is not None:  # there is none where nothing was unread
        state.last_post_id = done.pointer
    notices.mark_unread(session, actor, done.notices)
    record(session, ThreadRead(actor.id, done.thread_id))


def _thread_state(session: Session, actor: Actor, thread_id: int) -> ThreadState:
    state = session.get(ThreadState, (actor.id, thread_id))
    if state is None:
        state = ThreadState(member_id=actor.id, thread_id=thread_id, last_post_id=0, muted=False)
        session.add(state)
    return state


def mute_thread(session: Session, actor: Actor, thread_id: int, *, muted: bool) -> None:
    """A muted thread is never news; reading it works as before."""
    thread_id = thread_for(session, actor, thread_id).thread.id
    _thread_state(session, actor, thread_id).muted = muted
    record(session, ThreadRead(actor.id, thread_id))


def follow_thread(session: Session, actor: Actor, thread_id: int, *, following: bool) -> None:
    """What is new in a followed thread comes to Home even where its board is not followed. Ends a mute."""
    thread_id = thread_for(session, actor, thread_id).thread.id
    state = _thread_state(session, actor, thread_id)
    state.following, state.muted = following, state.muted and not following
    record(session, ThreadRead(actor.id, thread_id))


def follow_quietly(session: Session, actor: Actor, thread_id: int) -> None:
    """Follow a thread that the member wrote in or read through, unless they have said that they do not wish to."""
    state = _thread_state(session, actor, thread_id)
    if state.following is None:
        state.following = True


def mute_board(session: Session, actor: Actor, board_id: int, *, muted: bool) -> None:
    """Nothing in a muted board is news, and nothing in it is counted."""
    _board_state(session, actor, board_for(session, actor, board_id).id).muted = muted
    record(session, ThreadRead(actor.id, 0))


def follow_board(session: Session, actor: Actor, board_id: int, *, following: bool) -> None:
    """What is new in a followed board comes to Home. Ends a mute."""
    state = _board_state(session, actor, board_for(session, actor, board_id).id)
    state.following, state.muted = following, state.muted and not following
    record(session, ThreadRead(actor.id, 0))
