"""Reading threads: the head, and runs of posts around a place."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from bbs.errors import NotFound
from bbs.models import Board, BoardState, Draft, ImportedAuthor, Member, Post, PostRevision, Thanks, Thread, ThreadState
from bbs.services.boards import readers_of
from bbs.services.news import unread_posts
from bbs.services.permission import visible_boards, why_silent
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


def thread_for(session: Session, actor: Actor, thread_id: int) -> Seen:
    """The thread, if the member may see its board."""
    found = select(Thread, Board).join(Board).where(Thread.id == min(thread_id, MAX_ID), visible_boards(actor))
    row = session.execute(found).one_or_none()
    if row is None:
        raise NotFound("There is no such thread.")
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
    """The posts around `at`; without it, around the first unread one, or the last when all is read."""
    seen = thread_for(session, actor, thread_id)
    first_unread = session.scalar(
        unread_posts(actor).where(Post.thread_id == thread_id).order_by(Post.id).limit(1).with_only_columns(Post.id)
    )
    state = session.get(ThreadState, (actor.id, thread_id))
    where_left = seen.thread.last_post_id if state and state.last_post_id else 1
    place = min(at, MAX_ID) or first_unread or where_left
    behind = posts(session, actor, thread_id, before=place, limit=limit // 4)
    ahead = posts(session, actor, thread_id, after=place - 1, limit=limit)
    return ThreadPage(
        head=head(session, actor, seen), posts=behind.posts + ahead.posts, first_unread_id=first_unread or 0,
        before=behind.before, after=ahead.after,
    )  # fmt: skip


_answered, _answered_author, _author = aliased(Post), aliased(Member), aliased(Member)
"""Made once: an alias costs half a millisecond each time its columns are first named."""


def _rows(actor: Actor) -> Select[*tuple[Any, ...]]:
    """Posts with their authors, what they answer, and the member's pointer."""
    writer = func.coalesce(Post.author_id, ImportedAuthor.claimed_by_id)
    return (
        select(
            Post,
            _author.display_name,
            _author.handle,
            ImportedAuthor.name.label("imported_name"),
            func.coalesce(_answered_author.handle, "").label("answers_author"),
            func.coalesce(ThreadState.last_post_id, 0).label("pointer"),
            ThreadState.read_at,
        )
        .outerjoin(ImportedAuthor, ImportedAuthor.id == Post.imported_author_id)
        .outerjoin(_author, _author.id == writer)
        .outerjoin(_answered, _answered.id == Post.answers_id)
        .outerjoin(_answered_author, _answered_author.id == _answered.author_id)
        .outerjoin(ThreadState, and_(ThreadState.thread_id == Post.thread_id, ThreadState.member_id == actor.id))
    )


@dataclass(frozen=True, slots=True)
class Run:
    posts: tuple[PostView, ...]
    before: bool
    after: bool


def posts(session: Session, actor: Actor, thread_id: int, *, before: int = 0, after: int = 0, limit: int = RUN) -> Run:
    """Posts below `before` or above `after`, in order; whether more lie that way."""
    seen = thread_for(session, actor, thread_id)
    statement = _rows(actor).where(Post.thread_id == thread_id).limit(limit + 1)
    if before:
        rows = session.execute(statement.where(Post.id < before).order_by(Post.id.desc())).all()
        more, kept = len(rows) > limit, tuple(reversed(rows[:limit]))
    else:
        rows = session.execute(statement.where(Post.id > after).order_by(Post.id)).all()
        more, kept = len(rows) > limit, tuple(rows[:limit])
    thanks = _thanks(session, [row.Post.id for row in kept])
    unread = _unread_ids(session, actor, thread_id, [row.Post.id for row in kept])
    views = tuple(_view(session, actor, seen, row, thanks.get(row.Post.id, ()), unread) for row in kept)
    return Run(views, before=bool(before and more), after=bool(not before and more))


def _view(
    session: Session,
    actor: Actor,
    seen: Seen,
    row: Row[*tuple[Any, ...]],
    thanks: tuple[str, ...],
    unread: frozenset[int],
) -> PostView:
    post: Post = row.Post
    mine = post.author_id == actor.id
    state = "deleted" if post.deleted_at else "hidden" if post.hidden_at else "shown"
    moderates = actor.moderates(post.board_id)
    readable = state == "shown" or (state == "hidden" and (mine or moderates))
    read_at = row.read_at
    imported = post.imported_author_id is not None
    return PostView(
        id=post.id, author_id=post.author_id, handle=row.handle or "", imported=imported,
        author=row.display_name or row.imported_name, body=post.body if readable else "",
        created_at=post.created_at, edited_at=post.edited_at, revision=post.revision, state=state,
        hidden_reason=post.hidden_reason if readable else "", answers_id=post.answers_id,
        answers_author=row.answers_author, thanks=thanks, thanked=actor.handle in thanks, is_mine=mine,
        may_edit=mine and state == "shown" and may_still_edit(session, post) and not seen.board.archived_at,
        unread=post.id in unread,
        changed=bool(post.edited_at and read_at and post.edited_at > read_at and post.id <= row.pointer and not mine),
    )  # fmt: skip


def may_still_edit(session: Session, post: Post) -> bool:
    return (now(session) - post.created_at).total_seconds() < EDIT_HOURS * 3600


def _thanks(session: Session, post_ids: list[int]) -> dict[int, tuple[str, ...]]:
    rows = session.execute(
        select(Thanks.post_id, Member.handle)
        .join(Member, Member.id == Thanks.member_id)
        .where(Thanks.post_id.in_(post_ids))
        .order_by(Thanks.thanked_at)
    )
    found: dict[int, tuple[str, ...]] = {}
    for post_id, handle in rows:
        found[post_id] = (*found.get(post_id, ()), handle)
    return found


def _unread_ids(session: Session, actor: Actor, thread_id: int, post_ids: list[int]) -> frozenset[int]:
    statement = unread_posts(actor).where(Post.thread_id == thread_id, Post.id.in_(post_ids))
    return frozenset(session.scalars(statement.with_only_columns(Post.id)))


def head(session: Session, actor: Actor, seen: Seen) -> ThreadHead:
    """What is said above the posts, and whether this member may answer."""
    thread, board = seen.thread, seen.board
    state = session.get(ThreadState, (actor.id, thread.id))
    of_board = session.get(BoardState, (actor.id, board.id))
    followed = state.following if state and state.following is not None else not of_board or of_board.following
    place = Draft.place == f"thread:{thread.id}"
    has_draft = session.scalar(select(Draft.id).where(Draft.member_id == actor.id, place)) is not None
    why_not = why_closed(actor, seen) or why_silent(session, actor)
    return ThreadHead(
        id=thread.id, title=thread.title, board_id=board.id, board_slug=board.slug, board_title=board.title,
        readers=readers_of(session, board), pinned=thread.pinned, locked=thread.locked_at is not None,
        muted=bool(state and state.muted), followed=followed, posts=thread.post_count,
        may_reply=not why_not, why_not=why_not, may_moderate=actor.moderates(board.id), has_draft=has_draft,
    )  # fmt: skip


def why_closed(actor: Actor, seen: Seen) -> str:
    """Why nobody may write here, in words; '' when it is open to this member."""
    if seen.board.archived_at is not None:
        return "This board is archived and takes no posts."
    if seen.thread.locked_at is not None and not actor.moderates(seen.board.id):
        return "This thread is locked and takes no replies."
    return ""


@dataclass(frozen=True, slots=True)
class Revision:
    revision: int
    body: str


def history(session: Session, actor: Actor, post_id: int) -> tuple[Revision, ...]:
    """What a post said before each edit, oldest first, then what it says now."""
    post, _ = post_for(session, actor, post_id)
    if post.deleted_at or (post.hidden_at and not actor.moderates(post.board_id) and post.author_id != actor.id):
        raise NotFound("That post's history is not shown.")
    old = session.scalars(select(PostRevision).where(PostRevision.post_id == post_id).order_by(PostRevision.revision))
    return (*(Revision(r.revision, r.body) for r in old), Revision(post.revision, post.body))
