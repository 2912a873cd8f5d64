"""Writing: threads, replies, edits, removals, thanks. Every write is safe to repeat."""

from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.orm import Session, aliased

from bbs.errors import Conflict, Forbidden, Invalid, TooFast
from bbs.events import PostAdded, PostChanged, ThreadChanged
from bbs.models import Board, Post, PostRevision, Thanks, Thread, ThreadState
from bbs.services import drafts, newcomers, notices, pace, queue, reading, search
from bbs.services.permission import authorize, board_for
from bbs.services.threads import EDIT_HOURS, may_still_edit, post_for, thread_for, why_closed
from bbs.store import now, record
from bbs.text import clean, clean_line
from bbs.views.members import Actor
from bbs.views.threads import Posted

MAX_BODY = 20_000
MAX_LINES = 1000
"""Each line is laid out for whoever reads the post: ten thousand of a letter each took a third of a second."""
MAX_TITLE = 120
BURST = 12
"""Posts a member can send in ten minutes: a lively evening, and no flood."""
BURST_MINUTES = 10
IN_A_DAY, THREADS_IN_A_DAY, EDITS_IN_AN_HOUR = 300, 50, 40
"""What one member can write: a new thread is told to all who follow its board, and each edit keeps what it replaces."""


def start_thread(
    session: Session, actor: Actor, board: int | str, title: str, body: str, *, client_key: str | None = None,
    approved: bool = False,
) -> Posted:  # fmt: skip
    """Open a thread with its first post. The same `client_key` again answers with the post it made.

    `approved`: a moderator has looked at it, so no limit of new members is for it.
    """
    title, body = check_title(title), check_body(body)
    if (done := _already(session, actor, client_key, body)) is not None:
        drafts.sent(session, actor, f"board:{session.get_one(Thread, done.thread_id).board_id}", client_key)
        return done
    draft_key, client_key = client_key, _unused(session, actor, client_key)
    found = board_for(session, actor, board)
    authorize(session, actor, "start a thread", found)
    if found.archived_at is not None:
        raise Conflict("This board is archived and takes no posts. Your text is kept.")
    if not approved:
        newcomers.check_post(session, actor, title, body, opens=True)
        if newcomers.first_post_waits(session, actor):
            newcomers.hold(session, actor, found.id, None, body, title=title, client_key=client_key)
            drafts.sent(session, actor, f"board:{found.id}", draft_key)
            return Posted(0, 0, again=False, held=True)
    _check_pace(session, actor, opens=True)
    thread = _new_thread(session, found, title)
    post_id = _add(session, actor, thread, body, None, client_key, opens=True)
    drafts.sent(session, actor, f"board:{found.id}", draft_key)
    return Posted(thread.id, post_id, again=False)


def open_quietly(session: Session, actor: Actor, board: Board, title: str, body: str) -> int:
    """Open a thread for something that members are told of anyway, such as a meeting; the thread's id."""
    thread = _new_thread(session, board, title)
    _add(session, actor, thread, body, None, None, opens=True, tells=False)
    return thread.id


def _new_thread(session: Session, board: Board, title: str) -> Thread:
    at = now(session)
    thread = Thread(board_id=board.id, title=title, created_at=at, last_post_at=at, last_post_id=0, post_count=0)
    session.add(thread)
    session.flush()
    return thread


def reply(
    session: Session, actor: Actor, thread_id: int, body: str, *, answers_id: int | None = None,
    client_key: str | None = None, approved: bool = False,
) -> Posted:  # fmt: skip
    """Answer in a thread. `answers_id` names the post that is answered, where it is not the last one. `approved` as in
    `start_thread`.
    """
    body = check_body(body)
    if (done := _already(session, actor, client_key, body)) is not None:
        drafts.sent(session, actor, f"thread:{thread_id}", client_key)
        return done
    draft_key, client_key = client_key, _unused(session, actor, client_key)
    seen = thread_for(session, actor, thread_id)
    authorize(session, actor, "reply", seen.board)
    if why := why_closed(actor, seen):
        raise Conflict(f"{why} Your text is kept.")
    _check_pace(session, actor, opens=False)
    if answers_id is not None:
        answered = session.get(Post, answers_id)
        if answered is None or answered.thread_id != seen.thread.id:
            answers_id = None  # it was split off while this was written, or waited for a moderator
    if not approved:
        newcomers.check_post(session, actor, "", body, opens=False)
        if newcomers.first_post_waits(session, actor):
            newcomers.hold(
                session, actor, seen.board.id, seen.thread.id, body, answers_id=answers_id, client_key=client_key
            )
            drafts.sent(session, actor, f"thread:{thread_id}", draft_key)
            return Posted(0, 0, again=False, held=True)
    post_id = _add(session, actor, seen.thread, body, answers_id, client_key, opens=False)
    for number in {thread_id, seen.thread.id}:  # an editor may have been open while its thread became part of another
        drafts.sent(session, actor, f"thread:{number}", draft_key)
    return Posted(seen.thread.id, post_id, again=False)


def _check_pace(session: Session, actor: Actor, *, opens: bool) -> None:
    """Raises TooFast."""
    mine = Post.author_id == actor.id
    pace.check(session, mine, Post.created_at, BURST, BURST_MINUTES, "posts")
    pace.check(session, mine, Post.created_at, IN_A_DAY, pace.DAY, "posts")
    if opens:
        other = aliased(Post)
        first = select(func.min(other.id)).where(other.thread_id == Post.thread_id).scalar_subquery()
        lately = Post.created_at > now(session) - timedelta(days=1)  # or all that they ever wrote is looked at
        pace.check(
            session, and_(mine, lately, Post.id == first), Post.created_at, THREADS_IN_A_DAY, pace.DAY, "new threads"
        )


def _check_edits(session: Session, actor: Actor) -> None:
    """Raises TooFast."""
    since = now(session) - timedelta(hours=1)
    edited = select(Post.id).where(Post.author_id == actor.id, Post.edited_at > since)
    edits = select(func.count()).where(PostRevision.post_id.in_(edited), PostRevision.replaced_at > since)
    if session.scalars(edits).one() >= EDITS_IN_AN_HOUR:
        raise TooFast(f"That is {EDITS_IN_AN_HOUR} edits in an hour. Your text is kept: send it in a while.", 3600)


def _already(session: Session, actor: Actor, client_key: str | None, body: str) -> Posted | None:
    """The post that this very send has made before."""
    if client_key is None:
        return None
    same = select(Post).where(Post.author_id == actor.id, Post.client_key == client_key, Post.body == body)
    post = session.scalar(same)
    return Posted(post.thread_id, post.id, again=True) if post else None


def _unused(session: Session, actor: Actor, client_key: str | None) -> str | None:
    """The key, unless other words were sent under it: from a second session on the same draft."""
    taken = select(Post.id).where(Post.author_id == actor.id, Post.client_key == client_key)
    return None if client_key is None or session.scalar(taken) is not None else client_key


def _add(
    session: Session, actor: Actor, thread: Thread, body: str, answers_id: int | None, client_key: str | None,
    *, opens: bool, tells: bool = True,
) -> int:  # fmt: skip
    at = now(session)
    post = Post(
        thread_id=thread.id, board_id=thread.board_id, author_id=actor.id, answers_id=answers_id, body=body,
        revision=0, created_at=at, client_key=client_key,
    )  # fmt: skip
    session.add(post)
    session.flush()
    thread.last_post_at, thread.last_post_id, thread.post_count = at, post.id, thread.post_count + 1
    search.put_post(session, post, thread.title if opens else "")
    if tells:
        notices.tell_of_post(session, actor, post, opens=opens)
    reading.follow_quietly(session, actor, thread.id)
    record(session, PostAdded(thread.board_id, thread.id, post.id, actor.id, opens_thread=opens))
    return post.id


def check_body(body: str) -> str:
    """The text as it is kept. Raises Invalid when there is none, or too much."""
    if len(body) > MAX_BODY * 4:  # far too long: not worth the cleaning
        raise Invalid(f"A post has at most {MAX_BODY:,} characters; this one has {len(body):,}.", "body")
    body = clean(body)
    if not body.strip():
        raise Invalid("There is nothing to send yet.", "body")
    if len(body) > MAX_BODY:
        raise Invalid(f"A post has at most {MAX_BODY:,} characters; this one has {len(body):,}.", "body")
    if (lines := body.count("\n") + 1) > MAX_LINES:
        raise Invalid(f"A post has at most {MAX_LINES:,} lines; this one has {lines:,}.", "body")
    return body


def check_title(title: str) -> str:
    """A subject as it is kept. Raises Invalid."""
    title = clean_line(title[:1000])
    if not title:
        raise Invalid("A thread needs a subject.", "title")
    if len(title) > MAX_TITLE:
        raise Invalid(f"A subject has at most {MAX_TITLE} characters; this one has {len(title)}.", "title")
    return title


def edit_post(
    session: Session, actor: Actor, post_id: int, body: str, *, revision: int | None = None,
    client_key: str | None = None,
) -> Posted:  # fmt: skip
    """Change one's own post within a day, or one that is hidden, which a moderator then looks at again.

    What it said before is kept. `revision` is the one that was edited.
    """
    post, seen = post_for(session, actor, post_id)
    authorize(session, actor, "edit a post", post)
    if post.deleted_at:
        raise Conflict("This post has been removed, so it cannot be edited. Your text is kept.")
    if seen.board.archived_at is not None:
        raise Conflict("This board is archived and takes no edits. Your text is kept.")
    if not (post.hidden_at or may_still_edit(session, post.created_at)):
        raise Conflict(f"A post can be edited for {EDIT_HOURS} hours. Your text is kept: send it as a reply.")
    if revision is not None and revision != post.revision:
        raise Conflict("You have edited this post elsewhere meanwhile. Your text is kept.")
    body = check_body(body)
    newcomers.check_edit(session, actor, body)
    if body != post.body:
        _check_edits(session, actor)
        replace_body(session, actor, post, body)
        notices.tell_of_edit(session, actor, post)
        if post.hidden_at:
            _ask_to_restore(session, actor, post)
    drafts.sent(session, actor, f"post:{post_id}", client_key)
    return Posted(post.thread_id, post.id, again=False)


def replace_body(session: Session, actor: Actor, post: Post, body: str) -> None:
    """Put other words in a post; those that it had are kept as a version."""
    at = now(session)
    session.add(PostRevision(post_id=post.id, revision=post.revision, body=post.body, replaced_at=at))
    post.body, post.revision, post.edited_at = body, post.revision + 1, at
    _note_edit(session, actor, post, at)
    record(session, PostChanged(post.board_id, post.thread_id, post.id))


def withhold_versions(session: Session, post: Post) -> None:
    """All that a post said before is from now on for its author and moderators alone."""
    session.flush()
    older = update(PostRevision).where(PostRevision.post_id == post.id).values(withheld=True)
    session.execute(older.execution_options(synchronize_session=False))


def _ask_to_restore(session: Session, actor: Actor, post: Post) -> None:
    """Its author has mended a hidden post: a moderator looks whether it can be shown again, without what it said."""
    withhold_versions(session, post)
    queue.open_item(session, "post", by=actor, about_id=actor.id, board_id=post.board_id, post_id=post.id,
                    remark=f"It was hidden: {post.hidden_reason}. Its author has edited it since.")  # fmt: skip


def _note_edit(session: Session, actor: Actor, post: Post, at: datetime) -> None:
    """For 'changed since you read it', which the one who edits does not need to be told; and for the search."""
    session.get_one(Thread, post.thread_id).last_edit_at = at
    mine = session.get(ThreadState, (actor.id, post.thread_id))
    if mine is not None and mine.read_at is not None:
        mine.read_at = at
    search.put_again(session, post)


def delete_post(session: Session, actor: Actor, post_id: int, *, thread: str = "keep") -> None:
    """Remove one's own post: it reads 'removed by its author', and answers to it stay.

    `thread` says what becomes of a thread whose first post goes: 'keep', 'lock', or 'remove', which only a thread
    in which nobody else has written allows: all of its posts go, and a list shows no thread without any.
    """
    post, seen = post_for(session, actor, post_id)
    if post.author_id != actor.id:
        raise Forbidden("You can remove your own posts only.")
    if thread != "keep":
        _close_own_thread(session, actor, seen.thread, post_id, whole=thread == "remove")
    if post.deleted_at is None:
        post.deleted_at = now(session)
        search.forget_post(session, post)
        record(session, PostChanged(post.board_id, post.thread_id, post.id))


def _close_own_thread(session: Session, actor: Actor, thread: Thread, post_id: int, *, whole: bool) -> None:
    """Whoever opened a thread may lock it as its first post goes; what others said is not theirs to remove."""
    mine = Post.thread_id == thread.id
    if session.scalar(select(func.min(Post.id)).where(mine)) != post_id:
        raise Invalid("Only with its first post can a thread be locked or removed.", "thread")
    if whole:
        others = select(Post.id).where(mine, Post.author_id.is_distinct_from(actor.id))
        if session.scalar(others.limit(1)) is not None:
            raise Conflict("Somebody else has written in this thread, so it stays. Remove your post alone, or lock it.")
        standing = session.scalars(select(Post).where(mine, Post.deleted_at.is_(None))).all()
        for post in standing:
            post.deleted_at = now(session)
        for post in standing:  # once all are marked: else each would hand the title on to the next
            search.forget_post(session, post)
        thread.post_count = 0
    thread.locked_at = thread.locked_at or now(session)
    record(session, ThreadChanged(thread.board_id, thread.id))


def thank(session: Session, actor: Actor, post_id: int, *, thanked: bool) -> None:
    """Thank for a post, or take it back."""
    post, _ = post_for(session, actor, post_id)
    if post.author_id == actor.id:
        raise Forbidden("That is your own post.")
    if post.author_id is None or post.deleted_at or post.hidden_at:
        raise Forbidden("Nobody is there to thank for this post.")
    if thanked:
        authorize(session, actor, "thank for a post", post)
    session.execute(delete(Thanks).where(Thanks.post_id == post_id, Thanks.member_id == actor.id))
    if thanked:
        session.add(Thanks(post_id=post_id, member_id=actor.id, thanked_at=now(session)))
    record(session, PostChanged(post.board_id, post.thread_id, post.id))


def mark_read(session: Session, actor: Actor, thread_id: int, post_id: int) -> None:
    """The member's screen has shown this thread up to this post."""
    reading.mark_read(session, actor, thread_for(session, actor, thread_id).thread.id, post_id)
