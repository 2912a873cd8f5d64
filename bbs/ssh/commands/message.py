"""Messages between two members, and with those who moderate."""

from functools import partial

import click

from bbs.services import messages, notices, reports
from bbs.services.drafts import DraftView, new_key
from bbs.ssh.commands.base import MAX_LINES, Cell, Place, Run, argument, command, new, number, option
from bbs.views.messages import ConversationPage, MessageView
from bbs.views.moderation import WAITS
from bbs.views.notices import NoticeLine


@command("inbox")
async def inbox(run: Run, *, as_json: bool) -> None:
    """List what you were told of and have not looked at, and your conversations, newest first."""
    told = await run.ctx.read(notices.inbox)
    found = await run.ctx.read(messages.inbox)
    unread = [line for line in told.notices if not line.read and line.kind != "message"]
    if as_json:
        run.json({"notices": unread, "unread": told.unread, "conversations": found})
        return
    if unread:
        run.say("Notices")
    for notice in unread:
        _offer_notice(run, notice)
    run.say("Conversations" if found else "No messages yet.")
    for line in found:
        words = f"{'you: ' if line.last_is_mine else ''}{line.last_words}"
        run.offer(f"dm {line.address} --read", new(line.unread), (line.address, 24),
                  (run.ago(line.last_at), -6), "your draft" if line.has_draft else "", words)  # fmt: skip


@command("notices", option("--mark-read", is_flag=True, help="Mark all of them as read."))
async def notices_(run: Run, *, mark_read: bool, as_json: bool) -> None:
    """List what you were told of: mentions, answers, new threads, messages, meetings."""
    page = await run.ctx.read(notices.inbox, limit=MAX_LINES)
    if as_json:
        run.json_lines(page.notices)
    else:
        for line in page.notices:
            _offer_notice(run, line)
        if not page.notices:
            run.say("No notices.")
        if page.more:
            run.say(f"The newest {MAX_LINES} are shown.")
    await run.show()
    if mark_read:
        marked = await run.ctx.write(notices.mark_read)
        run.undo = partial(run.ctx.write, notices.mark_unread, marked)


def _offer_notice(run: Run, line: NoticeLine) -> None:
    says = {
        "mention": f"{line.by} mentioned you", "reply": f"{line.by} answered you",
        "thread": f"{line.by} began a thread", "message": _wrote(line), "meeting": line.what,
        "history": line.what, "account": "your account", "moderation": line.what, "queue": WAITS.get(line.what, ""),
    }[line.kind]  # fmt: skip
    cells: tuple[Cell, ...] = ("" if line.read else ("new", 3), (run.ago(line.at), -6), says, line.title, line.words)
    if line.queue_item_id:
        run.offer(f"mod queue {line.queue_item_id}", *cells)
    elif line.post_id:
        run.offer(f"read #{line.post_id}", *cells)
    elif line.meeting_id:
        run.offer(f"meeting {line.meeting_id}", *cells)
    elif line.conversation_id:
        address = {"to moderators": f"moderators/{line.by}", "from moderators": "moderators"}.get(line.what, line.by)
        run.offer(f"dm {address} --read", *cells)
    else:
        run.row(*cells)


def _wrote(line: NoticeLine) -> str:
    return f"{line.by} wrote to {'the moderators' if line.what == 'to moderators' else 'you'}"


@command(
    "dm",
    argument("HANDLE"),
    option("--read", is_flag=True, help="Print the conversation instead."),
    option("--before", type=click.IntRange(min=0, clamp=True), default=0, metavar="ID",
           help="What was said before this message."),
)  # fmt: skip
async def dm(run: Run, handle: str, *, read: bool, before: int, as_json: bool) -> None:
    """Write to one member, or to all who moderate (HANDLE is 'moderators'; for those who answer 'moderators/HANDLE').
    With --read print what was said. The text comes from standard input.
    """
    if handle.casefold() == messages.MODERATORS:
        page = await run.ctx.read(messages.moderators_page, before=before)  # which is open to everybody
    else:
        page = await run.ctx.read(messages.conversation_with, handle, before=before)  # refused before anything is typed
    if read:
        await show_messages(run, page, only_new=False, as_json=as_json)
        return
    await write_to(run, page, as_json=as_json)


async def write_to(run: Run, page: ConversationPage, *, as_json: bool) -> None:
    """Have a message written and send it."""
    why_not = "" if page.may_write else "This member's account is closed."
    draft = DraftView(page.draft_place, "", "", None, new_key(), None)
    draft = await run.written(draft, f"{page.readers}.", why_not)
    if page.address == messages.MODERATORS:
        sent = await run.send(draft, messages.send_to_moderators, draft.body, client_key=draft.client_key)
    else:
        sent = await run.send(draft, messages.send_message, page.address, draft.body, client_key=draft.client_key)
    run.json(sent) if as_json else run.say(f"Sent to {page.with_handle}.")


async def show_messages(run: Run, page: ConversationPage, *, only_new: bool, as_json: bool) -> None:
    """Print a conversation, or what is new of it, and mark it as read as far as it was printed."""
    last = 0
    if not as_json:
        run.say(f"{page.readers}.")
    if page.before and not as_json and (page.messages[0].unread or not only_new):
        run.say(f"What was said earlier: dm {page.address} --read --before {page.messages[0].id}")
    try:
        for message in page.messages:
            if only_new and not message.unread:
                continue
            if as_json:
                run.json(message)
            else:
                say_message(run, message)
            await run.show()
            last = message.id
    finally:
        if last and page.address == messages.MODERATORS:
            await run.ctx.note(messages.read_moderators, last)
        elif last:
            await run.ctx.note(messages.read_conversation, page.id, last)
    run.place = Place(handle=page.address)


def say_message(run: Run, message: MessageView) -> None:
    """One message."""
    run.say()
    mark = " · new" if message.unread else ""
    run.say(f"{message.author} · {run.moment(message.sent_at)} · message {message.id}{mark}")
    run.say(message.body or (messages.REMOVED if message.state == "removed" else messages.HIDDEN))


ANYWAY = option("--yes", "anyway", is_flag=True, help="Send it even where only its author could act on it.")


async def asked_anyway(run: Run, why_not: str) -> bool:
    """Whether a report shall go off of which `why_not` warns; at a pipe it is refused, unless --yes was given."""
    return bool(why_not) and await run.choose(why_not, "Do not send it", "Send it all the same") == 1


@command("report-message", argument("ID"), argument("REASON", many=True, required=False), ANYWAY)
async def report_message(
    run: Run, id: str, reason: tuple[str, ...], *, anyway: bool, as_json: bool  # noqa: A002 - the argument's name
) -> None:  # fmt: skip
    """Hand one message to the moderators; they see this one and nothing else of the conversation."""
    anyway = anyway or await asked_anyway(run, await run.ctx.read(reports.nobody_else_of_message, number(id)))
    words = " ".join(reason) or await run.ask("What is wrong with it: ", "REASON")
    await run.ctx.write(reports.report_message, number(id), words, anyway=anyway)
    run.json({"message_id": number(id), "reported": True}) if as_json else run.say("Reported to the moderators.")
