"""Plain mode: the forum in lines, for screen readers and the worst terminals. Its words are those of the commands."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.orm import Session

from bbs.context import Context, Visitor
from bbs.errors import BBSError, Forbidden, Invalid
from bbs.events import Event, KeysChanged, MemberChanged, MessageSent, Noticed, PostAdded, WarningsChanged
from bbs.public_keys import LONGEST_TEXT, is_block, is_half
from bbs.services import drafts, keys, news, notices, sanctions
from bbs.services.drafts import DraftView
from bbs.ssh import commands
from bbs.ssh.commands.base import DONE, Cell, Outcome, Run, attempt, words_of
from bbs.ssh.commands.reading import news_cells
from bbs.ssh.composing import Composition, Discarded, PutAside
from bbs.ssh.joining import NOBODY, sign_up
from bbs.ssh.lines import Channel, HungUp, Interrupted, LineTerminal, Stopped, Talk, wrapped
from bbs.text import ago, excerpt
from bbs.views.members import Actor
from bbs.views.moderation import waiting_words

P = ParamSpec("P")
T = TypeVar("T")

TERMS = frozenset(["", "dumb", "unknown"])
"""Terminals that can do nothing but show letters."""
QUIT = frozenset(["quit", "exit", "bye", "logout", "q"])
SHORT = {"": "next", "?": "help"}
NEWS_SAID = 3
OBEYED_UNSEEN = 20
"""Lines that are still obeyed once the client is gone: what somebody had typed ahead, and not 60,000 of them."""
GOODBYE = "You have signed out."
READ_MODERATORS = "dm moderators --read"


class PlainApp:
    """A session in lines. It stands in the place of the full-screen app, and ends as it does."""

    def __init__(
        self, guest: Context | Visitor, channel: Channel, size: tuple[int, int] | None,
        terminal: LineTerminal | None = None,
    ) -> None:  # fmt: skip
        """`terminal` is the one that somebody has signed up in: what they have typed ahead waits there."""
        self.terminal = terminal or LineTerminal(channel, size)
        self.failure: BaseException | None = None
        self.farewell = NOBODY if isinstance(guest, Visitor) else GOODBYE
        self.successor: Context | None = None
        self._guest = guest
        self._talk = Talk(self.terminal)

    async def serve(self) -> None:
        """Talk to the end."""
        with suppress(HungUp):
            if isinstance(self._guest, Visitor):
                self.successor, self.farewell = await sign_up(self._guest, self._talk)
            else:
                kind = ShutOutSession if self._guest.shut_out else PlainSession
                await kind(self._guest, self._talk).talk()

    def warn(self, text: str) -> None:
        self.terminal.warn(text)

    def end(self, reason: str) -> None:
        """A text that is being written keeps its draft."""
        self.farewell = reason
        self.terminal.stop()


class OneCommand(PlainApp):
    """`ssh -t HANDLE@host COMMAND`: somebody sits there, so what is missing is asked for, as in plain mode."""

    def __init__(self, ctx: Context, channel: Channel, size: tuple[int, int], command: str) -> None:
        super().__init__(ctx, channel, size)
        self.farewell = ""
        self.status = DONE
        self._run = Typed(ctx, self._talk)
        self._command = command

    async def serve(self) -> None:
        with suppress(HungUp, Interrupted, Stopped):
            self.status = await self._run.obey(self._command)


class Typed(Run):
    """Commands that somebody types: lists are numbered, what is missing is asked for, texts come line by line."""

    INTRODUCTION = (
        "Enter alone reads on through everything that is new. A number opens that line of the last list.",
        "#12 opens post 12, @isla shows a person, /words searches. 'quit' signs out. The words:",
    )
    CLOSING = ("'undo' takes back catching up and discarding. A word with --help says more: 'read --help'.",)
    UNDO = " 'undo' takes it back."

    def __init__(self, ctx: Context, talk: Talk) -> None:
        super().__init__(ctx, talk.write)
        self._talk = talk
        self.offers: list[str] = []
        self._listing = False

    def _begin(self) -> None:
        """A new command: its list, if it has one, takes the place of the last."""
        self._lines.clear()
        self._listing = False

    async def obey(self, line: str) -> int:
        """Do what a line says, and say what went wrong; the exit code."""
        return await self._do(commands.run(self, line))

    async def take_back(self) -> None:
        """Undo what was done last, once."""
        await self._do(attempt(self, "undo", self._take_back))

    async def _take_back(self) -> None:
        if self.undo is not None:
            await self.undo()
        self.say("Put back as it was." if self.undo else "There is nothing to put back.")
        self.undo = None

    async def _do(self, work: Awaitable[Outcome]) -> int:
        self._begin()
        try:
            outcome = await work
        except PutAside as aside:
            outcome = Outcome(aside.rest, DONE)
        except (Interrupted, Stopped):
            outcome = Outcome("Stopped.", DONE)
        if outcome.error:
            await self._talk.say(outcome.error)
        return outcome.status

    def say(self, text: str = "") -> None:
        for line in text.split("\n"):
            self._lines += wrapped(line, self._talk.terminal.width)

    def row(self, *cells: Cell) -> None:
        self.say(heard(cells))

    def offer(self, command: str, *cells: Cell, number: int = 0) -> None:
        del number
        if not self._listing:
            self._listing, self.offers = True, []
        self.offers.append(command)
        self.say(f"{len(self.offers)}. {heard(cells)}")

    def choices(self, *offers: tuple[str, str]) -> None:
        for text, command in offers:
            self.offer(command, text)

    async def give_file(self, name: str, content: bytes) -> None:
        del content
        raise Invalid(f"{name} is a file, and here are lines: run 'ssh HANDLE@HOST {name.partition('.')[0]} > {name}'.")

    async def ask(self, question: str, option: str, *, secret: bool = False) -> str:
        del option
        await self.show()
        return await self._talk.ask(question, secret=secret)

    async def choose(self, question: str, *offers: str) -> int:
        self.say(question)
        for number, words in enumerate(offers, 1):
            self.say(f"{number}. {words}")
        numbers = [str(number) for number, _ in enumerate(offers, 1)]
        asked = f"{', '.join(numbers[:-1])} or {numbers[-1]}: "
        while (answer := await self.ask(asked, "")) not in numbers:
            pass
        return numbers.index(answer)

    async def one_line(self, question: str) -> str:
        return await self.ask(question, "")

    async def pasted_keys(self, question: str) -> str:
        """What was pasted whole, so that none of its lines is taken for a command."""
        text, terminal = await self.ask(question, ""), self._talk.terminal
        while len(text) < LONGEST_TEXT and (is_block(text) or (not terminal.is_drained and is_half(text))):
            text += "\n" + await terminal.read_line()
        return text

    async def written(self, draft: DraftView, readers: str, why_not: str = "", *, titled: bool = False) -> DraftView:
        """Go on with the draft that is here, if the member wants, or begin."""
        if why_not:
            raise Forbidden(why_not)
        found = await self.ctx.read(drafts.draft, draft.place)
        goes_on = found is not None and await self._goes_on(found)
        if found is not None and goes_on:
            answers_id = draft.answers_id or found.answers_id
            draft = replace(found, subject=draft.subject or found.subject, answers_id=answers_id)
        while titled and not draft.subject:
            draft = replace(draft, subject=await self.ask("Subject: ", ""))
        if goes_on and draft != found:
            draft = await self.ctx.write(drafts.save_draft, draft)
        self.say(readers)
        await self.show()
        try:
            return await Composition(self.ctx, self._talk, draft, self.choose).write()
        except Discarded:
            self.undo = partial(self.ctx.write, drafts.restore_draft, draft.place)
            raise

    async def send(
        self, draft: DraftView, use_case: Callable[Concatenate[Session, Actor, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """It was kept while it was written, and stays when it is refused."""
        del draft
        return await self.ctx.write(use_case, *args, **kwargs)

    async def _goes_on(self, found: DraftView) -> bool:
        when = f" ({ago(found.saved_at, self.ctx.now(), self.ctx.zone)})" if found.saved_at else ""
        question = f"You have a draft here{when}: {found.subject or excerpt(found.body)}"
        if await self.choose(question, "Go on with it", "Start anew, and discard it") == 0:
            return True
        await self.ctx.write(drafts.discard_draft, found.place)
        self.undo = partial(self.ctx.write, drafts.restore_draft, found.place)
        return False


def heard(cells: Iterable[Cell]) -> str:
    """The parts of a line as a voice reads them."""
    return ", ".join(words for cell in cells if (words := words_of(cell).strip()))


class PlainSession:
    """One member's conversation with the forum."""

    def __init__(self, ctx: Context, talk: Talk) -> None:
        self._ctx = ctx
        self._talk = talk
        self._run = Typed(ctx, talk)
        self._told = self._queue_grew = self._keys_changed = self._warned = self._rings = False
        self._threads: set[int] = set()
        """Those in which others have written since what came was last said."""
        self._settings_changed = True
        self._looked_at = ctx.now()
        """What came before then has been said."""

    async def talk(self) -> None:
        """Until they sign out, or the line drops (HungUp)."""
        unsubscribe = self._ctx.forum.bus.subscribe(self._hear)
        try:
            await self._greet()
            unseen = 0
            while await self._answer() and unseen < OBEYED_UNSEEN:
                unseen += not self._talk.terminal.is_watched
        finally:
            unsubscribe()

    async def _greet(self) -> None:
        with suppress(Interrupted, Stopped):
            await self._talk.say(f"{self._ctx.forum.settings.name}, plain mode. You are {self._ctx.handle}. "
                                 "'help' lists the words, Enter reads on, 'quit' signs out.")  # fmt: skip
            for key in await self._ctx.read(keys.added_lately):
                await self._talk.say(f"A key was added to your account on {self._run.moment(key.added_at)}: "
                                     f"{key.fingerprint}. If it is not yours, 'keys remove {key.id}'.")  # fmt: skip
            if self._ctx.warned:
                await self._say_warnings()
            await self._run.obey("news")

    async def _say_warnings(self) -> None:
        for warning in await self._ctx.read(sanctions.warnings):
            await self._talk.say(f"{warning.told(self._ctx.zone)} 'warnings --acknowledge' says that you have read it.")

    async def _answer(self) -> bool:
        """Ask for one line and do what it says; False when it is 'quit'."""
        try:
            await self._say_what_came()
            line = await self._talk.ask("> ")
            if line.casefold() in QUIT:
                return False
            if line.casefold() == "undo":
                await self._run.take_back()
            else:
                await self._run.obey(self._meant(line))
        except (Interrupted, Stopped):
            pass
        except BBSError as error:
            await self._talk.say(error.message)
        return True

    def _meant(self, line: str) -> str:
        """The command behind a short form."""
        if line in SHORT:
            return SHORT[line]
        if line.isascii() and line.isdecimal():
            return self._offered(int(line[:6]))
        if line.startswith("#"):
            return f"read {line}"
        if line.startswith("@"):
            return f"person {line}"
        return f"search {line[1:]}" if line.startswith("/") else line

    def _offered(self, number: int) -> str:
        if not 1 <= number <= len(self._run.offers):
            raise BBSError(f"There is no {number} in the last list. 'read {number}' opens a thread by its number.")
        return self._run.offers[number - 1]

    # -- what comes meanwhile

    def _hear(self, event: Event) -> None:
        """Only note it: it is said at the next question, never into a line that is being typed. A bell may ring."""
        me = self._ctx.ticket.member_id
        told = isinstance(event, Noticed) and me in event.member_ids
        self._told |= told
        self._queue_grew |= told and isinstance(event, Noticed) and event.kind == "queue"
        if isinstance(event, PostAdded) and event.author_id != me:
            self._threads.add(event.thread_id)
        self._keys_changed |= isinstance(event, KeysChanged) and event.member_id == me
        self._settings_changed |= isinstance(event, MemberChanged) and event.member_id == me
        self._warned |= isinstance(event, WarningsChanged) and event.member_id == me
        if told and self._rings:
            self._talk.terminal.ring()

    async def _say_what_came(self) -> None:
        if self._settings_changed:
            self._settings_changed = False
            self._rings = (await self._ctx.read(notices.wishes)).bell
        if self._keys_changed:
            self._keys_changed = False
            await self._talk.say("A key was added to your account, or removed. 'keys' lists them.")
        if self._warned:
            self._warned = False
            await self._say_warnings()
        if self._queue_grew:
            self._queue_grew = False
            await self._say_what_waits()
        if not self._told and not self._threads:
            return
        threads, self._threads, self._told = self._threads, set(), False
        before, self._looked_at = self._looked_at, self._ctx.now()
        waiting = (await self._ctx.read(news.home)).news
        came = [line for line in waiting if line.at > before or (line.thread_id in threads and not line.notice_id)]
        if came:
            words = "; ".join(heard(news_cells(self._run, line)) for line in came[:NEWS_SAID])
            more = f"; and {len(came) - NEWS_SAID} more" if len(came) > NEWS_SAID else ""
            await self._talk.say(f"Just in: {words}{more}. Enter reads on.")

    async def _say_what_waits(self) -> None:
        waiting = (await self._ctx.read(news.standing)).queue
        if waiting:
            await self._talk.say(f"{waiting_words(waiting)}: 'mod queue' lists it.")


class ShutOutSession(PlainSession):
    """The one page of a member who is suspended or banned, in lines."""

    async def _greet(self) -> None:
        with suppress(Interrupted, Stopped):
            ctx = self._ctx
            await self._talk.say(f"{ctx.forum.settings.name}, plain mode. You are {ctx.handle}.")
            for sanction in await ctx.read(sanctions.own):
                await self._talk.say(sanction.told(ctx.zone))
            await self._talk.say(
                "'dm moderators' writes to those who moderate, Enter reads what was said, 'quit' "
                f"signs out. 'ssh {ctx.handle}@HOST takeout > takeout.zip' gives what is yours."
            )
            await self._run.obey(READ_MODERATORS)

    def _meant(self, line: str) -> str:
        return line or READ_MODERATORS

    def _hear(self, event: Event) -> None:
        me = self._ctx.ticket.member_id
        to_me = isinstance(event, MessageSent) and event.with_moderators and event.recipient_id == me
        self._told |= to_me and isinstance(event, MessageSent) and event.sender_id != me

    async def _say_what_came(self) -> None:
        if self._told:
            self._told = False
            await self._talk.say("The moderators have written to you. Enter reads it.")
