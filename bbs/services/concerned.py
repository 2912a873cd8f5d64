"""Telling those to whose posts and threads something was done: what, why, and what they can do about it."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from bbs.models import Board, ImportedAuthor, Member, Post, Thread
from bbs.services import notices
from bbs.services.permission import readers
from bbs.views.members import Actor


def author_of(session: Session, post: Post) -> int | None:
    """Whose post it is: for one from a list's history, whoever has claimed it."""
    if post.author_id is not None:
        return post.author_id
    imported = session.get(ImportedAuthor, post.imported_author_id) if post.imported_author_id else None
    return imported.claimed_by_id if imported else None


def tell_author(session: Session, actor: Actor | None, post: Post, what: str, words: str) -> None:
    """Tell who wrote a post what was done to it. `what` is one of those of `Notice`."""
    author_id = author_of(session, post)
    if author_id is not None:
        _tell(session, actor, {author_id}, post, what, words)


def tell_starter(session: Session, actor: Actor | None, thread: Thread, what: str, words: str) -> None:
    """Tell who began a thread what was done to it."""
    first = session.scalar(select(Post).where(Post.thread_id == thread.id).order_by(Post.id).limit(1))
    if first is not None:
        tell_author(session, actor, first, what, words)


def _tell(
    session: Session, actor: Actor | None, member_ids: Collection[int], post: Post, what: str, words: str
) -> None:  # fmt: skip
    """The notice names its place for those who can see it, and who did it hears nothing."""
    told = set(member_ids) - {actor.id} if actor else set(member_ids)
    board = session.get_one(Board, post.board_id)
    see_it = set(session.scalars(select(Member.id).where(Member.id.in_(told), readers(board)))) if told else set()
    place = {"post_id": post.id, "thread_id": post.thread_id}
    notices.tell_members(session, see_it, "moderation", what, words, by=actor, **place)
    notices.tell_members(session, told - see_it, "moderation", what, words, by=actor)
