"""Where a member is, and the way that led there: visits one upon another, and the few screens that show them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from bbs.context import Context
from bbs.errors import BBSError, SignedOut
from screens.driver import ServedApp
from screens.markdown import MarkdownLines
from screens.place import Place, Visit

T = TypeVar("T")

DEPTH = 20
"""Visits to go back through; the oldest are forgotten, Home never."""
KEPT = 4
"""Screens that are kept besides Home: those that were used last. Each is about 110 KiB."""
SLOW = 0.15
"""Seconds after which the member is told that something is being fetched."""


class Visits:
    """One for a session. Home is always the first visit, and the screen at the bottom of Textual's stack."""

    def __init__(
        self, app: ServedApp, ctx: Context, markdown: MarkdownLines, places: dict[str, type[Place]], home: Place
    ) -> None:
        self._app = app
        self._ctx = ctx
        self._markdown = markdown
        self._places = places
        self._home = home
        self.here: Place = home
        """The place that is on the screen, whatever lies over it."""
        self._screens: list[Place] = []
        """Those that are kept, the last used one last."""
        self._made = 0
        self.stack = [Visit(home.KIND, (), home)]
        home.visit = self.stack[0]
        home.start(())

    async def open(self, kind: str, *args: Any, replace: bool = False) -> Place:
        """Go to a place; it is read before it is shown, so that a refusal leaves everything as it is."""
        place = self._screen_for(kind)
        place.start(args)
        place.visit = Visit(kind, args, place)
        try:
            await self._patiently(place.load())
        except BBSError:
            place.visit = None
            raise
        place.place_cursor()
        if replace and len(self.stack) > 1:
            self._leave(self.stack.pop())
        self.stack.append(place.visit)
        if len(self.stack) > DEPTH:
            self._leave(self.stack.pop(1))
        await self._show(place)
        return place

    async def go(self, kind: str, *args: Any) -> Place:
        """Go to one of the main places. Home forgets the way that led here."""
        if kind != self._home.KIND:
            return await self.open(kind, *args, replace=len(self.stack) > 1 and kind == self.here.KIND)
        home = self._home
        await self._patiently(home.load())
        home.place_cursor()
        for visit in self.stack[1:]:
            self._leave(visit)
        del self.stack[1:]
        await self._show(home)
        return home

    async def back(self) -> None:
        """Go to the place before, as it is now. One that is closed to the member by now is passed over."""
        if len(self.stack) < 2:
            return
        closed = ""
        self._leave(self.stack.pop())
        while True:
            try:
                place = await self._patiently(self._again(self.stack[-1]))
                break
            except SignedOut:
                raise
            except BBSError as error:
                closed = error.message
                if len(self.stack) == 1:
                    place = self._home
                    break
                self._leave(self.stack.pop())
        await self._show(place)
        if closed:
            place.say(closed, fault=True)

    async def _again(self, visit: Visit) -> Place:
        """Fill a screen with a visit of before."""
        place = visit.place
        wanted = place.target if place is not None else visit.memory.get("target")
        if place is None:
            place = self._screen_for(visit.kind)
            place.start(visit.args, visit.memory)
            place.visit = visit
        await place.load()
        place.place_cursor(wanted)
        visit.place = place
        return place

    def _leave(self, visit: Visit) -> None:
        """A visit is over. Its screen stays for another one."""
        if visit.place is not None:
            visit.place.visit = None
            visit.place = None

    def _screen_for(self, kind: str) -> Place:
        """A screen for a new visit: one that is kept and not on the screen, or a new one."""
        free = [place for place in self._screens if kind == place.KIND and place is not self.here]
        free.sort(key=lambda place: place.visit is not None)
        if free:
            place = free[0]
            if place.visit is not None:
                place.visit.memory, place.visit.place = place.remember(), None
                place.visit = None
            return place
        return self._places[kind](self._ctx, self._markdown)

    async def _show(self, place: Place) -> None:
        """Put a place on the screen, painted once."""
        app, before = self._app, self.here
        self.here = place
        if place is before:
            place.refill()
            return
        before.left()
        async with app.painted_once():
            if place is self._home:
                await app.pop_screen()
            else:
                if place not in self._screens:
                    self._made += 1
                    app.install_screen(place, f"{place.KIND}-{self._made}")
                await (app.push_screen(place) if before is self._home else app.switch_screen(place))
                await self._keep(place)
            place.refill()
        before.put_away()
        place.view_changed()

    async def _keep(self, place: Place) -> None:
        """Keep the screens that were used last; close the others."""
        self._screens = [other for other in self._screens if other is not place] + [place]
        while len(self._screens) > KEPT:
            gone = self._screens.pop(0)
            if gone.visit is not None:
                gone.visit.memory, gone.visit.place = gone.remember(), None
            self._app.uninstall_screen(gone)
            await gone.close()

    async def _patiently(self, work: Awaitable[T]) -> T:
        """Wait; if it takes long, say so."""
        here, loop = self.here, asyncio.get_running_loop()
        notice = loop.call_later(SLOW, here.say, "Fetching…")
        try:
            return await work
        finally:
            if notice.when() <= loop.time():
                here.say("")
            notice.cancel()
