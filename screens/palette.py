"""The command palette: every action of the open place, and every place, by its name."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from typing import Any

from textual.binding import Binding
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.widgets import Input

from screens.driver import ServedScreen
from screens.keys import first_key, is_for
from screens.place import Place
from screens.places.help import SESSION
from screens.themes import NAMES

LONGEST_QUERY = 80
"""Letters: no action has a longer name, and a field without a bound is laid out anew at each key."""


class Actions(Provider):
    """What can be done here: the bindings of the place that is open, those of every place, and the themes."""

    def _commands(self) -> Iterator[tuple[str, str, Any]]:
        """(what it does, its key, how it is done)"""
        screen, palette = self.screen, self.app.screen
        if isinstance(screen, Place) and isinstance(palette, Palette):
            for binding in screen.own_bindings():
                if palette.lists(binding, screen) and screen.offers(binding.action):
                    yield binding.tooltip, first_key(binding.key), partial(screen.run_action, binding.action)
        for binding in SESSION:
            yield binding.tooltip, first_key(binding.key), partial(self.app.run_action, binding.action)
        for name in NAMES:
            yield f"Colours: {name}", "", partial(self.app.run_action, f"theme('{name}')")

    async def discover(self) -> Hits:
        for says, key, act in self._commands():
            yield DiscoveryHit(_with_key(key, Content(says)), act, text=says)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for says, key, act in self._commands():
            score = matcher.match(says)
            if score > 0:
                yield Hit(score, _with_key(key, matcher.highlight(says)), act, text=says)


def _with_key(key: str, says: Content) -> Content:
    return Content(f"{key:>9}  ") + says


class Palette(CommandPalette, ServedScreen):
    """Textual's, with our actions."""

    def __init__(self, roles: Collection[str]) -> None:
        # The base class adds this class once the list is filled, and would compute all styles again.
        super().__init__(providers=[Actions], placeholder="What do you want to do?", classes="-ready")
        self._roles = roles

    def on_mount(self) -> None:
        self.query_one(Input).max_length = LONGEST_QUERY

    def lists(self, binding: Binding, place: Place) -> bool:
        """Whether it lists an action: not what only others may do, and not what only moves the cursor."""
        if binding.action not in place.JUDGED and not is_for(self._roles, binding):
            return False
        return not binding.action.startswith(("move_", "page_", "first", "last", "palette"))
