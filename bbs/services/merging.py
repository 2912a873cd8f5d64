"""Two threads become one, or one becomes two. What a member has read stays read, and the rest unread."""

from collections.abc import Iterable, Sequence

from sqlalchemy import case, delete, func, insert, literal, select, update
from sqlalchemy.orm import Session

from bbs.events import DraftChanged, ThreadChanged
from bbs.models import (
    BoardState,
    Draft,
    ImportedMessage,
    LogEntry,
    Meeting,
    Member,
    Notice,
    Post,
    ReadAhead,
    Thread,
    ThreadState,
)
from bbs.services import search
from bbs.services.drafts import ASIDE
from bbs.services.statements import add_rows, among
from bbs.store import now, record


def join_threads(session: Session, gone_id: int, kept_id: int) -> None:
    """Move all that is in a thread to another one of the same board, because a mail that came later belongs to both.

    The older of the two gives the title, and nothing is left of the other.
    """
    gone, kept = session.get_one(Thread, gone_id), session.get_one(Thread, kept_id)
    if gone.created_at < kept.created_at:
        kept.title = gone.title
    kept.pinned = kept.pinned or gone.pinned
    pour(session, gone, kept)
    session.expunge(gone)
    remove_threads(session, {gone_id})


def pour(session: Session, gone: Thread, kept: Thread) -> None:
    """Move all that is in a thread to another one of the same board. Posts stand in the order of their numbers."""
    _carry_states(session, gone, kept)
    kept.last_edit_at = max(filter(None, (kept.last_edit_at, gone.last_edit_at)), default=None)
    for table in (Post, ImportedMessage, Notice, LogEntry, Meeting):
        session.execute(update(table).where(table.thread_id == gone.id).values(thread_id=kept.id))
    session.execute(update(Thread).where(Thread.merged_into_id == gone.id).values(merged_into_id=kept.id))
    carry_drafts(session, f"thread:{gone.id}", f"thread:{kept.id}")
    session.flush()
    search.put_thread(session, kept)
    record(session, ThreadChanged(kept.board_id, gone.id))
    record(session, ThreadChanged(kept.board_id, kept.id))


def part(session: Session, thread: Thread, post_ids: Sequence[int], title: str) -> Thread:
    """Move some posts of a thread to a new one beside it, which everybody has read as far as the old one."""
    at = now(session)
    new = Thread(board_id=thread.board_id, title=title, created_at=at, last_post_at=at, locked_at=thread.locked_at)
    session.add(new)
    session.flush()
    for table, its_id in ((Post, Post.id), (ImportedMessage, ImportedMessage.post_id), (Notice, Notice.post_id)):
        session.execute(update(table).where(its_id.in_(post_ids)).values(thread_id=new.id))
    columns = ["member_id", "thread_id", "last_post_id", "read_at", "muted", "following"]
    states = select(ThreadState.member_id, literal(new.id), ThreadState.last_post_id, ThreadState.read_at,
                    ThreadState.muted, ThreadState.following)  # fmt: skip
    session.execute(insert(ThreadState).from_select(columns, states.where(ThreadState.thread_id == thread.id)))
    refresh_threads(session, {thread.id, new.id})
    for one in (thread, new):
        session.refresh(one)
        search.put_thread(session, one)
        record(session, ThreadChanged(one.board_id, one.id))
    return new


def remove_threads(session: Session, thread_ids: set[int]) -> None:
    """Remove threads without posts. The one with the highest number stays, empty and locked, and nobody sees it: SQLite
    would give its number to the next thread, and whoever has it open would read another one.
    """
    last = session.scalar(select(func.max(Thread.id)))
    gone = thread_ids - {last}
    for table in (ThreadState, ImportedMessage, Notice):
        session.execute(delete(table).where(table.thread_id.in_(thread_ids)))
    logged = update(LogEntry).where(LogEntry.thread_id.in_(thread_ids))
    session.execute(logged.values(thread_id=None, private=True))  # nobody can see any more whether they may read it
    session.execute(delete(Thread).where(Thread.id.in_(gone)))
    empty = update(Thread).where(Thread.id.in_(thread_ids - gone))
    session.execute(empty.values(post_count=0, last_post_id=0, locked_at=now(session)))


def refresh_threads(session: Session, thread_ids: set[int]) -> None:
    """Count the posts of threads anew, and find their last one.

    By its date, but none before a member's: what is new in a thread is looked for up to its last post.
    """
    mine = func.max(case((Post.author_id.is_not(None), Post.id), else_=0))
    # SELECT thread_id, count(id), min(created_at), max(member's id) FROM posts WHERE thread_id IN (…) GROUP BY …
    of_thread = (
        select(
            Post.thread_id, func.count(Post.id).label("posts"), func.min(Post.created_at).label("first_at"),
            mine.label("newest_of_member"),
        )
        .where(among(Post.thread_id, thread_ids))
        .group_by(Post.thread_id)
        .subquery()
    )  # fmt: skip
    place = func.row_number().over(partition_by=Post.thread_id, order_by=(Post.created_at.desc(), Post.id.desc()))
    last = (
        select(of_thread, Post.id.label("last_id"), Post.created_at.label("last_at"), place.label("place"))
        .join(Post, (Post.thread_id == of_thread.c.thread_id) & (Post.id >= of_thread.c.newest_of_member))
        .subquery()
    )
    changed = [
        {"id": row.thread_id, "post_count": row.posts, "created_at": row.first_at,
         "last_post_id": row.last_id, "last_post_at": row.last_at}
        for row in session.execute(select(last).where(last.c.place == 1)).all()
    ]  # fmt: skip
    if changed:
        session.execute(update(Thread), changed)


def _carry_states(session: Session, gone: Thread, kept: Thread) -> None:
    """A member's place in the thread of both: before the first post that they have not read in either. What they have
    read after it is written down by itself.
    """
    states: dict[int, dict[int, ThreadState]] = {}
    for state in session.scalars(select(ThreadState).where(ThreadState.thread_id.in_((gone.id, kept.id)))):
        states.setdefault(state.member_id, {})[state.thread_id] = state
    written = session.execute(
        select(Post.id, Post.thread_id, Post.author_id)
        .where(Post.thread_id.in_((gone.id, kept.id)), Post.author_id.is_not(None))
        .order_by(Post.id)
    ).all()
    floors = _floors(session, kept.board_id, states)
    for member_id, here in states.items():
        floor = floors.get(member_id, 0)
        places = {thread.id: max(floor, _pointer(here.get(thread.id))) for thread in (gone, kept)}
        others = [row for row in written if row.author_id != member_id]
        unread = [row.id for row in others if row.id > places[row.thread_id]]
        place = unread[0] - 1 if unread else max(places.values())
        ahead = [row.id for row in others if place < row.id <= places[row.thread_id]]
        add_rows(session, ReadAhead, [{"member_id": member_id, "post_id": post_id} for post_id in ahead])
        _carry_state(session, member_id, here, gone, kept, place)
    session.flush()


def _pointer(state: ThreadState | None) -> int:
    return state.last_post_id if state is not None else 0


def _carry_state(
    session: Session, member_id: int, here: dict[int, ThreadState], gone: Thread, kept: Thread, place: int
) -> None:
    """Who followed one of the two follows what has become of both; who muted the one that goes hears of the other."""
    one, other = here.get(kept.id), here.get(gone.id)
    if one is None:
        one = ThreadState(member_id=member_id, thread_id=kept.id, muted=False)
        one.read_at = other.read_at if other is not None else None
        session.add(one)
    if other is not None:
        if other.following and not other.muted:
            one.following, one.muted = True, False
        session.delete(other)
    one.last_post_id = place


def _floors(session: Session, board_id: int, member_ids: Iterable[int]) -> dict[int, int]:
    """Up to which post each member has read all of the board."""
    rows = session.execute(
        select(Member.id, Member.floor_post_id, BoardState.floor_post_id.label("of_board"))
        .outerjoin(BoardState, (BoardState.member_id == Member.id) & (BoardState.board_id == board_id))
        .where(Member.id.in_(sorted(member_ids)))
    )
    return {row.id: max(row.floor_post_id, row.of_board or 0) for row in rows}


def carry_drafts(session: Session, old: str, new: str) -> None:
    """What somebody is writing goes along to the place `new`; where there is something already, both are in it."""
    for aside in ("", ASIDE):
        here = {draft.member_id: draft for draft in session.scalars(select(Draft).where(Draft.place == aside + new))}
        for draft in session.scalars(select(Draft).where(Draft.place == aside + old)).all():
            other = here.get(draft.member_id)
            if other is None:
                draft.place = aside + new
            else:
                other.subject, other.body = other.subject or draft.subject, f"{other.body}\n\n{draft.body}"
                other.version += 1
                session.delete(draft)
            if not aside:
                record(session, DraftChanged(draft.member_id, new, (other or draft).version))
