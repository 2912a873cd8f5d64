"""What every command stands on: how it is called, what it says and asks, and how it ends."""

import dataclasses
import json
import re
import shlex
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar

import click
import structlog
from sqlalchemy.orm import Session

from bbs.context import Context
from bbs.errors import BBSError, Conflict, Forbidden, Invalid, NotFound, SignedOut, TooFast, Unavailable, Unconfirmed
from bbs.public_keys import text_of
from bbs.services import acting, drafts, threads
from bbs.services.drafts import DraftView
from bbs.ssh.lines import Left
from bbs.text import ago, capped, excerpt, moment, shown
from bbs.views.members import Actor

log = structlog.get_logger()

DONE, OUR_FAULT, USAGE, NOT_FOUND, TOO_FAST, REFUSED = 0, 1, 2, 3, 4, 5
MAX_COMMAND = 8192
"""Bytes of a command line. To take apart a longer one would hold up everybody."""
MAX_OPTIONS = 200
"""Words of a command that begin as an option does. Each unknown one is compared with those that there are: where any
word may follow, 2,000 of them held up everybody for 0.17 s."""
LEFT_TO_THE_SHUT_OUT = frozenset({"dm", "takeout"})
"""Commands that the one page of a suspended or banned member has; the services say what of them."""
MAX_LINES = 200
"""Threads, members or notices that one command prints."""
_STARTS = re.compile(r"(-?(?:[a-z]+:)?)(.*\s.*)", re.DOTALL)
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])")
_STANDS_FOR_IT = "\ue000"
_NOT_IN_JSON = re.compile("[\x7f-\x9f\u2028\u2029]")
"""Controls that JSON lets stand and a terminal obeys."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class Place:
    """What was opened last, one of these: what a command is about when it names nothing."""

    thread_id: int = 0
    post_id: int = 0
    board_id: int = 0
    """Where the thread is: there reading goes on."""
    handle: str = ""
    """Of a conversation."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`error` is one line, without its line end."""

    error: str
    status: int


Cell = str | tuple[str, int]
"""Words, and the width of their column; below 0 they stand at its right."""


def words_of(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell[0]


def _padded(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    return cell[0].rjust(-cell[1]) if cell[1] < 0 else cell[0].ljust(cell[1])


class Run(ABC):
    """One command under way: what it says, and whom it asks. `place` and what is shown stay from one to the next."""

    INTRODUCTION: ClassVar[Sequence[str]]
    """What stands over the list of commands."""
    CLOSING: ClassVar[Sequence[str]]
    """What stands under it."""

    UNDO: ClassVar[str]
    """What is said after something that `undo` takes back."""

    def __init__(self, ctx: Context, write: Callable[[str], Awaitable[None]]) -> None:
        self.ctx = ctx
        self.place = Place()
        self.undo: Callable[[], Awaitable[object]] | None = None
        self._write = write
        self._lines: list[str] = []

    # -- saying

    def say(self, text: str = "") -> None:
        """Lines as they are; what knows how wide its reader's terminal is wraps them."""
        self._lines += map(shown, text.split("\n"))

    @abstractmethod
    def row(self, *cells: Cell) -> None:
        """One thing of a list, in parts; empty ones are left out where no column has to be kept."""

    @abstractmethod
    def offer(self, command: str, *cells: Cell, number: int = 0) -> None:
        """The same for a thing that `command` opens; `number` is its own, by which commands know it."""

    @abstractmethod
    def choices(self, *offers: tuple[str, str]) -> None:
        """What can be done next, in words and as a command, for whoever can choose."""

    def exactly(self, text: str) -> None:
        """What must keep its own line ends, the last one too."""
        self._lines.append(text.removesuffix("\n"))

    def json(self, view: object) -> None:
        line = json.dumps(view, default=_plain, ensure_ascii=False)
        self._lines.append(_NOT_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", line))

    def json_lines(self, views: Iterable[object]) -> None:
        for view in views:
            self.json(view)

    @abstractmethod
    async def give_file(self, name: str, content: bytes) -> None:
        """Send a file. Raises Invalid where lines are read by somebody."""

    async def show(self) -> None:
        """Send what was said, as the client takes it."""
        if self._lines:
            text, self._lines = "".join(f"{line}\n" for line in self._lines), []
            await self._write(text)

    # -- asking

    @abstractmethod
    async def ask(self, question: str, option: str, *, secret: bool = False) -> str:
        """What the member answers. Where nobody can be asked, `option` had to be given: a usage error."""

    @abstractmethod
    async def choose(self, question: str, *offers: str) -> int:
        """Which of the offers it shall be, from 0 on; the first where nobody can be asked."""

    @abstractmethod
    async def one_line(self, question: str) -> str:
        """What is given at standard input, or answered."""

    @abstractmethod
    async def pasted_keys(self, question: str) -> str:
        """The same for what may be a file of keys, in one line or several."""

    @abstractmethod
    async def written(self, draft: DraftView, readers: str, why_not: str = "", *, titled: bool = False) -> DraftView:
        """The draft with the text that the member wrote, and with a subject if it is `titled`.

        `readers` says who will see it. Where it would be refused for the reason `why_not`, nobody is made to write it.
        """

    @abstractmethod
    async def send(
        self, draft: DraftView, use_case: Callable[Concatenate[Session, Actor, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Send what was written. Refused, it is kept as a draft."""

    # -- words

    def ago(self, when: datetime) -> str:
        return ago(when, self.ctx.now(), self.ctx.zone)

    def moment(self, when: datetime) -> str:
        return moment(when, self.ctx.zone)


class Piped(Run):
    """A command that `ssh HANDLE@host COMMAND` gave: long text comes from standard input, and nobody can be asked."""

    INTRODUCTION = ("Staffroom commands: ssh HANDLE@HOST COMMAND. Without one, the forum opens in your terminal.",)
    CLOSING = (
        "COMMAND --help says more. --json prints JSON, one object a line for lists.",
        "Exit codes: 0 done, 2 usage, 3 not found or not allowed, 4 too fast, 5 refused, 1 our fault.",
    )
    UNDO = ""

    def __init__(
        self, ctx: Context, write_bytes: Callable[[bytes], Awaitable[None]], stdin: Callable[[], Awaitable[bytes]]
    ) -> None:
        super().__init__(ctx, lambda text: write_bytes(text.encode()))
        self._write_bytes = write_bytes
        self._stdin = stdin

    async def give_file(self, name: str, content: bytes) -> None:
        del name
        await self._write_bytes(content)

    def row(self, *cells: Cell) -> None:
        self.say("  ".join(_padded(cell) for cell in cells).rstrip())

    def offer(self, command: str, *cells: Cell, number: int = 0) -> None:
        del command
        self.row(*([(str(number), -6)] if number else []), *cells)

    def choices(self, *offers: tuple[str, str]) -> None:
        """A pipe chooses nothing."""

    async def ask(self, question: str, option: str, *, secret: bool = False) -> str:
        del secret
        raise click.UsageError(f"{question.rstrip(': ')} is missing: give it as {option}")

    async def choose(self, question: str, *offers: str) -> int:
        del question, offers
        return 0

    async def one_line(self, question: str) -> str:
        del question
        return await self._text()

    async def pasted_keys(self, question: str) -> str:
        del question
        return text_of(await self._stdin())

    async def _text(self) -> str:
        try:
            return (await self._stdin()).decode()
        except UnicodeDecodeError:
            raise Invalid("That text is not UTF-8, so nothing was sent.") from None

    async def written(self, draft: DraftView, readers: str, why_not: str = "", *, titled: bool = False) -> DraftView:
        """It is written already, so it is tried, and kept when it is refused."""
        del readers, why_not
        if titled and not draft.subject:
            raise click.UsageError("The subject is missing: give it as --subject WORDS")
        return dataclasses.replace(draft, body=await self._text())

    async def send(
        self, draft: DraftView, use_case: Callable[Concatenate[Session, Actor, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Refused for now, it is kept after a draft that is there already."""
        try:
            return await self.ctx.write(use_case, *args, **kwargs)
        except (Conflict, TooFast):
            await self.ctx.write(drafts.keep_both, draft)
            raise


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def new(count: int) -> Cell:
    """'3 new', or '', in a column."""
    return (f"{capped(count)} new" if count else "", -7)


async def run(state: Run, line: str) -> Outcome:
    """Run one command line."""
    if len(line.encode()) > MAX_COMMAND:
        return Outcome(f"A command can have {MAX_COMMAND:,} bytes at most. Give long text at standard input.", USAGE)
    return await attempt(state, line, partial(_obey, state, shown(line)))


async def _obey(state: Run, line: str) -> None:
    words = split(line)
    if sum(len(word) > 1 and word.startswith("-") for word in words) > MAX_OPTIONS:
        raise click.UsageError(f"A command can have {MAX_OPTIONS} options at most")
    if state.ctx.shut_out and not LEFT_TO_THE_SHUT_OUT.issuperset(words[:1] or [""]):
        await state.ctx.read(acting.be_let_in)
    work = main.main(words, prog_name="", standalone_mode=False, obj=state)
    if not isinstance(work, int):  # or help was printed
        await work


async def attempt(state: Run, line: str, work: Callable[[], Awaitable[None]]) -> Outcome:
    """Do what `line` says; what it said is shown, whatever becomes of it."""
    try:
        await work()
    except click.ClickException as error:
        return await _failed(state, f"{error.format_message().rstrip('.?')}. 'help' lists the commands.", USAGE)
    except BBSError as error:
        return await _failed(state, error.message, _status(error))
    except Left:
        raise
    except Exception:
        log.exception("command_broke", command=excerpt(line, 20))
        return await _failed(state, "Something went wrong on our side; nothing was changed.", OUR_FAULT)
    await state.show()
    return Outcome("", DONE)


async def _failed(state: Run, error: str, status: int) -> Outcome:
    await state.show()
    return Outcome(" ".join(shown(error).split()), status)


def split(command: str) -> list[str]:
    """Words as a shell would take them; an apostrophe inside a word is no quote."""
    try:
        words = shlex.split(_APOSTROPHE.sub(_STANDS_FOR_IT, command))
    except ValueError:
        return command.split()
    return [word.replace(_STANDS_FOR_IT, "'") for word in words]


def quoted_again(words: Iterable[str]) -> str:
    """Words as they were typed: a phrase of several has its quotes back ('-in:a b' → '-in:"a b"')."""
    return " ".join(_STARTS.sub(r'\1"\2"', word) if _STARTS.fullmatch(word) else word for word in words)


def _status(error: BBSError) -> int:
    if isinstance(error, NotFound | Forbidden | SignedOut):
        return NOT_FOUND
    if isinstance(error, Unavailable):
        return OUR_FAULT
    return TOO_FAST if isinstance(error, TooFast) else REFUSED


class _Group(click.Group):
    """Commands under one word. Help goes to the member, not to the server's standard output."""

    def __init__(self, name: str, *, alone: str, help: str = "") -> None:  # noqa: A002 - click's name for it
        """`alone` is the command that the word alone stands for."""
        super().__init__(name, help=help, add_help_option=False)
        self._alone = alone
        if help:
            self.params.append(_help_option())

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args or [self._alone])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A command can have a name of two words: 'poll close' before 'poll'."""
        name = " ".join(args[:2])
        if name in self.commands:
            return name, self.commands[name], args[2:]
        return super().resolve_command(ctx, args)


class _Wordy(click.Command):
    """What follows an option belongs to it up to the next option: ssh hands over what was quoted as bare words."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, list(self._joined(args)))

    def _joined(self, args: list[str]) -> Iterator[str]:
        takes_words = {name for param in self.params if isinstance(param, click.Option) and not param.is_flag
                       for name in param.opts}  # fmt: skip
        words: list[str] | None = None
        for arg in args:
            if words is not None and not arg.startswith("--"):
                words.append(arg)
                continue
            if words:
                yield " ".join(words)
            words = [] if arg in takes_words else None
            yield arg
        if words:
            yield " ".join(words)


def _print_help(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's signature
    if wanted:
        ctx.obj.say(ctx.get_help())
        ctx.exit()


def _help_option() -> click.Option:
    return option("--help", is_flag=True, is_eager=True, expose_value=False, callback=_print_help,
                  help="Say how it is used.")  # fmt: skip


main = _Group("staffroom", alone="help")


def group(name: str, *, alone: str, help: str) -> click.Group:  # noqa: A002 - click's name for it
    """A word with commands under it ('mod hide'), each made with `command(…, of=…)`; by itself it does `alone`."""
    found = _Group(name, alone=alone, help=help)
    main.add_command(found)
    return found


def command(
    name: str, *params: click.Parameter, takes_any_word: bool = False, joins_words: bool = False,
    of: click.Group | None = None,
) -> Callable[[Callable[..., Awaitable[None]]], click.Command]:  # fmt: skip
    """A command whose function is a coroutine over Run; every one has `--json`.

    The name can have two words. `takes_any_word`: what looks like an unknown option ('-not') is a word like the others.
    `joins_words`: the value of an option goes on to the next option, so arguments come before the options.
    `of`: the group it is in.
    """

    def made(function: Callable[..., Awaitable[None]]) -> click.Command:
        options = [*params, option("--json", "as_json", is_flag=True, help="Print JSON.")]
        found = (_Wordy if joins_words else click.Command)(
            name, params=[*options, _help_option()], help=function.__doc__, add_help_option=False,
            callback=click.pass_obj(function), context_settings={"ignore_unknown_options": takes_any_word},
        )  # fmt: skip
        (of or main).add_command(found)
        return found

    return made


def argument(shown_as: str, name: str = "", *, many: bool = False, required: bool = True,
             kind: Any = None) -> click.Argument:  # fmt: skip
    """`shown_as` stands in the help; `name` is the function's parameter."""
    return click.Argument([name or shown_as.lower()], metavar=shown_as, nargs=-1 if many else 1, required=required,
                          type=kind)  # fmt: skip


def option(*names: str, **more: Any) -> click.Option:
    return click.Option(names, **more)


def off(says: str) -> click.Option:
    """The option that takes something back."""
    return option("--off", is_flag=True, help=says)


def number(given: str) -> int:
    """12 of '12' or '#12'."""
    digits = given.removeprefix("#")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 15:
        raise click.UsageError(f"{excerpt(given, 30)} is not a number such as 12 or #1234")
    return int(digits)


@dataclass(frozen=True, slots=True)
class Target:
    """A thread, or (`post_id`) one post in it."""

    thread_id: int
    post_id: int


async def target(run: Run, given: str | None) -> Target:
    """What 'THREAD|#POST' names; without it, what is open."""
    if given is None:
        if not run.place.thread_id:
            raise click.UsageError("No thread is open: name one, such as 12 or #1234")
        return Target(run.place.thread_id, 0)
    if given.startswith("#"):
        return Target(await run.ctx.read(threads.thread_of_post, number(given)), number(given))
    return Target(number(given), 0)


async def post_target(run: Run, given: str | None) -> Target:
    """One post: '#1234', or without it the one that was shown last."""
    if given is None:
        if not run.place.post_id:
            raise click.UsageError("No post is open: name one, such as #1234")
        return Target(run.place.thread_id, run.place.post_id)
    return await target(run, f"#{number(given)}")


def on_or_off(value: str) -> bool:
    if value.casefold() not in {"on", "yes", "off", "no"}:
        raise Invalid("Say on or off.")
    return value.casefold() in {"on", "yes"}


async def confirmed(run: Run, use_case: Callable[..., T], *args: Any, yes: bool, **more: Any) -> T:
    """Do what has to be agreed to first: by `yes`, or where somebody can be asked, by their answer."""
    try:
        return await run.ctx.write(use_case, *args, agreed=yes, **more)
    except Unconfirmed as found:
        if await run.choose(f"{found.message} You can", "leave it as it is", "do it") == 0:
            raise Unconfirmed(f"{found.message} Nothing was changed: --yes does it.") from None
        return await run.ctx.write(use_case, *args, agreed=True, **more)
