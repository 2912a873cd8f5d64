"""The words under `mod` about the queue, posts and threads; and the log."""

from collections.abc import Sequence

from bbs.services import log, moderation, queue_handling, queue_views, threads
from bbs.services.drafts import DraftView, new_key
from bbs.ssh.commands.base import (
    MAX_LINES,
    Cell,
    Run,
    argument,
    command,
    group,
    number,
    option,
    post_target,
    target,
)
from bbs.text import day, excerpt, plural
from bbs.views.moderation import HAND_OVER, Echo, Hidden, History, LogLine, QueueLine, QueuePage, Settled

mod = group("mod", alone="queue", help="What moderators do: 'mod queue' lists what waits.")
KINDS = {"report": "report", "application": "application", "recovery": "cannot sign in", "handle": "new handle",
         "post": "held post"}  # fmt: skip


@command("log")
async def log_(run: Run, *, as_json: bool) -> None:
    """Print what moderators did, newest first, without what is private."""
    found = await run.ctx.read(log.log_page, limit=MAX_LINES)
    if as_json:
        run.json_lines(found)
        return
    if not found:
        run.say("Nothing was done yet.")
    for line in found:
        say_logged(run, line)


def say_logged(run: Run, line: LogLine) -> None:
    """One line of the log."""
    changed = f"{line.before} → {line.after}" if line.before and line.after else line.after
    run.row((run.ago(line.at), -6), " ".join(part for part in (line.actor, line.action, line.target) if part),
            line.reason, f"({changed})" if changed else "")  # fmt: skip


# -- the queue


@command("queue", argument("ID", "which", required=False), of=mod)
async def queue(run: Run, which: str | None, *, as_json: bool) -> None:
    """List what waits for you, or show one item with all that helps to decide."""
    if which is not None:
        page = await run.ctx.read(queue_views.queue_page, number(which))
        run.json(page) if as_json else _say_page(run, page)
        return
    found = await run.ctx.read(queue_views.queue_list)
    if as_json:
        run.json_lines(found)
        return
    if not found:
        run.say("Nothing waits for you.")
    for line in found:
        run.offer(f"mod queue {line.id}", *_cells(run, line), number=line.id)


def _cells(run: Run, line: QueueLine) -> list[Cell]:
    what = KINDS[line.kind] + (f" by {plural(len(line.reports), 'member')}" if len(line.reports) > 1 else "")
    claimed = f"{line.claimed_by} is dealing with it" if line.claimed_by else ""
    return [(run.ago(line.at), -4), (what, 14), _about(line), _where(line), excerpt(line.body), claimed]


def _about(line: QueueLine) -> str:
    return line.about or line.about_name or "somebody from the list's history"


def _where(line: QueueLine) -> str:
    if line.post_id:
        return f"#{line.post_id} in {line.board_title or 'a private board'}"
    return "a private message" if line.message_id else ""


def _say_page(run: Run, page: QueuePage) -> None:
    line = page.line
    run.say(" · ".join(part for part in (f"Item {line.id}", KINDS[line.kind], _about(line), _where(line)) if part))
    for part in (line.thread_title, line.remark):
        if part:
            run.say(part)
    if line.claimed_by:
        run.say(f"{line.claimed_by} is dealing with it.")
    for report in line.reports:
        run.say(f"Reported by {report.by}, {run.ago(report.at)}: {report.reason}")
    _say_texts(run, page)
    for person in page.history:
        _say_history(run, person)
    _say_echoes(run, page.echoes)
    _offer_actions(run, line)


def _say_texts(run: Run, page: QueuePage) -> None:
    run.say()
    run.say(page.line.body or "(no words of their own)")
    run.say()
    if page.line.hidden:
        run.say("Others do not see it any more.")
    if page.now:
        run.say("It was edited since, and says now:")
        run.say(page.now)
        run.say()
    for context in page.context:
        place = "Above" if context.post_id < page.line.post_id else "Below"
        run.say(f"{place}: #{context.post_id} by {context.author}: {context.words}")


def _say_history(run: Run, person: History) -> None:
    about = [f"here since {day(person.joined_at, run.ctx.zone)}", plural(person.posts, "post")]
    if person.upheld or person.not_upheld:
        about.append(f"{plural(person.upheld, 'report')} about them upheld, {person.not_upheld} not")
    if person.reported:
        about.append(f"has made {plural(person.reported, 'report')}, {person.reported_rightly} upheld")
    run.say(f"{person.handle}: {', '.join(about)}")
    for line in person.log:
        say_logged(run, line)


def _say_echoes(run: Run, echoes: Sequence[Echo]) -> None:
    if echoes:
        run.say("\n".join(_echo_lines(echoes)))


def _echo_lines(echoes: Sequence[Echo]) -> list[str]:
    head = f"{plural(len(echoes), 'other post')} {'holds' if len(echoes) == 1 else 'hold'} its words too:"
    return [head, *(f"  #{echo.post_id} by {echo.author} in {echo.thread_title}: {echo.words}" for echo in echoes)]


def _offer_actions(run: Run, line: QueueLine) -> None:
    if line.kind == "report":
        run.choices(("Hide it, for the reason reported", f"mod approve {line.id}"),
                    ("Nothing has to be done", f"mod settle {line.id} no-action"),
                    ("Take it for yourself", f"mod claim {line.id}"))  # fmt: skip
    else:
        run.choices(("Accept", f"mod approve {line.id}"), ("Take it for yourself", f"mod claim {line.id}"))


@command("claim", argument("ID", "which"), option("--off", is_flag=True, help="Give it back."), of=mod)
async def claim(run: Run, which: str, *, off: bool, as_json: bool) -> None:
    """Take an item of the queue for yourself, so that nobody else works on it."""
    line = await run.ctx.write(queue_handling.claim, number(which), claimed=not off)
    run.json(line) if as_json else run.say("Given back." if off else f"Item {line.id} is yours.")


@command("approve", argument("ID", "which"), argument("REASON", "reason", many=True, required=False), of=mod)
async def approve(run: Run, which: str, reason: tuple[str, ...], *, as_json: bool) -> None:
    """Let an applicant in, show a held post, or hide what was reported; the reason is for its author."""
    done = await run.ctx.write(queue_handling.approve, number(which), " ".join(reason))
    _say_settled(run, done, as_json=as_json)


@command("decline", argument("ID", "which"), argument("REASON", "reason", many=True, required=False), of=mod)
async def decline(run: Run, which: str, reason: tuple[str, ...], *, as_json: bool) -> None:
    """Do not do what an item asks for; whoever asked is told the reason."""
    words = " ".join(reason) or await run.ask("Reason, which they read: ", "REASON")
    _say_settled(run, await run.ctx.write(queue_handling.decline, number(which), words), as_json=as_json)


@command("settle", argument("ID", "which"), argument("done|no-action|duplicate", "outcome"),
         argument("NOTE", "note", many=True, required=False), of=mod)  # fmt: skip
async def settle(run: Run, which: str, outcome: str, note: tuple[str, ...], *, as_json: bool) -> None:
    """End a report; the reporters hear the outcome and the note."""
    done = await run.ctx.write(queue_handling.settle, number(which), outcome, " ".join(note))
    _say_settled(run, done, as_json=as_json)


def _say_settled(run: Run, done: Settled, *, as_json: bool) -> None:
    if as_json:
        run.json(done)
        return
    run.say(f"Item {done.id}: {done.outcome}.")
    if done.code:
        run.say(done.code)
        run.say(HAND_OVER)


# -- posts


@command("hide", argument("#POST REASON", "words", many=True),
         option("--also", multiple=True, metavar="#POST…", help="Others that hold its words."), of=mod)  # fmt: skip
async def hide(run: Run, words: tuple[str, ...], also: tuple[str, ...], *, as_json: bool) -> None:
    """Hide a post from all but its author and moderators. Its author reads the reason, and may mend it."""
    named = words[:1] if words[0].removeprefix("#").isdecimal() else ()
    wanted = await post_target(run, *(named or (None,)))
    reason, more = _reason_and_posts(words[len(named) :], also)
    reason = reason or await run.ask("Reason, which its author reads: ", "REASON")
    if not also:
        more = await _others_too(run, wanted.post_id)
    done = await run.ctx.write(moderation.hide_post, wanted.post_id, reason, also=more)
    if as_json:
        run.json(done)
    else:
        _say_hidden(run, done)


def _reason_and_posts(words: Sequence[str], also: Sequence[str]) -> tuple[str, list[int]]:
    """`--also #13 #14` names several: click hands over the second with the reason's words."""
    rest = list(words)
    posts = [number(name) for given in also for name in given.split(",") if name]
    while also and rest and rest[-1].startswith("#") and rest[-1][1:].isdecimal():
        posts.append(number(rest.pop()))
    return " ".join(rest), posts


async def _others_too(run: Run, post_id: int) -> list[int]:
    """Ask about those that hold the same words; a pipe hides the one that it names, and hears of the others."""
    echoes = [echo for echo in await run.ctx.read(moderation.echoes_of, post_id) if echo.may_hide]
    if not echoes:
        return []
    question = "\n".join([*_echo_lines(echoes), "Which do you hide?"])
    chosen = await run.choose(question, f"#{post_id} alone", "those too")
    return [echo.post_id for echo in echoes] if chosen else []


def _say_hidden(run: Run, done: Hidden) -> None:
    run.say(f"Hidden: {', '.join(f'#{post_id}' for post_id in done.post_ids)}")
    if done.notices:
        run.say(f"{plural(done.notices, 'notice')} with its words {'is' if done.notices == 1 else 'are'} not shown "
                "any more.")  # fmt: skip
    if done.echoes:
        _say_echoes(run, done.echoes)
        names = " ".join(f"'#{echo.post_id}'" for echo in done.echoes if echo.may_hide)
        if names:
            run.say(f"To hide those as well: mod hide '#{done.post_ids[0]}' REASON --also {names}")


@command("restore", argument("#POST", "given", required=False), of=mod)
async def restore(run: Run, given: str | None, *, as_json: bool) -> None:
    """Show a hidden post to everybody again."""
    wanted = await post_target(run, given)
    await run.ctx.write(moderation.restore_post, wanted.post_id)
    run.json({"post_id": wanted.post_id, "restored": True}) if as_json else run.say(f"Restored: #{wanted.post_id}")


@command("edit", argument("#POST", "given", required=False),
         option("--reason", default="personal data", help="What its author is told."), of=mod)  # fmt: skip
async def edit(run: Run, given: str | None, reason: str, *, as_json: bool) -> None:
    """Put the text from standard input in the place of a post's, to take personal data out."""
    wanted = await post_target(run, given)
    page = await run.ctx.read(threads.thread_page, wanted.thread_id, at=wanted.post_id, limit=1)
    post = next(post for post in page.posts if post.id == wanted.post_id)
    draft = DraftView(f"edit-out:{post.id}", "", post.body, None, new_key(), None)
    why_not = "" if page.head.may_moderate else "Only moderators can edit out personal data."
    draft = await run.written(draft, page.head.readers, why_not)
    found = await run.send(draft, moderation.edit_out, post.id, draft.body, reason=reason, revision=post.revision,
                           client_key=draft.client_key)  # fmt: skip
    if as_json:
        run.json({"post_id": post.id, "echoes": found})
        return
    run.say(f"Edited: #{post.id}. What it said before is for its author and moderators alone.")
    _say_echoes(run, found)


# -- threads


@command("pin", argument("THREAD", "given", required=False), of=mod)
async def pin(run: Run, given: str | None, *, as_json: bool) -> None:
    """Have a thread stand on top of its board."""
    wanted = await target(run, given)
    await run.ctx.write(moderation.pin_thread, wanted.thread_id, pinned=True)
    await _say_thread(run, wanted.thread_id, "Pinned", as_json=as_json)


@command("unpin", argument("THREAD", "given", required=False), of=mod)
async def unpin(run: Run, given: str | None, *, as_json: bool) -> None:
    """Have a pinned thread stand among the others again."""
    wanted = await target(run, given)
    await run.ctx.write(moderation.pin_thread, wanted.thread_id, pinned=False)
    await _say_thread(run, wanted.thread_id, "Not pinned any more", as_json=as_json)


@command("lock", argument("THREAD", "given", required=False), argument("REASON", "reason", many=True, required=False),
         of=mod)  # fmt: skip
async def lock(run: Run, given: str | None, reason: tuple[str, ...], *, as_json: bool) -> None:
    """Let a thread take no replies but moderators'. Whoever began it is told, and the reason."""
    wanted = await target(run, given)
    await run.ctx.write(moderation.lock_thread, wanted.thread_id, locked=True, reason=" ".join(reason))
    await _say_thread(run, wanted.thread_id, "Locked", as_json=as_json)


@command("unlock", argument("THREAD", "given", required=False), of=mod)
async def unlock(run: Run, given: str | None, *, as_json: bool) -> None:
    """Let a locked thread take replies again."""
    wanted = await target(run, given)
    await run.ctx.write(moderation.lock_thread, wanted.thread_id, locked=False)
    await _say_thread(run, wanted.thread_id, "Unlocked", as_json=as_json)


@command("rename", argument("THREAD", "given", required=False),
         option("--subject", metavar="WORDS", help="The new one."), joins_words=True, of=mod)  # fmt: skip
async def rename(run: Run, given: str | None, subject: str | None, *, as_json: bool) -> None:
    """Give a thread another subject. Whoever began it is told."""
    wanted = await target(run, given)
    title = subject or await run.ask("Subject: ", "--subject WORDS")
    await run.ctx.write(moderation.rename_thread, wanted.thread_id, title)
    await _say_thread(run, wanted.thread_id, "Renamed", as_json=as_json)


async def _say_thread(run: Run, thread_id: int, done: str, *, as_json: bool) -> None:
    head = (await run.ctx.read(threads.thread_page, thread_id, limit=1)).head
    if as_json:
        run.json({"thread_id": head.id, "pinned": head.pinned, "locked": head.locked})
    else:
        run.say(f"{done}: {head.title}")
