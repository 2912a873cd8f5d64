"""Two threads become one, because a mail that came later belongs to both. What a member has not read stays unread."""

from collections.abc import Iterable

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bbs.events import DraftChanged, ThreadChanged
from bbs.models import BoardState, Draft, ImportedMessage, Member, Notice, Post, Thread, ThreadState
from bbs.services import search
from bbs.store import now, record


def join_threads(session: Session, gone_id: int, kept_id: int) -> None:
    """Move all that is in a thread to another one of the same board. The older of the two gives the title.

    Posts stand in the order of their numbers, as everywhere.
    """
    gone, kept = session.get_one(Thread, gone_id), session.get_one(Thread, kept_id)
    _carry_states(session, gone, kept)
    if gone.created_at < kept.created_at:
        kept.title = gone.title
    kept.pinned = kept.pinned or gone.pinned
    kept.last_edit_at = max(filter(None, (kept.last_edit_at, gone.last_edit_at)), default=None)
    for table in (Post, ImportedMessage, Notice):
        session.execute(update(table).where(table.thread_id == gone_id).values(thread_id=kept_id))
    _carry_drafts(session, gone_id, kept_id)
    session.flush()
    session.expunge(gone)
    remove_threads(session, {gone_id})
    search.put_thread(session, kept)
    record(session, ThreadChanged(kept.board_id, gone_id))
    record(session, ThreadChanged(kept.board_id, kept_id))


def remove_threads(session: Session, thread_ids: set[int]) -> None:
    """Remove threads without posts. The one with the highest number stays, empty and locked, and nobody sees it: SQLite
    would give its number to the next thread, and whoever has it open would read another one.
    """
    last = session.scalar(select(func.max(Thread.id)))
    gone = thread_ids - {last}
    for table in (ThreadState, ImportedMessage, Notice):
        session.execute(delete(table).where(table.thread_id.in_(thread_ids)))
    session.execute(delete(Thread).where(Thread.id.in_(gone)))
    empty = update(Thread).where(Thread.id.in_(thread_ids - gone))
    session.execute(empty.values(post_count=0, last_post_id=0, locked_at=now(session)))


def _carry_states(session: Session, gone: Thread, kept: Thread) -> None:
    """A member's place in the thread of both: before the first post that they have not read in either."""
    states: dict[int, dict[int, ThreadState]] = {}
    for state in session.scalars(select(ThreadState).where(ThreadState.thread_id.in_((gone.id, kept.id)))):
        states.setdefault(state.member_id, {})[state.thread_id] = state
    written = session.execute(
        select(Post.id, Post.thread_id, Post.author_id)
        .where(Post.thread_id.in_((gone.id, kept.id)), Post.author_id.is_not(None))
        .order_by(Post.id)
    ).all()
    floors = _floors(session, kept.board_id, states) if written else {}
    for member_id, here in states.items():
        places = {thread: max(state.last_post_id, floors.get(member_id, 0)) for thread, state in here.items()}
        unread = [
            row.id for row in written
            if row.author_id != member_id and row.id > places.get(row.thread_id, floors.get(member_id, 0))
        ]  # fmt: skip
        place = unread[0] - 1 if unread else max(state.last_post_id for state in here.values())
        one, other = here.get(kept.id), here.get(gone.id)
        if one is None and other is not None:
            one = ThreadState(member_id=member_id, thread_id=kept.id, read_at=other.read_at, following=other.following)
            one.muted = other.muted
            session.add(one)
        if one is not None and other is not None:
            one.muted = one.muted and other.muted
            one.following = one.following if one.following is not None else other.following
            session.delete(other)
        if one is not None:
            one.last_post_id = place
    session.flush()


def _floors(session: Session, board_id: int, member_ids: Iterable[int]) -> dict[int, int]:
    """Up to which post each member has read all of the board."""
    rows = session.execute(
        select(Member.id, Member.floor_post_id, BoardState.floor_post_id.label("of_board"))
        .outerjoin(BoardState, (BoardState.member_id == Member.id) & (BoardState.board_id == board_id))
        .where(Member.id.in_(sorted(member_ids)))
    )
    return {row.id: max(row.floor_post_id, row.of_board or 0) for row in rows}


def _carry_drafts(session: Session, gone_id: int, kept_id: int) -> None:
    """An answer that somebody is writing goes along; where there is one already, both are in it."""
    here = {
        draft.member_id: draft for draft in session.scalars(select(Draft).where(Draft.place == f"thread:{kept_id}"))
    }
    for draft in session.scalars(select(Draft).where(Draft.place == f"thread:{gone_id}")):
        other = here.get(draft.member_id)
        if other is None:
            draft.place = f"thread:{kept_id}"
            record(session, DraftChanged(draft.member_id, draft.place, draft.version))
        else:
            other.body, other.version = f"{other.body}\n\n{draft.body}", other.version + 1
            session.delete(draft)
            record(session, DraftChanged(draft.member_id, other.place, other.version))
