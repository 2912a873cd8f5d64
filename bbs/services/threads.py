"""Reading threads: the head, and runs of posts around a place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Integer, Row, Select, and_, bindparam, false, func, select, true
from sqlalchemy.orm import Session, aliased

from bbs.db import Numbers
from bbs.errors import NotFound
from bbs.models import Board, BoardState, Draft, ImportedAuthor, Member, Post, PostRevision, Thanks, Thread, ThreadState
from bbs.services.boards import readers_of
from bbs.services.news import unread_in_thread, unread_posts
from bbs.services.permission import is_thread_there, may, visible_boards, why_silent
from bbs.services.rules import RULES
from bbs.services.statements import among, anybody, fetch, number, who
from bbs.store import MAX_ID, now
from bbs.views.members import Actor
from bbs.views.threads import PostView, ThreadHead, ThreadPage

RUN = 40
"""Posts fetched at a time: some screens' worth, so that paging asks seldom."""
EDIT_HOURS = 24
"""Long enough to mend what one sees the next morning, short enough that answers still fit."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A thread and its board, once it is known that the member may see them."""

    thread: Thread
    board: Board


@cache
def _seen(actor: Actor) -> Select[Thread, Board]:
    wanted = (Thread.id == bindparam("thread_id"), is_thread_there(), visible_boards(actor))
    return select(Thread, Board).join(Board).where(*wanted)


def thread_for(session: Session, actor: Actor, thread_id: int) -> Seen:
    """The thread, or the one that has its posts now, if the member may see its board."""
    number = max(0, min(thread_id, MAX_ID))
    row = session.execute(_seen(anybody(actor)), who(actor, thread_id=number)).one_or_none()
    if row is None:
        into = session.scalar(select(Thread.merged_into_id).where(Thread.id == number))
        if into is None:
            raise NotFound("There is no such thread.")
        return thread_for(session, actor, into)
    return Seen(row[0], row[1])


def post_for(session: Session, actor: Actor, post_id: int) -> tuple[Post, Seen]:
    """The post with its thread, if the member may see its board."""
    post = session.get(Post, post_id) if post_id <= MAX_ID else None
    if post is None:
        raise NotFound(f"There is no post #{post_id}.")
    try:
        return post, thread_for(session, actor, post.thread_id)
    except NotFound:
        raise NotFound(f"There is no post #{post_id}.") from None


def thread_of_post(session: Session, actor: Actor, post_id: int) -> int:
    """Where `#1234` stands."""
    return post_for(session, actor, post_id)[1].thread.id


def thread_page(session: Session, actor: Actor, thread_id: int, *, at: int = 0, limit: int = RUN) -> ThreadPage:
    """The posts around `at`; without it, around the first unread one, the last when all is read, or else the first."""
    seen = thread_for(session, actor, thread_id)
    asked = who(actor, thread_id=seen.thread.id, board_id=seen.board.id, place=f"thread:{seen.thread.id}")
    is_open = seen.board.archived_at is None
    first_unread = (is_open and fetch(session, _first_unread(anybody(actor)), asked).scalar()) or 0
    standing = fetch(session, _standing(anybody(actor)), asked).one()
    place = min(at, MAX_ID) or first_unread or (seen.thread.last_post_id if standing.pointer else 1)
    behind, before = _fetch(session, actor, seen.thread.id, place, limit // 4, before=True)
    ahead, after = _fetch(session, actor, seen.thread.id, place - 1, limit, before=False)
    return ThreadPage(
        head=_head(session, actor, seen, standing), posts=_views(session, actor, seen, [*behind, *ahead]),
        first_unread_id=first_unread, place=place, before=before, after=after,
    )  # fmt: skip


@cache
def _first_unread(actor: Actor) -> Select[int]:
    here = unread_in_thread(actor, bindparam("thread_id", type_=Integer), bindparam("board_id", type_=Integer))
    return here.order_by(Post.id).limit(number(1))


@cache
def _standing(actor: Actor) -> Select[*tuple[Any, ...]]:
    """Where the member stands in a thread: their pointer, what they said of it, and whether a draft waits."""
    draft = select(Draft.id).where(Draft.member_id == actor.id, Draft.place == bindparam("place"))
    return (
        select(
            func.coalesce(ThreadState.last_post_id, number(0)).label("pointer"),
            func.coalesce(ThreadState.muted, false()).label("muted"),
            func.coalesce(ThreadState.following, BoardState.following, true()).label("followed"),
            draft.exists().label("has_draft"),
        )
        .select_from(Thread)
        .outerjoin(BoardState, and_(BoardState.board_id == Thread.board_id, BoardState.member_id == actor.id))
        .outerjoin(ThreadState, and_(ThreadState.thread_id == Thread.id, ThreadState.member_id == actor.id))
        .where(Thread.id == bindparam("thread_id"))
    )


_answered, _answered_author, _author = aliased(Post), aliased(Member), aliased(Member)
"""Made once: an alias costs half a millisecond each time its columns are first named."""


def _rows(actor: Actor) -> Select[*tuple[Any, ...]]:
    """Posts with their authors, what they answer, and the member's pointer."""
    writer = func.coalesce(Post.author_id, ImportedAuthor.claimed_by_id)
    return (
        select(
            Post.id, Post.board_id, Post.author_id, Post.imported_author_id,
            _answered.id.label("answers_id"), Post.body, Post.revision,
            Post.created_at, Post.edited_at, Post.deleted_at, Post.hidden_at, Post.hidden_reason,
            _author.display_name,
            _author.handle,
            ImportedAuthor.name.label("imported_name"),
            func.coalesce(_answered_author.handle, "").label("answers_author"),
            func.coalesce(ThreadState.last_post_id, number(0)).label("pointer"),
            ThreadState.read_at,
        )
        .select_from(Post)
        .outerjoin(ImportedAuthor, ImportedAuthor.id == Post.imported_author_id)
        .outerjoin(_author, _author.id == writer)
        .outerjoin(_answered, and_(_answered.id == Post.answers_id, _answered.thread_id == Post.thread_id))
        .outerjoin(_answered_author, _answered_author.id == _answered.author_id)
        .outerjoin(ThreadState, and_(ThreadState.thread_id == Post.thread_id, ThreadState.member_id == actor.id))
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    posts: tuple[PostView, ...]
    before: bool
    after: bool


def posts(session: Session, actor: Actor, thread_id: int, *, before: int = 0, after: int = 0, limit: int = RUN) -> Run:
    """Posts below `before` or above `after`, in order; whether more lie that way."""
    seen = thread_for(session, actor, thread_id)
    rows, more = _fetch(session, actor, seen.thread.id, before or after, limit, before=bool(before))
    return Run(_views(session, actor, seen, rows), before=bool(before and more), after=bool(not before and more))


def _fetch(
    session: Session, actor: Actor, thread_id: int, place: int, limit: int, *, before: bool
) -> tuple[Sequence[Row[*tuple[Any, ...]]], bool]:
    """The nearest posts below (`before`) or above a place, in order; whether more lie that way."""
    asked = who(actor, thread_id=thread_id, place=place, limit=limit + 1)
    rows = fetch(session, _run(anybody(actor), before=before), asked).all()
    return rows[:limit][::-1] if before else rows[:limit], len(rows) > limit


@cache
def _run(actor: Actor, *, before: bool) -> Select[*tuple[Any, ...]]:
    here = _rows(actor).where(Post.thread_id == bindparam("thread_id")).limit(bindparam("limit", type_=Integer))
    place = bindparam("place", type_=Integer)
    return here.where(Post.id < place).order_by(Post.id.desc()) if before else (
        here.where(Post.id > place).order_by(Post.id)
    )  # fmt: skip


def _views(session: Session, actor: Actor, seen: Seen, rows: Sequence[Row[*tuple[Any, ...]]]) -> tuple[PostView, ...]:
    asked = who(actor, thread_id=seen.thread.id, post_ids=[row.id for row in rows])
    thanks = _thanks(session, asked)
    unread = frozenset(fetch(session, _unread_of(anybody(actor)), asked).scalars())
    return tuple(_view(session, actor, seen, row, thanks.get(row.id, ()), unread) for row in rows)


def _view(
    session: Session,
    actor: Actor,
    seen: Seen,
    row: Row[*tuple[Any, ...]],
    thanks: tuple[str, ...],
    unread: frozenset[int],
) -> PostView:
    mine = row.author_id == actor.id
    state = "deleted" if row.deleted_at else "hidden" if row.hidden_at else "shown"
    moderates = actor.moderates(row.board_id)
    readable = state == "shown" or (state == "hidden" and (mine or moderates))
    read_at = row.read_at
    imported = row.imported_author_id is not None
    return PostView(
        id=row.id, author_id=row.author_id, handle=row.handle or "", imported=imported,
        author=row.display_name or row.imported_name, body=row.body if readable else "",
        created_at=row.created_at, edited_at=row.edited_at, revision=row.revision, state=state,
        hidden_reason=row.hidden_reason if readable else "", answers_id=row.answers_id,
        answers_author=row.answers_author, thanks=thanks, thanked=actor.handle in thanks, is_mine=mine,
        may_edit=mine and not seen.board.archived_at and (
            state == "hidden" or (state == "shown" and may_still_edit(session, row.created_at))
        ),
        unread=row.id in unread,
        changed=bool(row.edited_at and read_at and row.edited_at > read_at and row.id <= row.pointer and not mine),
    )  # fmt: skip


def may_still_edit(session: Session, written_at: datetime) -> bool:
    return (now(session) - written_at).total_seconds() < EDIT_HOURS * 3600


_THANKS = (
    select(Thanks.post_id, Member.handle)
    .join(Member, Member.id == Thanks.member_id)
    .where(among(Thanks.post_id, bindparam("post_ids", type_=Numbers)))
    .order_by(Thanks.thanked_at)
)


def _thanks(session: Session, asked: dict[str, Any]) -> dict[int, tuple[str, ...]]:
    """Who thanked, in the order in which they did, by post."""
    found: dict[int, tuple[str, ...]] = {}
    for post_id, handle in fetch(session, _THANKS, asked):
        found[post_id] = (*found.get(post_id, ()), handle)
    return found


@cache
def _unread_of(actor: Actor) -> Select[int]:
    these = among(Post.id, bindparam("post_ids", type_=Numbers))
    return unread_posts(actor).where(Post.thread_id == bindparam("thread_id"), these).with_only_columns(Post.id)


def _head(session: Session, actor: Actor, seen: Seen, standing: Row[*tuple[Any, ...]]) -> ThreadHead:
    """What is said above the posts, and whether this member may answer."""
    thread, board = seen.thread, seen.board
    why_not = why_closed(actor, seen) or why_silent(actor, board.id)
    return ThreadHead(
        id=thread.id, title=thread.title, board_id=board.id, board_slug=board.slug, board_title=board.title,
        readers=readers_of(session, board), pinned=thread.pinned, locked=thread.locked_at is not None,
        muted=bool(standing.muted), followed=bool(standing.followed), posts=thread.post_count,
        may_reply=not why_not, why_not=why_not, may_moderate=actor.moderates(board.id),
        has_draft=bool(standing.has_draft),
    )  # fmt: skip


def why_closed(actor: Actor, seen: Seen) -> str:
    """Why this member may not write here, whoever they are otherwise, in words; '' when they may."""
    if seen.board.archived_at is not None:
        return "This board is archived and takes no posts."
    if not may(actor, "reply", seen.board):
        return RULES["reply"].refusal
    if seen.thread.locked_at is not None and not actor.moderates(seen.board.id):
        return "This thread is locked and takes no replies."
    return ""


@dataclass(frozen=True, slots=True)
class Revision:
    """What a post said from `written_at` on."""

    revision: int
    body: str
    written_at: datetime


def history(session: Session, actor: Actor, post_id: int) -> tuple[Revision, ...]:
    """What a post said before each edit, oldest first, then what it says now."""
    post, _ = post_for(session, actor, post_id)
    sees_all = actor.moderates(post.board_id) or post.author_id == actor.id
    if post.deleted_at or (post.hidden_at and not sees_all):
        raise NotFound("That post's history is not shown.")
    kept = select(PostRevision).where(PostRevision.post_id == post_id).order_by(PostRevision.revision)
    old = session.scalars(kept).all()
    written = [post.created_at, *(row.replaced_at for row in old)]
    before = [
        Revision(row.revision, row.body, at)
        for row, at in zip(old, written, strict=False)
        if sees_all or not row.withheld
    ]
    return (*before, Revision(post.revision, post.body, written[-1]))
