"""Threads, replies, edits, removals, thanks, reports and drafts."""

import click

from bbs.errors import Forbidden
from bbs.services import boards, drafts, messages, posts, reports, threads
from bbs.services.drafts import DraftLine, DraftView, new_key
from bbs.ssh.commands.base import Run, argument, command, off, option, post_target, target
from bbs.ssh.commands.message import ANYWAY, asked_anyway, write_to
from bbs.text import excerpt
from bbs.views.threads import HELD, Posted

FATES = ("keep", "lock", "remove")
KINDS = {"thread": "Reply", "board": "New thread", "post": "Edit", "edit-out": "Edit out", "message": "Message",
         "moderators": "Message"}  # fmt: skip


def _say_posted(run: Run, done: Posted, *, as_json: bool) -> None:
    if as_json:
        run.json(done)
    else:
        run.say(HELD if done.held else f"Posted: thread {done.thread_id}, #{done.post_id}")


@command("post", argument("BOARD"), argument("WORDS", many=True, required=False),
         option("--subject", "-s", help="What it is about."))  # fmt: skip
async def post(run: Run, board: str, words: tuple[str, ...], subject: str | None, *, as_json: bool) -> None:
    """Open a thread. The text comes from standard input."""
    subject = " ".join((subject or "", *words)).strip()  # ssh hands over what was quoted as bare words
    page = await run.ctx.read(boards.board_page, board, limit=1)  # refused before anything is typed
    draft = DraftView(f"board:{page.board.id}", subject, "", None, new_key(), None)
    draft = await run.written(draft, page.readers, page.why_not, titled=True)
    done = await run.send(draft, posts.start_thread, board, draft.subject, draft.body, client_key=draft.client_key)
    _say_posted(run, done, as_json=as_json)


@command("reply", argument("THREAD|#POST", "given", required=False))
async def reply(run: Run, given: str | None, *, as_json: bool) -> None:
    """Answer in a thread, or to the post #1234. The text comes from standard input."""
    if given is None and run.place.handle:
        await write_to(run, await run.ctx.read(messages.conversation_with, run.place.handle), as_json=as_json)
        return
    wanted = await target(run, given)
    head = (await run.ctx.read(threads.thread_page, wanted.thread_id, limit=1)).head  # refused before anything is typed
    draft = DraftView(f"thread:{wanted.thread_id}", "", "", wanted.post_id or None, new_key(), None)
    draft = await run.written(draft, head.readers, head.why_not)
    done = await run.send(draft, posts.reply, wanted.thread_id, draft.body, answers_id=draft.answers_id,
                          client_key=draft.client_key)  # fmt: skip
    _say_posted(run, done, as_json=as_json)


@command("edit", argument("#POST", "given", required=False))
async def edit(run: Run, given: str | None, *, as_json: bool) -> None:
    """Change a post of your own. The new text comes from standard input."""
    wanted = await post_target(run, given)
    page = await run.ctx.read(threads.thread_page, wanted.thread_id, at=wanted.post_id, limit=1)
    post = next(post for post in page.posts if post.id == wanted.post_id)
    if not post.may_edit:
        raise Forbidden(f"You can edit your own posts, for {threads.EDIT_HOURS} hours.")
    draft = DraftView(f"post:{post.id}", "", post.body, None, new_key(), None)
    draft = await run.written(draft, page.head.readers)
    done = await run.send(draft, posts.edit_post, post.id, draft.body, revision=post.revision,
                          client_key=draft.client_key)  # fmt: skip
    run.json(done) if as_json else run.say(f"Changed: #{done.post_id}")


@command(
    "delete",
    argument("#POST", "given", required=False),
    option("--thread", "fate", type=click.Choice(FATES), help="What becomes of it when its first post goes."),
)
async def delete(run: Run, given: str | None, fate: str | None, *, as_json: bool) -> None:
    """Remove a post of your own: it reads 'removed by its author', and answers to it stay."""
    wanted = await post_target(run, given)
    page = await run.ctx.read(threads.thread_page, wanted.thread_id, at=1, limit=1)
    if fate is None and page.posts[0].id == wanted.post_id:
        chosen = await run.choose("It began the thread, which you can", "keep", "lock", "remove with all its posts")
        fate = FATES[chosen]
    await run.ctx.write(posts.delete_post, wanted.post_id, thread=fate or "keep")
    run.json({"post_id": wanted.post_id, "deleted": True}) if as_json else run.say(f"Removed: #{wanted.post_id}")


@command("thank", argument("#POST", "given", required=False), off("Take it back."))
async def thank(run: Run, given: str | None, *, off: bool, as_json: bool) -> None:
    """Thank for a post."""
    wanted = await post_target(run, given)
    await run.ctx.write(posts.thank, wanted.post_id, thanked=not off)
    if as_json:
        run.json({"post_id": wanted.post_id, "thanked": not off})
    else:
        run.say("Taken back." if off else f"Thanked for #{wanted.post_id}.")


@command("report", argument("#POST REASON", "words", many=True, required=False), ANYWAY)
async def report(run: Run, words: tuple[str, ...], *, anyway: bool, as_json: bool) -> None:
    """Ask the moderators to look at a post, and say why."""
    named = words[:1] if words and words[0].removeprefix("#").isdecimal() else ()
    wanted = await post_target(run, *(named or (None,)))
    anyway = anyway or await asked_anyway(run, await run.ctx.read(reports.nobody_else_of_post, wanted.post_id))
    reason = " ".join(words[len(named) :]) or await run.ask("What is wrong with it: ", "REASON")
    await run.ctx.write(reports.report_post, wanted.post_id, reason, anyway=anyway)
    run.json({"post_id": wanted.post_id, "reported": True}) if as_json else run.say("Reported to the moderators.")


@command("drafts", option("--restore", metavar="PLACE", help="Bring back what was discarded there, e.g. thread:12."))
async def drafts_(run: Run, restore: str | None, *, as_json: bool) -> None:
    """List what you have written and not sent, and what you discarded since yesterday."""
    if restore is not None:
        await run.ctx.write(drafts.restore_draft, restore)
    found = await run.ctx.read(drafts.draft_list)
    if as_json:
        run.json_lines(found)
        return
    if not found:
        run.say("No drafts. What you type and do not send is kept here for 30 days.")
    slugs = {board.id: board.slug for board in await run.ctx.read(boards.board_list)}
    for line in found:
        when = run.ago(line.draft.saved_at) if line.draft.saved_at else ""
        kind = KINDS.get(line.draft.place.partition(":")[0], "Form")
        run.offer(_opens(line, slugs), (kind, 10), "discarded" if line.discarded else "", line.where,
                  line.draft.subject, excerpt(line.draft.body), when)  # fmt: skip


def _opens(line: DraftLine, slugs: dict[int, str]) -> str:
    """The command that goes on with a draft, or brings it back."""
    kind, _, key = line.draft.place.partition(":")
    if line.discarded:
        return f"drafts --restore {line.draft.place}"
    number = int(key) if key.isdecimal() else 0
    return {"thread": f"reply {key}", "board": f"post {slugs.get(number, key)}", "post": f"edit {key}",
            "edit-out": f"mod edit {key}",
            "message": f"dm {line.where}", "moderators": f"dm {line.where}"}.get(kind, "drafts")  # fmt: skip
