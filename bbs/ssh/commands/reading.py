"""What is there and what is new: boards, threads, posts, and going through them."""

from dataclasses import dataclass
from functools import partial

import click

from bbs.services import boards, messages, news, notices, posts, reading, threads, today
from bbs.ssh.commands.base import (
    MAX_LINES,
    Cell,
    Place,
    Run,
    argument,
    command,
    new,
    off,
    option,
    post_target,
    target,
)
from bbs.ssh.commands.meeting import offer_meeting, show_meeting, when
from bbs.ssh.commands.message import say_message, show_messages
from bbs.ssh.commands.poll import offer_waiting, show_poll
from bbs.store import MAX_ID
from bbs.text import plural
from bbs.views.boards import BoardLine
from bbs.views.home import NewsLine
from bbs.views.moderation import waiting_words
from bbs.views.threads import PostView, ThreadHead, ThreadLine
from bbs.views.today import Today

UP_TO_DATE = "You are up to date."


# -- lists


@command("boards")
async def boards_(run: Run, *, as_json: bool) -> None:
    """List the boards, with what is unread."""
    found = await run.ctx.read(boards.board_list)
    if as_json:
        run.json_lines(found)
        return
    category = None
    for board in found:
        if board.category != category:
            category = board.category
            run.say(category)
        run.offer(f"threads {board.slug}", *_board_cells(run, board))


def _board_cells(run: Run, board: BoardLine) -> list[Cell]:
    last = f"{board.last_author}, {run.ago(board.last_post_at)}" if board.last_post_at else ""
    return [new(board.unread), (board.slug, 16), (board.title, 28), "muted" if board.muted else "", last]


@command("threads", argument("BOARD"))
async def threads_(run: Run, board: str, *, as_json: bool) -> None:
    """List a board's threads, newest activity first."""
    page = await run.ctx.read(boards.board_page, board, limit=MAX_LINES)
    if as_json:
        run.json_lines(page.threads)
        return
    run.say(f"{page.board.title} · {page.readers}")
    if not page.threads:
        run.say("Nothing here yet.")
    for line in page.threads:
        run.offer(f"read {line.id} --new", *_thread_cells(run, line), number=line.id)
    if page.more:
        run.say(f"The newest {MAX_LINES} are shown.")


def _thread_cells(run: Run, line: ThreadLine) -> list[Cell]:
    marks = [word for word in ("pinned", "locked", "muted", "changed") if getattr(line, word)]
    marks += ["your draft"] if line.has_draft else []
    last = f"{plural(line.posts, 'post')}, {line.last_author}, {run.ago(line.last_post_at)}"
    return [new(line.unread), line.title, ", ".join([*marks, last])]


# -- posts


@command("read", argument("THREAD|#POST", "given"), option("--new", "only_new", is_flag=True,
                                                           help="Begin with the first unread post."))  # fmt: skip
async def read(run: Run, given: str, *, only_new: bool, as_json: bool) -> None:
    """Print a thread, or the one post #1234. Marks the thread as read as far as it was printed."""
    wanted = await target(run, given)
    if wanted.post_id:
        await _show_one(run, wanted.thread_id, wanted.post_id, as_json=as_json)
    else:
        await show_thread(run, wanted.thread_id, only_new=only_new, as_json=as_json)


async def _show_one(run: Run, thread_id: int, post_id: int, *, as_json: bool) -> None:
    page = await run.ctx.read(threads.thread_page, thread_id, at=post_id, limit=1)
    post = next(post for post in page.posts if post.id == post_id)
    if as_json:
        run.json(post)
        return
    _say_head(run, page.head)
    _say_post(run, post)
    run.place = Place(thread_id, post_id, page.head.board_id)


async def show_thread(run: Run, thread_id: int, *, only_new: bool, as_json: bool) -> None:
    """Print run after run, so that a long thread is never in memory whole. What was printed is marked as read."""
    page = await run.ctx.read(threads.thread_page, thread_id, at=0 if only_new else 1)
    if only_new and not page.first_unread_id and page.after:
        page = await run.ctx.read(threads.thread_page, thread_id, at=MAX_ID)
    start = page.first_unread_id or (page.posts[-1].id if page.posts else 0)
    shown, more = [post for post in page.posts if not only_new or post.id >= start], page.after
    if not as_json:
        _say_head(run, page.head)
    while shown:
        await _show_posts(run, page.head, shown, as_json=as_json)
        part = await run.ctx.read(threads.posts, thread_id, after=shown[-1].id) if more else None
        shown, more = (list(part.posts), part.after) if part else ([], False)
    if only_new and not page.first_unread_id and page.head.posts > 1 and not as_json:
        run.say()
        run.say(f"Nothing is new here; 'read {thread_id}' shows all {page.head.posts} posts.")


async def _show_posts(run: Run, head: ThreadHead, wanted: list[PostView], *, as_json: bool) -> None:
    """However it ends, what was shown is read: a line that drops loses none of it."""
    last = 0
    try:
        for post in wanted:
            run.json(post) if as_json else _say_post(run, post)
            await run.show()
            last = post.id
            run.place = Place(head.id, last, head.board_id)
    finally:
        if last:
            await run.ctx.note(posts.mark_read, head.id, last)


def _say_head(run: Run, head: ThreadHead) -> None:
    run.say(head.title)
    run.say(f"{head.board_title} · {head.readers} · thread {head.id}{' · locked' if head.locked else ''}")


def _say_post(run: Run, post: PostView) -> None:
    whom = f"{post.answers_author} in " if post.answers_author else ""
    marks = f" · answers {whom}#{post.answers_id}" if post.answers_id else ""
    marks += " · edited" if post.edited_at else ""
    marks += " · new" if post.unread else " · changed since you read it" if post.changed else ""
    run.say()
    run.say(f"#{post.id} · {post.author} · {run.moment(post.created_at)}{marks}")
    run.say(post_text(post))
    if post.thanks:
        run.say(f"Thanked by {', '.join(post.thanks)}.")


def post_text(post: PostView) -> str:
    """A post's words, or why there are none."""
    if post.state == "deleted":
        return "(removed by its author)"
    if post.state == "hidden":
        if not post.body:
            return "(hidden by a moderator)"
        others = "only you and moderators see this" if post.is_mine else "only its author and moderators see this"
        why = f" Reason: {post.hidden_reason}." if post.hidden_reason else ""
        return f"(hidden, {others}.{why})\n{post.body}"
    return post.body


@command("history", argument("#POST", "given", required=False))
async def history(run: Run, given: str | None, *, as_json: bool) -> None:
    """Print what a post said before each edit, oldest first, and what it says now."""
    wanted = await post_target(run, given)
    found = await run.ctx.read(threads.history, wanted.post_id)
    if as_json:
        run.json_lines(found)
        return
    for revision in found:
        run.say(f"Version {revision.revision + 1} of {len(found)} · {run.moment(revision.written_at)}")
        run.say(revision.body)
        run.say()


# -- what is new


@command("next")
async def next_(run: Run, *, as_json: bool) -> None:
    """Read on: print what is new in the next thread, conversation or notice, and mark it as read."""
    step = await run.ctx.read(news.read_on, board_id=run.place.board_id)
    if step.words and not as_json:
        run.say(step.words)
    if step.meeting_id:
        await show_meeting(run, step.meeting_id, as_json=as_json)
    elif step.poll_id:
        await show_poll(run, step.poll_id, as_json=as_json)
    elif step.thread_id and step.post_id:
        await _show_one(run, step.thread_id, step.post_id, as_json=as_json)
    elif step.thread_id:
        await show_thread(run, step.thread_id, only_new=True, as_json=as_json)
    elif step.conversation_id:
        conversation = await run.ctx.read(messages.conversation, step.conversation_id)
        await show_messages(run, conversation, only_new=True, as_json=as_json)
    elif step.notice_id:
        told = await run.ctx.read(notices.notice, step.notice_id)
        run.json(told) if as_json else run.say(f"{run.ago(told.at)} · {told.words}")
    elif not as_json:
        run.say(UP_TO_DATE)
    if step.notice_id:
        await run.show()
        await run.ctx.note(notices.mark_read, step.notice_id)


def news_cells(run: Run, line: NewsLine) -> list[Cell]:
    """A thread or conversation with something new, or a notice."""
    if line.kind == "message":
        return [new(line.count), f"message from {line.author}", line.title, run.ago(line.at)]
    if line.kind == "account":
        return [new(line.count), line.place, line.title, run.ago(line.at)]
    did = {"mention": " mentioned you", "answer": " answered you"}.get(line.kind, "")
    return [new(line.count), line.place, line.title, f"{line.author}{did}, {run.ago(line.at)}"]


def _offer_news(run: Run, line: NewsLine) -> None:
    """A line of news, with the command that opens it; a notice without a place has said all."""
    if line.kind == "account":
        run.row(*news_cells(run, line))
    else:
        run.offer(_news_opens(line), *news_cells(run, line))


def _news_opens(line: NewsLine) -> str:
    if line.conversation_id:
        return f"dm {line.author} --read"
    if line.meeting_id:
        return f"meeting {line.meeting_id}"
    if line.poll_id:
        return f"poll {line.poll_id}"
    if line.notice_id:
        return f"read #{line.post_id}" if line.post_id else "notices"
    return f"read {line.thread_id} --new"


@command("news")
async def news_(run: Run, *, as_json: bool) -> None:
    """List what is new, a line each, and the next meeting."""
    home = await run.ctx.read(news.home)
    if as_json:
        run.json(home)
        return
    for warning in home.warnings:
        run.offer("warnings --acknowledge", warning.told(run.ctx.zone))
    for line in home.news:
        _offer_news(run, line)
    for meeting in home.called_off:
        run.offer(f"meeting {meeting.id}", "Cancelled", meeting.title, when(run, meeting))
    if home.poll is not None:
        offer_waiting(run, home.poll)
    if home.next_meeting is not None:
        run.say("Next meeting")
        offer_meeting(run, home.next_meeting)
    _say_queue(run, home.queue)
    if not home.news:
        run.say(UP_TO_DATE)


def _say_queue(run: Run, waiting: int) -> None:
    if waiting:
        run.offer("mod queue", waiting_words(waiting))


@command("today", option("--minutes", type=click.IntRange(0, 24 * 60), default=0, metavar="N",
                         help="As much as can be read in so long; the rest is said in a line each."),
         option("--mark-read", is_flag=True, help="Mark as read what is printed in full."))  # fmt: skip
async def today_(run: Run, *, minutes: int, mark_read: bool, as_json: bool) -> None:
    """Print all that is new as one finite page, fitted to the time that you have."""
    page = await run.ctx.read(today.today, minutes=minutes)
    if as_json:
        run.json(page)
    else:
        await _say_today(run, page)
    await run.show()
    if mark_read:
        await run.ctx.write(today.mark_read, page)


async def _say_today(run: Run, page: Today) -> None:
    for thread in page.threads:
        run.say(f"{thread.board} · {thread.title} · thread {thread.thread_id}")
        for post in thread.posts:
            _say_post(run, post)
            await run.show()  # one by one, as everywhere: wrapping takes the loop a millisecond for a thousand letters
        run.say()
    for conversation in page.conversations:
        run.say(f"Messages · {conversation.with_handle}")
        for message in conversation.messages:
            say_message(run, message)
            await run.show()
        run.say()
    for line in page.told:
        _offer_news(run, line)
    if page.brief:
        run.say("In short")
    for line in page.brief:
        _offer_news(run, line)
    if page.poll is not None:
        offer_waiting(run, page.poll)
    if page.next_meeting is not None:
        run.say("Next meeting")
        offer_meeting(run, page.next_meeting)
    _say_queue(run, page.queue)
    run.say("That is what fits on this page; the rest waits." if page.brief else UP_TO_DATE)


# -- where one stands


@dataclass(frozen=True, slots=True)
class _Named:
    """A board or a thread that a command is about; one of the ids is not 0."""

    title: str
    board_id: int
    thread_id: int


async def _named(run: Run, given: str | None) -> _Named:
    """The thread that is open, where neither is given. A board whose short name is a number goes before a thread."""
    if given is None or given.startswith("#") or (given.isdecimal() and given not in await _slugs(run)):
        thread_id = (await target(run, given)).thread_id
        head = (await run.ctx.read(threads.thread_page, thread_id, limit=1)).head
        return _Named(head.title, 0, head.id)
    board = (await run.ctx.read(boards.board_page, given, limit=1)).board
    return _Named(board.title, board.id, 0)


async def _slugs(run: Run) -> set[str]:
    return {board.slug for board in await run.ctx.read(boards.board_list)}


@command("catchup", argument("BOARD|THREAD", "given", required=False))
async def catch_up(run: Run, given: str | None, *, as_json: bool) -> None:
    """Mark a thread, a board, or with neither everything as read."""
    named = await _named(run, given) if given is not None else _Named("", 0, 0)
    done = await run.ctx.write(reading.catch_up, board_id=named.board_id, thread_id=named.thread_id)
    run.undo = partial(run.ctx.write, reading.undo_catch_up, done)
    run.json(done) if as_json else run.say(f"{plural(done.count, 'post')} marked as read.{run.UNDO}")


@command("mute", argument("BOARD|THREAD", "given", required=False), off("Hear of it again."))
async def mute(run: Run, given: str | None, *, off: bool, as_json: bool) -> None:
    """Hear no more of a board, or of a thread: that which is open, if none is named."""
    named = await _named(run, given)
    if named.board_id:
        await run.ctx.write(reading.mute_board, named.board_id, muted=not off)
    else:
        await run.ctx.write(reading.mute_thread, named.thread_id, muted=not off)
    if as_json:
        run.json({"title": named.title, "muted": not off})
    else:
        run.say(f"You hear of this again: {named.title}" if off else f"Muted: {named.title}")


@command("follow", argument("BOARD|THREAD", "given", required=False), off("Follow it no longer."))
async def follow(run: Run, given: str | None, *, off: bool, as_json: bool) -> None:
    """Have what is new in a board or a thread come to you: that which is open, if none is named."""
    named = await _named(run, given)
    if named.board_id:
        await run.ctx.write(reading.follow_board, named.board_id, following=not off)
    else:
        await run.ctx.write(reading.follow_thread, named.thread_id, following=not off)
    if as_json:
        run.json({"title": named.title, "followed": not off})
    else:
        run.say(f"Not followed any longer: {named.title}" if off else f"Followed: {named.title}")
