"""A thread goes to another board, and everybody's unread posts with it: what was read stays read, the rest unread.

A member's floor in a board marks as read all that lies below it (see news.py). So before the move their place in the
thread is written down, and where the new board's floor is above their next unread post it is lowered to that, after
what it covered has been written down too.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from bbs.models import BoardState, Member, Post, QueueItem, Thread, ThreadState
from bbs.store import now


def carry_over(session: Session, thread: Thread, target_id: int) -> None:
    """Move the thread's posts to the board `target_id`, for every member where they stand."""
    first_id = session.scalar(select(func.min(Post.id)).where(Post.thread_id == thread.id)) or 0
    at = now(session)
    _keep_places(session, thread, first_id, at)
    _lower_floors(session, thread, target_id, first_id, at)
    session.execute(update(Post).where(Post.thread_id == thread.id).values(board_id=target_id))
    _carry_reports(session, thread, target_id)
    thread.board_id = target_id


def _carry_reports(session: Session, thread: Thread, target_id: int) -> None:
    """What waits because of its posts: whoever moves them has looked at them, so all moderators see it from now on."""
    moved = QueueItem.post_id.in_(select(Post.id).where(Post.thread_id == thread.id))
    session.execute(
        update(QueueItem).where(moved).values(board_id=target_id, for_all=True)
        .execution_options(synchronize_session=False)
    )  # fmt: skip


def later(one: ColumnElement[int] | InstrumentedAttribute[int], two: ColumnElement[int]) -> ColumnElement[int]:
    """The higher of two numbers."""
    return case((one > two, one), else_=two)


def _keep_places(session: Session, thread: Thread, first_id: int, at: datetime) -> None:
    """Write each member's place in the thread down, wherever it follows from a floor."""
    pointer = func.coalesce(ThreadState.last_post_id, 0)
    floor = later(Member.floor_post_id, func.coalesce(BoardState.floor_post_id, 0))
    place = later(floor, pointer)
    rows = (
        select(Member.id, literal(thread.id), place, literal(at), func.coalesce(ThreadState.muted, false()))
        .outerjoin(BoardState, and_(BoardState.member_id == Member.id, BoardState.board_id == thread.board_id))
        .outerjoin(ThreadState, and_(ThreadState.member_id == Member.id, ThreadState.thread_id == thread.id))
        .where(place >= first_id, place > pointer)
    )
    put_places(session, rows)


def _lower_floors(session: Session, thread: Thread, target_id: int, first_id: int, at: datetime) -> None:
    """Where a floor in the new board would cover posts of the thread that a member has not read."""
    place = later(func.coalesce(ThreadState.last_post_id, 0), literal(first_id - 1))
    mine = and_(ThreadState.member_id == BoardState.member_id, ThreadState.thread_id == thread.id)
    covers = and_(BoardState.board_id == target_id, BoardState.floor_post_id > place, place < thread.last_post_id)
    states = (
        select(BoardState.member_id, place.label("place"), BoardState.floor_post_id.label("floor"))
        .outerjoin(ThreadState, mine)
        .where(covers)
        .subquery()
    )
    covered = (
        select(states.c.member_id, Post.thread_id, func.max(Post.id), literal(at), false())
        .join(Post, and_(Post.board_id == target_id, Post.id > states.c.place, Post.id <= states.c.floor))
        .group_by(states.c.member_id, Post.thread_id)
    )
    put_places(session, covered)
    lowered = select(states.c.place).where(states.c.member_id == BoardState.member_id).scalar_subquery()
    session.execute(
        update(BoardState)
        .where(BoardState.board_id == target_id, BoardState.member_id.in_(select(states.c.member_id)))
        .values(floor_post_id=lowered)
        .execution_options(synchronize_session=False)
    )


def put_places(session: Session, rows: Select[*tuple[Any, ...]]) -> None:
    """Write places down: (member, thread, post, time, muted). One that is there already only moves forward."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(ThreadState).from_select(["member_id", "thread_id", "last_post_id", "read_at", "muted"], rows)
    further = ThreadState.last_post_id < statement.excluded.last_post_id
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["member_id", "thread_id"],
            set_={"last_post_id": statement.excluded.last_post_id},
            where=further,
        )
    )
