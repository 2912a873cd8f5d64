"""What moderators do to posts, threads and members, and telling those concerned. All of it is logged, and all of it can
be undone."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from bbs.errors import Conflict, Forbidden, Invalid
from bbs.events import PostChanged, ThreadChanged
from bbs.models import Post, Thread
from bbs.services import concerned, drafts, echoes, log, posts, queue, search
from bbs.services.permission import authorize
from bbs.services.rules import Action
from bbs.services.threads import post_for, thread_for
from bbs.store import now, record
from bbs.text import clean_line
from bbs.views.members import Actor
from bbs.views.moderation import Echo, Hidden

MAX_REASON = 200
MOST_AT_ONCE = 50
"""Posts that are hidden in one step."""


def check_reason(reason: str, who_reads_it: str = "the author reads it") -> str:
    """The reason as it is kept. Raises Invalid where there is none."""
    reason = clean_line(reason)
    if not reason:
        raise Invalid(f"Give a reason: {who_reads_it}.", "reason")
    if len(reason) > MAX_REASON:
        raise Invalid(f"A reason has at most {MAX_REASON} characters.", "reason")
    return reason


# -- posts


def hide_post(session: Session, actor: Actor, post_id: int, reason: str, *, also: Sequence[int] = ()) -> Hidden:
    """Nobody but its author and moderators reads it any more, nor the posts `also` that hold its words.

    The authors see why, and may mend it. To hide it again gives another reason. What was reported of it is settled.
    """
    wanted = list(dict.fromkeys((post_id, *also)))
    if len(wanted) > MOST_AT_ONCE:
        raise Invalid(f"At most {MOST_AT_ONCE} posts are hidden at once.", "also")
    found = [_judged(session, actor, number, "hide a post") for number in wanted]
    for post in found:
        hide(session, actor, post, reason)
    return Hidden(tuple(wanted), echoes.of_post(session, actor, found[0]), echoes.notices_of(session, found[0]))


def hide(session: Session, actor: Actor | None, post: Post, reason: str) -> None:
    """The same of one post, of which it is known that this actor may (None: the forum itself)."""
    reason = check_reason(reason)
    _not_own(session, actor, post)
    _require_standing(post)
    before = f"hidden: {post.hidden_reason}" if post.hidden_at else "shown"
    post.hidden_at, post.hidden_reason = now(session), reason
    _log_post(session, actor, "hid", post, reason=reason, before=before, after="hidden")
    words = f"#{post.id} is hidden from others: {reason}. Edit it to mend it; a moderator then looks at it again."
    concerned.tell_author(session, actor, post, "hidden", words)
    queue.settle_post(session, post.id, actor)
    record(session, PostChanged(post.board_id, post.thread_id, post.id))


def echoes_of(session: Session, actor: Actor, post_id: int) -> tuple[Echo, ...]:
    """What else holds the words of a post, to be shown before it is hidden."""
    return echoes.of_post(session, actor, _judged(session, actor, post_id, "hide a post"))


def restore_post(session: Session, actor: Actor, post_id: int) -> None:
    """Show a hidden post again."""
    restore(session, actor, _judged(session, actor, post_id, "restore a post"))


def restore(session: Session, actor: Actor, post: Post) -> None:
    """The same of one post, of which it is known that this actor may."""
    _not_own(session, actor, post)
    _require_standing(post)
    if post.hidden_at is None:
        raise Conflict(f"#{post.id} is not hidden.")
    _log_post(session, actor, "restored", post, before=f"hidden: {post.hidden_reason}", after="shown")
    post.hidden_at, post.hidden_reason = None, ""
    concerned.tell_author(session, actor, post, "shown again", f"#{post.id} is shown to everybody again.")
    queue.settle_post(session, post.id, actor, shown=True)
    record(session, PostChanged(post.board_id, post.thread_id, post.id))


def edit_out(
    session: Session, actor: Actor, post_id: int, body: str, *, reason: str = "personal data",
    revision: int | None = None, client_key: str | None = None,
) -> tuple[Echo, ...]:  # fmt: skip
    """Put other words in a post, such as it is without personal data; what else holds those that it had.

    All that it said before is from now on for its author and moderators alone. `revision` is the one that was edited.
    """
    post = _judged(session, actor, post_id, "edit out personal data")
    _not_own(session, actor, post)
    reason, body = check_reason(reason), posts.check_body(body)
    _require_standing(post)
    if revision is not None and revision != post.revision:
        raise Conflict("Its author has edited this post meanwhile. Your text is kept.")
    if body == post.body:
        raise Invalid("That is what the post says already.", "body")
    found = echoes.of_post(session, actor, post)
    version = post.revision + 1
    versions = {"before": f"version {version}", "after": f"version {version + 1}"}
    posts.replace_body(session, actor, post, body)
    posts.withhold_versions(session, post)
    _log_post(session, actor, "edited", post, reason=reason, **versions)
    words = f"A moderator has edited #{post.id}: {reason}. You and moderators can still read what it said before."
    concerned.tell_author(session, actor, post, "edited", words)
    queue.settle_post(session, post.id, actor)
    drafts.sent(session, actor, f"edit-out:{post_id}", client_key)
    return found


def _judged(session: Session, actor: Actor, post_id: int, action: Action) -> Post:
    post, _ = post_for(session, actor, post_id)
    authorize(session, actor, action, post)
    return post


def _not_own(session: Session, actor: Actor | None, post: Post) -> None:
    """Nobody settles or reverses what is about themselves."""
    if actor is not None and concerned.author_of(session, post) == actor.id:
        raise Forbidden(f"#{post.id} is your own post: another moderator decides about it.")


def _require_standing(post: Post) -> None:
    if post.deleted_at is not None:
        raise Conflict(f"#{post.id} was removed by its author already.")


def _log_post(
    session: Session, actor: Actor | None, done: str, post: Post, *, reason: str = "", before: str, after: str
) -> None:  # fmt: skip
    author_id = concerned.author_of(session, post)
    log.write(session, actor, f"{done} #{post.id} in", "", reason=reason, board_id=post.board_id,
              thread_id=post.thread_id, about_id=author_id, before=before, after=after)  # fmt: skip


# -- threads


def pin_thread(session: Session, actor: Actor, thread_id: int, *, pinned: bool) -> None:
    """A pinned thread stands on top of its board."""
    thread = _thread(session, actor, thread_id, "pin a thread")
    if thread.pinned == pinned:
        raise Conflict("This thread is pinned already." if pinned else "This thread is not pinned.")
    thread.pinned = pinned
    _log_thread(session, actor, "pinned" if pinned else "unpinned", thread)


def lock_thread(session: Session, actor: Actor, thread_id: int, *, locked: bool, reason: str = "") -> None:
    """A locked thread takes no replies but moderators'. Whoever began it is told, and why."""
    thread = _thread(session, actor, thread_id, "lock a thread")
    if (thread.locked_at is not None) == locked:
        raise Conflict("This thread is locked already." if locked else "This thread is not locked.")
    reason = clean_line(reason)[:MAX_REASON]
    thread.locked_at = now(session) if locked else None
    _log_thread(session, actor, "locked" if locked else "unlocked", thread, reason=reason)
    words = "Your thread is locked and takes no replies" if locked else "Your thread takes replies again"
    concerned.tell_starter(session, actor, thread, "locked" if locked else "unlocked",
                           f"{words}: {reason}." if reason else f"{words}.")  # fmt: skip


def rename_thread(session: Session, actor: Actor, thread_id: int, title: str) -> None:
    """Give a thread another subject. Whoever began it is told."""
    thread = _thread(session, actor, thread_id, "rename a thread")
    before, title = thread.title, clean_line(title)
    if not 1 <= len(title) <= 120:
        raise Invalid("A subject has 1 to 120 characters.", "title")
    if title == before:
        raise Conflict("That is its subject already.")
    thread.title = title
    search.put_title(session, thread)
    _log_thread(session, actor, "renamed", thread, before=before, after=title)
    words = f"Your thread “{before}” is called “{title}” now."
    concerned.tell_starter(session, actor, thread, "renamed", words)


def _thread(session: Session, actor: Actor, thread_id: int, action: Action) -> Thread:
    thread = thread_for(session, actor, thread_id).thread
    authorize(session, actor, action, thread)
    return thread


def _log_thread(
    session: Session, actor: Actor, done: str, thread: Thread, *, reason: str = "", before: str = "", after: str = ""
) -> None:  # fmt: skip
    log.write(session, actor, done, thread.title, reason=reason, board_id=thread.board_id, thread_id=thread.id,
              before=before, after=after)  # fmt: skip
    record(session, ThreadChanged(thread.board_id, thread.id))
