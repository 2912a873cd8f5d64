"""One channel: a terminal with an app in it, lines, or a command. What goes wrong in it ends it alone."""

import asyncio
import contextvars
import secrets
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Protocol, TypeAlias

import asyncssh
import structlog

from bbs.allowance import Allowance
from bbs.config import Settings
from bbs.context import Context, Visitor
from bbs.errors import Invalid, Unavailable
from bbs.presence import Presence
from bbs.services import members
from bbs.ssh import commands, plain
from bbs.ssh.idle import IdleTimer
from bbs.views.members import Ticket

log = structlog.get_logger()

ENV_KEPT = frozenset({"COLORTERM", "LANG", "LC_ALL", "LC_CTYPE", "NO_COLOR"})
STDIN_BOUND = 400_000
"""Bytes a command reads: a post of the greatest length, in the widest letters, and then some."""
FIRST_REQUEST_SECONDS = 30.0
"""A channel that asks for neither a terminal nor a command for so long is closed."""
DRAIN_SECONDS = 60.0
"""A client that takes nothing of a command's output for so long is hung up on."""
CHUNK = 65_536
IDLE_MEMBER = "Nobody has pressed a key for a long time, so this session has ended. What you typed is kept."
IDLE_VISITOR = "Nobody has pressed a key for a while, so this has ended. Nobody was signed up."
COPIERS = frozenset({"scp", "rsync", "sftp"})
"""Programs that a client runs on the server to copy files."""
NO_FILES = "Staffroom is a forum: it holds no files. 'ssh HANDLE@HOST help' lists what it can do."
COMMAND_SECONDS = 0.5
"""A command that is under way when its session ends has this long to be done."""
END_SECONDS = 1.5
"""An app that is told to end has this long to say goodbye."""

Guest: TypeAlias = Context | Visitor | str
"""Who has proved to be whom; a string is the reason why they may not come in."""


class Terminal(Protocol):
    """What an app gives to hear of its client."""

    def feed(self, data: bytes) -> None: ...
    def resize(self, width: int, height: int) -> None: ...
    def hung_up(self) -> None: ...


class TerminalApp(Protocol):
    """A full-screen program. `successor` takes over the terminal when it ends; else `farewell` is printed."""

    @property
    def terminal(self) -> Terminal: ...

    failure: BaseException | None
    farewell: str
    successor: Context | None

    async def serve(self) -> None: ...
    def end(self, reason: str) -> None:
        """Keep what is typed, and end with `reason` as the farewell."""

    def warn(self, text: str) -> None:
        """Say something above all that is on the screen."""


class AppFactory(Protocol):
    def __call__(
        self, guest: Context | Visitor, channel: "ForumSession", term: str, size: tuple[int, int], env: dict[str, str]
    ) -> TerminalApp: ...


class Owner(Protocol):
    """The connection that a session belongs to."""

    @property
    def settings(self) -> Settings: ...
    @property
    def allowance(self) -> Allowance:
        """What the keys and lines of this member's sessions may cost."""

    def channel_closed(self, session: "ForumSession") -> None: ...
    def session_ended(self, session: "ForumSession") -> None:
        """Its work is done, which can be after its channel is closed."""

    def signed_up(self, ticket: Ticket) -> None:
        """The visitor is a member now."""


class ForumSession(asyncssh.SSHServerSession[bytes]):
    """Carries bytes between a channel and an app or a command."""

    def __init__(self, owner: "Owner", guest: "asyncio.Future[Guest]", make_app: AppFactory, member_id: int) -> None:
        self._owner = owner
        self._guest = guest
        self._make_app = make_app
        self._chan: asyncssh.SSHServerChannel[bytes] | None = None
        self._term: str | None = None
        self._size = (80, 24)
        self._app: TerminalApp | None = None
        self._input = bytearray()
        self._input_ended = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._drained = asyncio.Event()
        self._drained.set()
        self._lost = False
        self.finished = asyncio.Event()
        self.member_id = member_id
        """0 for a visitor."""
        self._idle: IdleTimer | None = None
        self._presence: Presence | None = None

    @property
    def is_open(self) -> bool:
        return not self._lost

    @property
    def allowance(self) -> Allowance:
        return self._owner.allowance

    # -- what the channel tells

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._chan = chan
        self._deadline = asyncio.get_running_loop().call_later(FIRST_REQUEST_SECONDS, self.hang_up)

    def pty_requested(self, term_type: str, term_size: tuple[int, int, int, int], term_modes: object) -> bool:
        del term_modes
        self._term, self._size = term_type[:64], term_size[:2]
        return True

    def shell_requested(self) -> bool:
        self._start(self._run_terminal())
        return True

    def exec_requested(self, command: str) -> bool:
        is_copying = command.split(" ", 1)[0] in COPIERS
        self._start(self._refuse(NO_FILES) if is_copying else self._run_command(command))
        return True

    def subsystem_requested(self, subsystem: str) -> bool:
        """Accepted, so that it can be said why there is none."""
        self._start(self._refuse(NO_FILES if subsystem == "sftp" else f"There is no {subsystem[:40]!r} here."))
        return True

    async def _refuse(self, reason: str) -> None:
        self._write_error(reason)
        self._exit(1)
        self._finish()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        # A fresh context: Textual keeps the running app in a context variable, and tasks would inherit it.
        self._task = asyncio.get_running_loop().create_task(work, context=contextvars.Context())
        if self._deadline is not None:
            self._deadline.cancel()

    def data_received(self, data: bytes, datatype: object) -> None:
        del datatype
        if self._idle is not None:
            self._idle.touch()
        if self._app is not None:
            if self._presence is not None:
                self._presence.touched()
            self._app.terminal.feed(data)
            return
        room = max(0, STDIN_BOUND - len(self._input))
        self._input += data[:room]

    def eof_received(self) -> bool:
        self._input_ended.set()
        if self._app is not None:
            self._app.terminal.hung_up()
        return True

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        del pixwidth, pixheight
        self._size = (width, height)
        if self._app is not None:
            self._app.terminal.resize(width, height)

    def break_received(self, msec: int) -> bool:
        del msec
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._lost = True
        self._drained.set()
        self._owner.channel_closed(self)
        self._stop_idle_timer()
        if self._deadline is not None:
            self._deadline.cancel()
        if self._app is not None:
            self._app.terminal.hung_up()
        elif self._task is not None:
            self._task.cancel()  # what was being typed for a command is not whole, so it is not sent
        if self._task is None or self._task.done():
            self._finish()

    def _finish(self) -> None:
        self._app = self._task = None  # the task's context refers to the app, and that to this: none would be freed
        self._stop_idle_timer()
        self._owner.session_ended(self)
        self.finished.set()

    def _stop_idle_timer(self) -> None:
        if self._idle is not None:
            self._idle.stop()
            self._idle = None

    # -- what the app asks of the channel

    def write(self, data: bytes) -> None:
        if not self._lost and self._chan is not None and not self._chan.is_closing():
            self._chan.write(data)

    def backlog(self) -> int:
        """Bytes that the client has not taken. asyncssh's own flow control stops at the channel, so ask both."""
        if self._lost or self._chan is None:
            return 0
        transport = getattr(self._chan.get_connection(), "_transport", None)
        waiting: int = transport.get_write_buffer_size() if transport is not None else 0
        return self._chan.get_write_buffer_size() + waiting

    def hang_up(self) -> None:
        if self._app is not None:
            self._app.terminal.hung_up()
        if self._chan is not None and not self._lost:
            self._chan.abort()

    def pause_writing(self) -> None:
        self._drained.clear()

    def resume_writing(self) -> None:
        self._drained.set()

    def pause_reading(self) -> None:
        if self._chan is not None:
            self._chan.pause_reading()

    def resume_reading(self) -> None:
        if self._chan is not None and not self._lost:
            self._chan.resume_reading()

    # -- the work

    def end(self, reason: str) -> None:
        """Tell the member, and end."""
        if self._app is not None:
            self._app.end(reason)
            asyncio.get_running_loop().call_later(END_SECONDS, self._exit, 0)
        elif self._task is not None:  # a command; it may be the one that ends its own session, and is done in a moment
            asyncio.get_running_loop().call_later(COMMAND_SECONDS, self._break_off, reason)
        else:
            self._break_off(reason)

    def _break_off(self, reason: str) -> None:
        if not self.finished.is_set():
            self._say(reason)
            self._exit(1)

    def _say(self, text: str) -> None:
        text += "\n"
        self.write((text.replace("\n", "\r\n") if self._term is not None else text).encode())

    def _exit(self, status: int) -> None:
        if self._chan is not None and not self._lost and not self._chan.is_closing():
            self._chan.exit(status)

    async def _run_terminal(self) -> None:
        try:
            guest = await asyncio.shield(self._guest)  # all channels of a connection wait for it
            if isinstance(guest, str):
                self._say(guest)
                self._exit(3)
            else:
                await self._run_apps(guest)
        except asyncio.CancelledError:
            pass
        except Exception as error:  # noqa: BLE001 - the boundary: one session ends, the others go on
            self._broke(error)
        finally:
            self._finish()

    async def _run_apps(self, guest: Context | Visitor) -> None:
        """The app, and after a sign-up the one that follows it."""
        following: Context | Visitor | None = guest
        while following is not None and not self._lost:
            app = self._app_for(following)
            await self._serve(app, following)
            if app.failure is not None:
                raise app.failure
            following = app.successor
        if self._app is not None and self._app.farewell:
            self._say(self._app.farewell)
        self._exit(0)

    def _app_for(self, guest: Context | Visitor) -> TerminalApp:
        """The full screen, or plain mode where the terminal can do no more or the member wants no more."""
        if self._term is None or self._term.lower() in plain.TERMS or (isinstance(guest, Context) and guest.plain):
            before = self._app.terminal if isinstance(self._app, plain.PlainApp) else None
            return plain.PlainApp(guest, self, None if self._term is None else self._size, before)
        return self._make_app(guest, self, self._term, self._size, self._environment())

    async def _let_talk(self, app: TerminalApp) -> None:
        """Run an app, which begins with what was typed before it was there."""
        self._app = app
        self._watch_idleness()
        if self._input:
            early, self._input = bytes(self._input), bytearray()
            app.terminal.feed(early)
        if self._input_ended.is_set():
            app.terminal.hung_up()
        await app.serve()

    def _watch_idleness(self) -> None:
        settings = self._owner.settings
        self._stop_idle_timer()
        minutes = settings.member_idle if self.member_id else settings.visitor_idle
        self._idle = IdleTimer(60 * minutes, self._warn_of_end, self._end_of_idleness)

    def _warn_of_end(self, seconds: float) -> None:
        if self._app is not None:
            left = f"{round(seconds / 60)} minutes" if seconds > 90 else f"{round(seconds)} seconds"
            self._app.warn(f"You have not pressed a key for a while. This session ends in {left}; any key keeps it.")

    def _end_of_idleness(self) -> None:
        self.end(IDLE_MEMBER if self.member_id else IDLE_VISITOR)

    async def _serve(self, app: TerminalApp, guest: Context | Visitor) -> None:
        if isinstance(guest, Visitor):
            await self._let_talk(app)
            return
        if not self.member_id:
            self._owner.signed_up(guest.ticket)
        self.member_id = guest.ticket.member_id
        presence = self._presence = guest.forum.presence
        presence.arrive(self.member_id)
        try:
            await self._let_talk(app)
        finally:
            presence.leave(self.member_id)
            with suppress(Unavailable):
                await guest.forum.store.write(members.seen, self.member_id)

    def _environment(self) -> dict[str, str]:
        given = self._chan.get_environment() if self._chan is not None else {}
        return {name: value[:64] for name, value in given.items() if name in ENV_KEPT}

    async def _run_command(self, command: str) -> None:
        try:
            guest = await asyncio.shield(self._guest)
            if isinstance(guest, str):
                self._write_error(guest)
                self._exit(3)
            elif isinstance(guest, Visitor):
                self._write_error("Sign up first: connect as 'join' without a command.")
                self._exit(3)
            else:
                self.member_id = guest.ticket.member_id
                await self._obey(guest, command)
        except asyncio.CancelledError:
            pass
        except Exception as error:  # noqa: BLE001 - the boundary, as above
            self._broke(error)
        finally:
            self._finish()

    async def _obey(self, ctx: Context, command: str) -> None:
        """On a terminal somebody can be asked; at a pipe all must be given."""
        if self._term is not None:
            app = plain.OneCommand(ctx, self, self._size, command)
            await self._let_talk(app)
            if said := app.farewell or await commands.warning(ctx):
                self._say(said)
            self._exit(app.status)
            return
        done = await commands.run(commands.Piped(ctx, self.write_all, self._stdin), command)
        self._write_error(done.error)
        self._write_error(await commands.warning(ctx))
        self._exit(done.status)

    async def write_all(self, data: bytes) -> None:
        """Write as the client takes it."""
        for start in range(0, len(data), CHUNK):
            self.write(data[start : start + CHUNK])
            await asyncio.sleep(0)  # whoever has much to write lets others go on, if the client takes it ever so fast
            try:
                await asyncio.wait_for(self._drained.wait(), DRAIN_SECONDS)
            except TimeoutError:
                self.hang_up()
                return

    def _write_error(self, text: str) -> None:
        if text and self._chan is not None and not self._lost:
            self._chan.write_stderr(text.encode() + (b"\r\n" if self._term is not None else b"\n"))

    async def _stdin(self) -> bytes:
        """All that the client sends, to its end."""
        await self._input_ended.wait()
        if len(self._input) >= STDIN_BOUND:
            raise Invalid("That is more text than one post or message can have.")
        return bytes(self._input)

    def _broke(self, error: BaseException) -> None:
        """Log it without local variables, tell the member a reference, end this session alone."""
        reference = secrets.token_hex(4)
        log.error("session_broke", reference=reference, exc_info=(type(error), error, error.__traceback__))
        self._say(f"Something went wrong on our side, and this session has ended. What you typed is kept as a draft. "
                  f"If it happens again, tell an operator this reference: {reference}")  # fmt: skip
        self._exit(1)
