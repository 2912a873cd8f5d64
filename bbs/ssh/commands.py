"""`ssh HANDLE@host COMMAND`: the forum in plain text or JSON, for pipes and scripts. Same services as the screens."""

import dataclasses
import json
import shlex
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

import click
import structlog
from sqlalchemy.orm import Session

from bbs.context import Context
from bbs.errors import BBSError, Conflict, Forbidden, NotFound, SignedOut, TooFast
from bbs.services import boards, drafts, meetings, messages, people, posts, threads
from bbs.services.drafts import DraftView, new_key
from bbs.text import ago, capped, excerpt, moment, plural
from bbs.views.meetings import MeetingLine, MeetingPage
from bbs.views.members import Actor
from bbs.views.threads import PostView, ThreadPage

log = structlog.get_logger()

DONE, OUR_FAULT, USAGE, NOT_FOUND, TOO_FAST, REFUSED = 0, 1, 2, 3, 4, 5
MAX_LINES = 200
"""Threads or messages that one command prints."""
MAX_POSTS = 2000
"""Posts that `read` prints: they are in memory at once."""

P = ParamSpec("P")
T = TypeVar("T")
Stdin = Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command printed; `error` is one line, without its line end."""

    output: str
    error: str
    status: int


@dataclass(slots=True)
class Run:
    """One command under way."""

    ctx: Context
    stdin: Stdin
    lines: list[str] = dataclasses.field(default_factory=list)

    def say(self, line: str = "") -> None:
        self.lines.append(line)

    def json(self, view: object) -> None:
        self.lines.append(json.dumps(view, default=_plain, ensure_ascii=False))

    def json_lines(self, views: Iterable[object]) -> None:
        for view in views:
            self.json(view)

    async def keeping(
        self, draft: DraftView, use_case: Callable[Concatenate[Session, Actor, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Send what was typed. Refused for now, it is kept as a draft, after one that is there already."""
        try:
            return await self.ctx.write(use_case, *args, **kwargs)
        except (Conflict, TooFast):
            before = await self.ctx.read(drafts.draft, draft.place)
            if before is not None:
                draft = dataclasses.replace(before, body=f"{before.body}\n\n{draft.body}")
            await self.ctx.write(drafts.save_draft, draft)
            raise

    def ago(self, when: datetime) -> str:
        return ago(when, self.ctx.now(), self.ctx.zone)


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


async def run(ctx: Context, command: str, stdin: Stdin) -> Answer:
    """Run one command line as this member."""
    state = Run(ctx, stdin)
    try:
        work = main.main(_split(command), prog_name="", standalone_mode=False, obj=state)
        if isinstance(work, int):  # help was printed
            return Answer("".join(f"{line}\n" for line in state.lines), "", DONE)
        await work
    except click.ClickException as error:
        return Answer("", f"{error.format_message().rstrip('.?')}. 'help' lists the commands.", USAGE)
    except BBSError as error:
        return Answer(_printed(state), error.message, _status(error))
    except Exception:
        log.exception("command_broke", command=excerpt(command, 20))
        return Answer("", "Something went wrong on our side; nothing was changed.", OUR_FAULT)
    return Answer(_printed(state), "", DONE)


def _split(command: str) -> list[str]:
    """Words as a shell would take them; an apostrophe in plain words is no quote."""
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def _printed(state: Run) -> str:
    return "".join(f"{line}\n" for line in state.lines)


def _status(error: BBSError) -> int:
    if isinstance(error, NotFound | Forbidden | SignedOut):
        return NOT_FOUND
    return TOO_FAST if isinstance(error, TooFast) else REFUSED


class _Help(click.Group):
    """Help goes to the member, not to the server's standard output."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args or ["help"])


def _print_help(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's signature
    if wanted:
        ctx.obj.say(ctx.get_help())
        ctx.exit()


def command(name: str, *params: click.Parameter) -> Callable[[Any], Any]:
    """A command whose function is a coroutine over Run; every one has `--json`."""

    def made(function: Callable[..., Awaitable[None]]) -> click.Command:
        options = [*params, click.Option(["--json", "as_json"], is_flag=True, help="Print JSON.")]
        helping = click.Option(["--help"], is_flag=True, is_eager=True, expose_value=False, callback=_print_help,
                               help="Say how it is used.")  # fmt: skip
        found = click.Command(
            name, params=[*options, helping], help=function.__doc__, add_help_option=False,
            callback=click.pass_obj(function),
        )  # fmt: skip
        main.add_command(found)
        return found

    return made


main = _Help("staffroom", add_help_option=False)


def _argument(name: str, *, many: bool = False, required: bool = True, kind: Any = None) -> click.Argument:
    return click.Argument([name.lower()], metavar=name, nargs=-1 if many else 1, required=required, type=kind)


@command("help")
async def help_(run: Run, *, as_json: bool) -> None:
    """List the commands."""
    if as_json:
        run.json_lines({"name": name, "help": found.help} for name, found in sorted(main.commands.items()))
        return
    run.say("Staffroom commands: ssh HANDLE@HOST COMMAND. Without one, the forum opens in your terminal.")
    run.say()
    for name, found in sorted(main.commands.items()):
        usage = " ".join([name, *(p.make_metavar(click.Context(found)) for p in found.params
                                  if isinstance(p, click.Argument))])  # fmt: skip
        run.say(f"  {usage:<26} {(found.help or '').splitlines()[0]}")
    run.say()
    run.say("COMMAND --help says more. --json prints JSON, one object a line for lists.")
    run.say("Exit codes: 0 done, 2 usage, 3 not found or not allowed, 4 too fast, 5 refused, 1 our fault.")


@command("whoami")
async def whoami(run: Run, *, as_json: bool) -> None:
    """Say who you are here."""
    profile = await run.ctx.read(people.profile, run.ctx.handle)
    if as_json:
        run.json(profile)
        return
    person = profile.person
    run.say(f"{person.handle} · {person.display_name} · {person.role}")
    if profile.suspended_until and profile.suspended_until > run.ctx.now():
        run.say(f"Suspended until {moment(profile.suspended_until, run.ctx.zone)}: you can read and cannot write.")


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
        last = f"{board.last_author}, {run.ago(board.last_post_at)}" if board.last_post_at else ""
        run.say(f"  {capped(board.unread):>3}  {board.slug:<16} {board.title:<28} {last}".rstrip())


@command("threads", _argument("BOARD"))
async def threads_(run: Run, board: str, *, as_json: bool) -> None:
    """List a board's threads, newest activity first."""
    page = await run.ctx.read(boards.board_page, board, limit=MAX_LINES)
    if as_json:
        run.json_lines(page.threads)
        return
    run.say(f"{page.board.title} · {page.readers}")
    for line in page.threads:
        marks = ("pinned " if line.pinned else "") + ("locked " if line.locked else "")
        run.say(f"{line.id:>6}  {capped(line.unread):>3}  {marks}{line.title}"
                f"  ({plural(line.posts, 'post')}, {line.last_author}, {run.ago(line.last_post_at)})")  # fmt: skip
    if page.more:
        run.say(f"The newest {MAX_LINES} are shown.")


@command("read", _argument("THREAD|#POST"))
async def read(run: Run, *, as_json: bool, **given: str) -> None:
    """Print a thread, or the one post #1234. Marks what it prints as read."""
    target = given["thread|#post"]
    number = _number(target)
    if target.startswith("#"):
        thread_id = await run.ctx.read(threads.thread_of_post, number)
        page = await run.ctx.read(threads.thread_page, thread_id, at=number, limit=1)
        wanted = [post for post in page.posts if post.id == number]
    else:
        page, wanted = await _whole(run, number)
    if as_json:
        run.json_lines(wanted)
    else:
        _print_thread(run, page, wanted)
    if not target.startswith("#") and wanted:
        await run.ctx.write(posts.mark_read, page.head.id, wanted[-1].id)


async def _whole(run: Run, thread_id: int) -> tuple[ThreadPage, list[PostView]]:
    page = await run.ctx.read(threads.thread_page, thread_id, at=1)
    wanted = list(page.posts)
    more = page.after
    while more and len(wanted) < MAX_POSTS:
        part = await run.ctx.read(threads.posts, thread_id, after=wanted[-1].id)
        wanted += part.posts
        more = part.after
    return page, wanted


def _print_thread(run: Run, page: ThreadPage, wanted: list[PostView]) -> None:
    run.say(page.head.title)
    run.say(f"{page.head.board_title} · {page.head.readers} · thread {page.head.id}")
    for post in wanted:
        run.say()
        unread = " · new" if post.unread else ""
        edited = " · edited" if post.edited_at else ""
        run.say(f"#{post.id} · {post.author} · {moment(post.created_at, run.ctx.zone)}{edited}{unread}")
        run.say(post_text(post))


def post_text(post: PostView) -> str:
    """A post's words, or why there are none."""
    if post.state == "deleted":
        return "(removed by its author)"
    if post.state == "hidden" and not post.body:
        return "(hidden by a moderator)"
    return post.body


def _number(target: str) -> int:
    digits = target.removeprefix("#")
    if not digits.isdecimal() or len(digits) > 15:
        raise click.UsageError(f"{target} is not a number such as 12 or #1234")
    return int(digits)


@command(
    "post",
    _argument("BOARD"),
    _argument("WORDS", many=True, required=False),
    click.Option(["--subject", "-s"], required=True, help="What it is about."),
)
async def post(run: Run, board: str, words: tuple[str, ...], subject: str, *, as_json: bool) -> None:
    """Open a thread; the text comes from standard input."""
    subject = " ".join((subject, *words))  # ssh hands over what was quoted as bare words
    page = await run.ctx.read(boards.board_page, board, limit=1)  # refused before anything is typed
    draft = DraftView(f"board:{page.board.id}", subject, await run.stdin(), None, new_key(), None)
    done = await run.keeping(draft, posts.start_thread, board, subject, draft.body, client_key=draft.client_key)
    run.json(done) if as_json else run.say(f"Posted: thread {done.thread_id}, #{done.post_id}")


@command("reply", _argument("THREAD|#POST"))
async def reply(run: Run, *, as_json: bool, **given: str) -> None:
    """Answer in a thread, or to the post #1234; the text comes from standard input."""
    target = given["thread|#post"]
    number = _number(target)
    answers = number if target.startswith("#") else None
    thread_id = await run.ctx.read(threads.thread_of_post, number) if answers else number
    await run.ctx.read(threads.thread_page, thread_id, limit=1)  # refused before anything is typed
    draft = DraftView(f"thread:{thread_id}", "", await run.stdin(), answers, new_key(), None)
    done = await run.keeping(draft, posts.reply, thread_id, draft.body, answers_id=answers,
                             client_key=draft.client_key)  # fmt: skip
    run.json(done) if as_json else run.say(f"Posted: thread {done.thread_id}, #{done.post_id}")


@command("meetings", click.Option(["--past"], is_flag=True, help="Those that are over."),
         click.Option(["--ics"], is_flag=True, help="Print a calendar file."))  # fmt: skip
async def meetings_(run: Run, *, past: bool, ics: bool, as_json: bool) -> None:
    """List meetings, soonest first."""
    found = await run.ctx.read(meetings.meeting_list, past=past)
    if ics:
        run.say((await run.ctx.read(meetings.calendar, [line.id for line in found])).rstrip("\r\n"))
    elif as_json:
        run.json_lines(found)
    elif not found:
        run.say("No meetings are past." if past else "No meeting is planned.")
    else:
        for line in found:
            run.say(_meeting_words(run, line))


def _meeting_words(run: Run, line: MeetingLine) -> str:
    places = "" if line.places_left is None else f", {plural(line.places_left, 'place')} left"
    answer = "cancelled" if line.cancelled else f"you: {line.answer or 'not answered'}"
    when, place = moment(line.starts_at, run.ctx.zone), line.place or "place to be said"
    return f"{line.id:>4}  {when}  {line.title} · {place} · {line.going} going{places} · {answer}"


@command("meeting", _argument("ID", kind=click.INT), click.Option(["--ics"], is_flag=True, help="A calendar file."))
async def meeting(run: Run, id: int, *, ics: bool, as_json: bool) -> None:  # noqa: A002 - the argument's name
    """Show one meeting."""
    if ics:
        run.say((await run.ctx.read(meetings.calendar, [id])).rstrip("\r\n"))
        return
    page = await run.ctx.read(meetings.meeting_page, id)
    run.json(page) if as_json else _print_meeting(run, page)


def _print_meeting(run: Run, page: MeetingPage) -> None:
    run.say(_meeting_words(run, page.line).strip())
    run.say(f"Called by {page.called_by} · lasts {plural(page.line.minutes, 'minute')}")
    for label, names in (("Going", page.going), ("Waiting", page.waiting), ("Maybe", page.maybe), ("No", page.cannot)):
        if names:
            run.say(f"{label}: {', '.join(names)}")
    if page.agenda:
        run.say()
        run.say(page.agenda)


@command("rsvp", _argument("ID", kind=click.INT), _argument("ANSWER", kind=click.Choice(meetings.ANSWERS)))
async def rsvp(run: Run, id: int, answer: str, *, as_json: bool) -> None:  # noqa: A002 - the argument's name
    """Answer a meeting: yes, maybe or no."""
    line = await run.ctx.write(meetings.rsvp, id, answer)
    if as_json:
        run.json(line)
    elif line.waiting:
        run.say("You are on the waiting list: you move up when somebody cannot come.")
    else:
        run.say(f"You answered {answer}: {line.title}, {moment(line.starts_at, run.ctx.zone)}.")


@command("inbox")
async def inbox(run: Run, *, as_json: bool) -> None:
    """List your conversations, newest first."""
    found = await run.ctx.read(messages.inbox)
    if as_json:
        run.json_lines(found)
        return
    if not found:
        run.say("No messages yet.")
    for line in found:
        who = "you: " if line.last_is_mine else ""
        run.say(f"{capped(line.unread):>3}  {line.with_handle:<24} {run.ago(line.last_at):>6}  {who}{line.last_words}")


@command("dm", _argument("HANDLE"), click.Option(["--read"], is_flag=True, help="Print the conversation instead."))
async def dm(run: Run, handle: str, *, read: bool, as_json: bool) -> None:
    """Write to one member; the text comes from standard input. With --read, print what was said."""
    if not read:
        page = await run.ctx.read(messages.conversation_with, handle)  # refused before anything is typed
        draft = DraftView(f"message:{page.with_id}", "", await run.stdin(), None, new_key(), None)
        sent = await run.keeping(draft, messages.send_message, handle, draft.body, client_key=draft.client_key)
        run.json(sent) if as_json else run.say(f"Sent to {handle.casefold().removeprefix('@')}.")
        return
    page = await run.ctx.read(messages.conversation_with, handle)
    if as_json:
        run.json_lines(page.messages)
    else:
        run.say(f"Only you and {page.with_handle} can read this.")
        for message in page.messages:
            run.say()
            run.say(f"{message.author} · {moment(message.sent_at, run.ctx.zone)}{' · new' if message.unread else ''}")
            run.say(message.body or "(hidden by a moderator)")
    if page.messages:
        await run.ctx.write(messages.read_conversation, page.id, page.messages[-1].id)


@command("people", _argument("WORDS", many=True, required=False))
async def people_(run: Run, words: tuple[str, ...], *, as_json: bool) -> None:
    """List members, or those whose name, work, sector or region hold the words."""
    online = run.ctx.forum.presence.members()
    page = await run.ctx.read(people.directory, " ".join(words), online=online, limit=MAX_LINES)
    if as_json:
        run.json_lines(page.people)
        return
    if not page.people:
        run.say("Nobody matches all these words.")
    for person in page.people:
        work = ", ".join(part for part in (person.job_title, person.organisation, person.sector, person.region) if part)
        run.say(f"{person.handle:<24} {person.display_name}{' · online' if person.online else ''}"
                f"{' · ' + work if work else ''}")  # fmt: skip
    if page.more:
        run.say(f"The first {MAX_LINES} are shown; add words.")
