"""Moving, splitting and merging threads: what it means for their authors, and who could read them then."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bbs.errors import Conflict, Invalid
from bbs.events import ThreadChanged
from bbs.models import Board, Member, Post, Thread
from bbs.services import log, notices, search
from bbs.services.board_settings import check_more_readers
from bbs.services.merging import part, pour, refresh_threads
from bbs.services.moving import carry_over
from bbs.services.permission import authorize, board_for, readers
from bbs.services.posts import check_title
from bbs.services.threads import Seen, post_for, thread_for
from bbs.store import now, record
from bbs.text import clean_line
from bbs.views.members import Actor

MAX_REASON = 200
MOST_SPLIT = 200
"""Posts that one split takes."""


def move_thread(
    session: Session, actor: Actor, thread_id: int, board: int | str, *, reason: str = "", agreed: bool = False
) -> int:  # fmt: skip
    """To another board, posts and all; the thread's number. The moderator must moderate both. Its authors are told.

    Raises Unconfirmed unless it was `agreed` to, where more members could read it then.
    """
    seen = thread_for(session, actor, thread_id)
    target = board_for(session, actor, board)
    authorize(session, actor, "move a thread", seen.thread)
    authorize(session, actor, "move a thread", target)
    if target.id == seen.board.id:
        raise Conflict(f"The thread is in {target.title} already.")
    refuse_archived(target)
    check_more_readers(session, f"“{seen.thread.title}”", seen.board, target, agreed=agreed)
    reason = clean_line(reason)[:MAX_REASON]
    carry_over(session, seen.thread, target.id)
    search.put_thread(session, seen.thread)
    log.write(session, actor, f"moved from {name_in_log(seen.board)} to {target.title}", seen.thread.title,
              reason=reason, board_id=target.id, thread_id=seen.thread.id)  # fmt: skip
    _tell_authors_of_move(session, actor, seen, target, reason)
    record(session, ThreadChanged(seen.board.id, seen.thread.id))
    record(session, ThreadChanged(target.id, seen.thread.id))
    return seen.thread.id


def name_in_log(board: Board) -> str:
    """Of a board from which something comes, for all who can see the other: of a private one not even the title."""
    return "a private board" if board.kind == "private" else board.title


def refuse_archived(board: Board) -> None:
    """Raises Conflict."""
    if board.archived_at is not None:
        raise Conflict(f"{board.title} is archived and takes no posts. Reopen it first.")


def split_thread(session: Session, actor: Actor, post_ids: Sequence[int], subject: str, *, reason: str = "") -> int:
    """Give some posts of a thread a thread of their own; its number. Their authors are told.

    What was read of them stays read, and who followed the old thread follows the new one. `merge_threads` undoes it.
    """
    subject = check_title(subject)
    if not post_ids or len(set(post_ids)) > MOST_SPLIT:
        raise Invalid(f"Name the posts, {MOST_SPLIT} at most.", "posts")
    found = [post_for(session, actor, post_id) for post_id in sorted(set(post_ids))]
    thread, board = found[0][1].thread, found[0][1].board
    authorize(session, actor, "split a thread", thread)
    refuse_archived(board)
    if any(seen.thread is not thread for _, seen in found):
        raise Invalid("These posts are not all in one thread.", "posts")
    ids = [post.id for post, _ in found]
    if session.scalar(select(Post.id).where(Post.thread_id == thread.id, Post.id.not_in(ids)).limit(1)) is None:
        raise Invalid("That is the whole thread: nothing would be left of it. Rename it instead.", "posts")
    new = part(session, thread, ids, subject)
    reason = clean_line(reason)[:MAX_REASON]
    log.write(session, actor, f"split off from thread {thread.id}", subject, reason=reason, board_id=board.id,
              thread_id=new.id)  # fmt: skip
    words = _with_reason(f"What you wrote in “{thread.title}” is in a thread of its own now", reason)
    notices.tell_members(session, _authors(session, new.id) - {actor.id}, "moderation", "split", words, by=actor,
                         thread_id=new.id)  # fmt: skip
    return new.id


def merge_threads(
    session: Session, actor: Actor, thread_id: int, into_id: int, *, reason: str = "", agreed: bool = False
) -> int:  # fmt: skip
    """Put all posts of a thread into another one, whose number is the answer; the old number leads there.

    What was read in either stays read and the rest unread; follows and drafts go along. It cannot be undone as it was.

    Raises:
        Conflict: the other one is locked, or its board archived.
        Unconfirmed: more members could read it then, and that was not `agreed` to.
    """
    gone, kept = thread_for(session, actor, thread_id), thread_for(session, actor, into_id)
    for seen in (gone, kept):
        authorize(session, actor, "merge threads", seen.thread)
    if gone.thread is kept.thread:
        raise Invalid("That is one thread already.", "into")
    refuse_archived(kept.board)
    if kept.thread.locked_at is not None:
        raise Conflict(f"“{kept.thread.title}” is locked. Unlock it first.")
    check_more_readers(session, f"“{gone.thread.title}”", gone.board, kept.board, agreed=agreed)
    authors, reason = _authors(session, gone.thread.id), clean_line(reason)[:MAX_REASON]
    words = _with_reason(f"“{gone.thread.title}”, in which you wrote, is part of “{kept.thread.title}” now", reason)
    may_read = _of_these(session, authors, kept.board)
    if gone.board.id != kept.board.id:
        carry_over(session, gone.thread, kept.board.id)
        _tell_shut_out(session, actor, gone.board, authors - may_read - {actor.id}, reason)
    pour(session, gone.thread, kept.thread)
    _leave_number(session, gone.thread, kept.thread)
    log.write(session, actor, f"merged thread {gone.thread.id} into", kept.thread.title, reason=reason,
              board_id=kept.board.id, thread_id=kept.thread.id, before=gone.thread.title)  # fmt: skip
    notices.tell_members(
        session, may_read - {actor.id}, "moderation", "merged", words, by=actor, thread_id=kept.thread.id
    )
    return kept.thread.id


def _leave_number(session: Session, gone: Thread, kept: Thread) -> None:
    """What is left of a thread is its number, which leads to the other one."""
    refresh_threads(session, {kept.id})
    gone.merged_into_id, gone.post_count, gone.last_post_id = kept.id, 0, 0
    gone.locked_at, gone.pinned = gone.locked_at or now(session), False
    session.flush()


# -- telling


def _authors(session: Session, thread_id: int) -> set[int]:
    """Members whose words stand in a thread."""
    wrote = select(Post.author_id).where(Post.thread_id == thread_id, Post.deleted_at.is_(None)).distinct()
    return {author_id for author_id in session.scalars(wrote) if author_id is not None}


def _of_these(session: Session, member_ids: Collection[int], board: Board) -> set[int]:
    """Those who can read a board."""
    return set(session.scalars(select(Member.id).where(Member.id.in_(member_ids), readers(board))))


def _with_reason(words: str, reason: str) -> str:
    return f"{words}: {reason}" if reason else f"{words}."


def _tell_authors_of_move(session: Session, actor: Actor, seen: Seen, target: Board, reason: str) -> None:
    authors = _authors(session, seen.thread.id) - {actor.id}
    may_read = _of_these(session, authors, target)
    words = _with_reason(f"“{seen.thread.title}”, in which you wrote, was moved to {target.title}", reason)
    notices.tell_members(session, may_read, "moderation", "moved", words, by=actor, thread_id=seen.thread.id)
    _tell_shut_out(session, actor, seen.board, authors - may_read, reason)


def _tell_shut_out(session: Session, actor: Actor, source: Board, authors: Collection[int], reason: str) -> None:
    """Without a title: what they may not see is not there for them. That their words went there they must hear."""
    words = f"A thread in {source.title} in which you wrote was moved to a board that you cannot read"
    told = _of_these(session, authors, source)
    notices.tell_members(session, told, "moderation", "moved", _with_reason(words, reason), by=actor)
