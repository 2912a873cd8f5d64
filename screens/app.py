"""The app of one signed-in member: where they are, what comes from other members, and keeping what was typed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any, ClassVar

import structlog
from textual.binding import Binding, BindingType

from bbs.context import Context, Visitor
from bbs.errors import Forbidden, NotFound
from bbs.events import (
    BoardsChanged,
    DiskTurned,
    DraftChanged,
    Event,
    KeysChanged,
    MinutePassed,
    Noticed,
    NoticesRead,
    QueueChanged,
    RolesChanged,
    WarningsChanged,
)
from bbs.services import news, notices, roles, sanctions, threads
from screens.channel import Channel
from screens.driver import ServedScreen
from screens.forms.asking import AskingApp
from screens.forms.compose import Compose
from screens.forms.join import JoinApp
from screens.forms.jump import JumpBox
from screens.forms.modal import Modal
from screens.forms.writing import Writing
from screens.markdown import MarkdownLines
from screens.outgoing import FEW_LETTERS
from screens.palette import Palette
from screens.places import PLACES
from screens.places.shut_out import ShutOutScreen
from screens.session import Undo
from screens.telling import NoticeCount
from screens.terminal import Terminal, clamp
from screens.themes import DEFAULT, THEMES
from screens.visits import Visits

log = structlog.get_logger()

REFRESH_SPREAD = 0.4
"""Seconds over which sessions read again what changed for all of them, so that they do not all read at once."""


class StaffroomApp(AskingApp):
    """One member's session. It keeps the promises of `screens.session.Session`."""

    terminal: Terminal
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "sign_out", show=False, priority=True),
        Binding("ctrl+l", "redraw", show=False, priority=True),
        Binding("f6,ctrl+t", "mouse", show=False, priority=True),
    ]

    def __init__(self, ctx: Context, terminal: Terminal, markdown: MarkdownLines) -> None:
        super().__init__(terminal, ctx.theme if ctx.theme in THEMES else DEFAULT)
        self.ctx = ctx
        self.farewell = ""
        self.successor: Context | None = None
        self.undo: Undo | None = None
        self.notices = NoticeCount(self)
        self.home = (ShutOutScreen if ctx.shut_out else PLACES["home"])(ctx, markdown)
        self.visits = Visits(self, ctx, markdown, PLACES, self.home)
        self._unheard: list[Event] = []

    def get_default_screen(self) -> ServedScreen:
        return self.home

    # -- its life

    async def serve(self) -> None:
        """Run to the end; then keep what was typed, however it ended. What it died of is in `failure`."""
        unsubscribe = self.ctx.forum.bus.subscribe(self._receive)
        self.terminal.open(lambda: self.end(""))
        self.hold()  # until Home is there, so that it is painted once
        try:
            await self.run_here()
        finally:
            unsubscribe()
            self.terminal.close()
            await self._end()

    def on_mount(self) -> None:
        self.do(self._begin)

    async def _begin(self) -> None:
        try:
            await self.visits.go(self.home.KIND)
            if self.terminal.encoding != "utf-8":
                self.say(FEW_LETTERS)
        finally:
            self.go_on()

    async def stop(self) -> None:
        self.notices.stop()
        await super().stop()

    async def _end(self) -> None:
        """Keep what was typed, and let go of what was shown."""
        await self.stop()  # again, for an app that did not come as far as closing its screens
        for keep in tuple(self.keepers):
            try:
                await keep()
            except Exception:
                log.exception("draft_not_kept", handle=self.ctx.handle)
        self.free()

    def end(self, reason: str) -> None:
        """Say `reason` after the screen is given back, and end."""
        if not self.is_over:
            self.is_over = True
            self.farewell = reason
            self.exit()

    def warn(self, text: str) -> None:
        self.guarded(lambda: self.tell(text))

    def sign_out(self) -> None:
        typing = self.screen is not self.visits.here or self.visits.here.is_asking
        self.end("You have signed out. What you typed is kept." if typing else "You have signed out.")

    def guarded(self, act: Callable[[], None]) -> None:
        """Do what nobody waits for: its fault ends this session, and not what called."""
        try:
            act()
        except Exception as error:  # noqa: BLE001 - the boundary of the session
            self._handle_exception(error)

    # -- keys

    @property
    def is_ready(self) -> bool:
        here = self.visits.here
        if self._screen_stack and self.screen is here:
            return self.jobs.is_idle or here.is_asking
        return super().is_ready

    def action_sign_out(self) -> None:
        self.sign_out()

    def action_redraw(self) -> None:
        self.repaint()

    def action_mouse(self) -> None:
        self.terminal.turn_mouse(on=not self.terminal.has_mouse)
        self.tell("The mouse works here again." if self.terminal.has_mouse else
                  "Your terminal has the mouse: select and paste with it. F6 or Ctrl+T takes it back.")  # fmt: skip

    def action_theme(self, name: str) -> None:
        self.do(lambda: self._keep_theme(name))

    async def _keep_theme(self, name: str) -> None:
        await self.ctx.write(notices.wish_theme, name)
        self.use_theme(name)
        self.say(f"Colours: {name}.")

    def use_theme(self, name: str) -> None:
        self.theme = name

    def open_palette(self) -> None:
        self.do(self._open_palette)

    async def _open_palette(self) -> None:
        mine = await self.ctx.read(roles.own)
        async with self.painted_once():
            await self.push_screen(Palette(mine))
            await self.workers.wait_for_complete()  # one fills its list

    # -- going to a place

    async def open(self, kind: str, *args: Any, replace: bool = False) -> Any:
        return await self.visits.open(kind, *args, replace=replace)

    async def go(self, kind: str, *args: Any) -> Any:
        return await self.visits.go(kind, *args)

    async def back(self) -> None:
        await self.visits.back()

    async def open_post(self, post_id: int, *, replace: bool = False) -> Any:
        thread_id = await self.ctx.read(threads.thread_of_post, post_id)
        return await self.open("thread", thread_id, post_id, replace=replace)

    async def open_any(
        self, thread_id: int, post_id: int, conversation_id: int, meeting_id: int, notice_id: int = 0, *,
        poll_id: int = 0, replace: bool = False,
    ) -> bool:  # fmt: skip
        if thread_id:
            await self.open("thread", thread_id, post_id, replace=replace)
        elif conversation_id:
            await self.open("conversation", conversation_id, replace=replace)
        elif meeting_id:
            await self.open("meeting", meeting_id, replace=replace)
        elif poll_id:
            await self.open("poll", poll_id, replace=replace)
        elif notice_id:
            await self.open("notice", notice_id, replace=replace)
        return bool(thread_id or conversation_id or meeting_id or poll_id or notice_id)

    async def read_on(self) -> None:
        here = self.visits.here
        step = await self.ctx.read(news.read_on, board_id=here.board_id)
        if step.notice_id:
            await self.ctx.note(notices.mark_read, step.notice_id)
        went = await self.open_any(step.thread_id, step.post_id, step.conversation_id, step.meeting_id, step.notice_id,
                                    poll_id=step.poll_id, replace=here.is_reading)  # fmt: skip
        if step.words or not went:
            self.say(step.words or "You are up to date.")

    async def jump(self) -> None:
        place = await self.show_modal(await self.kept(JumpBox, lambda: JumpBox(self.ctx)))
        if place is None:
            return
        if place.kind == "post":
            await self.open_post(place.id)
        else:
            kind = {"person": "profile"}.get(place.kind, place.kind)
            await self.open(kind, place.name if place.kind == "person" else place.id)

    # -- saying and asking

    def say(self, text: str, *, fault: bool = False) -> None:
        self.visits.here.say(text, fault=fault)

    def tell(self, text: str) -> None:
        """Say something on whatever lies on top."""
        screen = self.screen
        (screen if isinstance(screen, Modal) else self).say(text)

    def mention(self, text: str) -> None:
        if self.screen is self.visits.here and not self.visits.here.is_asking:
            self.say(text)

    async def write(self, writing: Writing) -> Any:
        editor = await self.kept(Compose, lambda: Compose(self.ctx))
        editor.writing = writing
        return await self.show_modal(editor)

    # -- what happens elsewhere

    def _receive(self, event: Event) -> None:
        """Something happened in the forum. Called for every event in the process, from outside: must be cheap."""
        me = self.ctx.ticket.member_id
        own = DraftChanged | KeysChanged | NoticesRead | WarningsChanged
        mine = isinstance(event, own) and event.member_id == me
        noticed = isinstance(event, Noticed | QueueChanged) and me in event.member_ids
        timely = isinstance(event, MinutePassed | DiskTurned)
        if mine or noticed or timely or self._may_close(event) or self.visits.here.hears(event):
            self.call_later(self._take_event, event)

    def _take_event(self, event: Event) -> None:
        me = self.ctx.ticket.member_id
        if isinstance(event, MinutePassed):
            self.show_header()
            self.do(self.close_unused)
            return
        if isinstance(event, DiskTurned):
            self._tell_of_disk()
            return
        if isinstance(event, DraftChanged) and event.member_id == me:
            for modal in self.modals():
                if modal.is_open:
                    modal.tell(event)
        if self._may_close(event) or self.visits.here.hears(event):
            self._hear(event)
        if isinstance(event, KeysChanged) and event.member_id == me:
            self.say("A key was added to your account, or removed: k on your own page lists them.", fault=True)
        if isinstance(event, WarningsChanged) and event.member_id == me and not self.ctx.shut_out:
            self.do(self._tell_of_warning)
        if (isinstance(event, Noticed | QueueChanged) and me in event.member_ids) or (
            isinstance(event, NoticesRead) and event.member_id == me
        ):
            self.notices.hear(event if isinstance(event, Noticed) and not self._shows(event) else None)

    def _tell_of_disk(self) -> None:
        self.show_header()
        if self.ctx.forum.store.keeps:
            self.tell("The forum saves what you write again.")
        else:
            self.tell("The forum's disk takes nothing just now. You can read; what you type stays on your screen.")

    async def _tell_of_warning(self) -> None:
        if await self.ctx.read(sanctions.warnings):
            self.tell("A moderator has warned you: Home (0) shows why.")

    def _shows(self, notice: Noticed) -> bool:
        return self.screen is self.visits.here and self.visits.here.shows(notice)

    def _hear(self, event: Event) -> None:
        """Tell the place soon, all that came at once together."""
        first = not self._unheard
        self._unheard.append(event)
        if first:
            self.soon(lambda: self.do(self._pass_on))

    def _may_close(self, event: Event) -> bool:
        """Whether what the member sees now may be closed to them after this."""
        if isinstance(event, RolesChanged):
            return self.visits.here.closes and event.member_id == self.ctx.ticket.member_id
        return isinstance(event, BoardsChanged) and self.visits.here.closes

    async def _pass_on(self) -> None:
        """A place that is closed to the member by now is left: nothing of it stays on the screen."""
        heard, self._unheard = self._unheard, []
        here = self.visits.here
        wanted = [event for event in heard if here.hears(event)]
        try:
            if wanted:
                await here.heard(wanted)
            elif here.closes:
                await here.reload()
        except (NotFound, Forbidden) as error:
            if here is self.home:
                raise
            await self.visits.back()
            self.say(error.message, fault=True)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is still to be heard, counted or painted. For tests."""
        waits = self._unheard and self.screen is self.visits.here
        return self.is_painted and not waits and not self.notices.is_counting

    def soon(self, act: Callable[[], None]) -> None:
        delay = 0.05 + random.random() * REFRESH_SPREAD  # noqa: S311 - spreads them, and hides nothing
        asyncio.get_running_loop().call_later(delay, self._if_here, act)

    def _if_here(self, act: Callable[[], None]) -> None:
        if not self.is_over and self.is_running:
            self.guarded(act)

    def show_header(self) -> None:
        self.visits.here.show_header()

    def entitle(self, title: str, *, ring: bool) -> None:
        self.terminal.entitle(title, ring=ring)


class AppMaker:
    """Makes the app for whoever connects. One for a process: it holds what sessions share."""

    def __init__(self) -> None:
        self._markdown = MarkdownLines()

    def __call__(
        self, guest: Context | Visitor, channel: Channel, term: str, size: tuple[int, int], env: dict[str, str]
    ) -> StaffroomApp | JoinApp:
        terminal = Terminal(channel, term, clamp(*size), env)
        if isinstance(guest, Visitor):
            return JoinApp(guest, terminal)
        return StaffroomApp(guest, terminal, self._markdown)
