"""The jump box: a few letters, and the places they may mean as they are typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widgets import Input

from bbs.context import Context
from bbs.services import jump
from bbs.views.jump import Place
from screens import styles
from screens.forms.modal import Modal
from screens.lines import Part, both_ends, fit, width_of
from screens.rows import Row, text_row
from screens.widgets.bars import Header, KeyBar, KeyWord
from screens.widgets.line_input import LineInput
from screens.widgets.row_list import RowList
from screens.widgets.said import Said

SIGNS = {"post": "#", "person": "@", "board": "≡", "thread": "»"}


class JumpBox(Modal[Place]):
    """Ends with the place that was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,tab", "step(1)", show=False),
        Binding("up,shift+tab", "step(-1)", show=False),
        Binding("enter", "go", "go"),
        Binding("escape", "leave", "leave"),
    ]

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self._ctx = ctx
        self.header, self.list, self.said = Header(), RowList(), Said()
        self._input = LineInput(placeholder="A board, @person, #post or thread")
        self._keys = KeyBar([KeyWord("Enter", "go", "go"), KeyWord("↑↓", "choose", "step(1)"),
                             KeyWord("Esc", "leave", "leave")])  # fmt: skip
        self.rows: Sequence[Row] = ()
        self.cursor, self.top = -1, (0, 0)
        self._text = ""
        self._is_looking = False

    def compose(self) -> ComposeResult:
        yield self.header
        yield self._input
        yield self.list
        yield self.said
        yield self._keys

    async def opened(self) -> None:
        self.header.show("Go to", "")
        self.said.say("")
        self._input.fill("", limit=jump.MAX_LETTERS)
        self._text, self._is_looking = "", False
        await self._look()
        self.set_focus(self._input)

    @on(Input.Changed)
    def changed(self, event: Input.Changed) -> None:
        """Look once for all that is typed while the last look is under way."""
        event.stop()
        self.said.say("")
        self._text = event.value
        if not self._is_looking:
            self._is_looking = True
            self.do(self._look)

    async def _look(self) -> None:
        self._is_looking = False
        text = self._text
        places = await self._ctx.read(jump.places, text)
        nothing = f"Nothing here is called {text}." if text else "There is no board yet."
        longest = max((width_of(place.name) for place in places), default=0)
        self.rows = [_row(place, longest) for place in places] or [text_row((nothing, styles.DIM))]
        self.cursor, self.top = (0 if places else -1), (0, 0)
        self.list.show(self)

    @on(LineInput.Refused)
    def tell_why(self, event: LineInput.Refused) -> None:
        event.stop()
        self.said.say(event.why, fault=True)

    @on(Input.Submitted)
    def action_go(self) -> None:
        self.do(self._go)

    async def _go(self) -> None:
        place = self.rows[self.cursor].target if self.cursor >= 0 else None
        if isinstance(place, Place):
            self.finish(place)
        elif not self._input.value:
            self.finish(None)

    @on(LineInput.Emptied)
    def action_leave(self) -> None:
        self.finish(None)

    def action_step(self, step: int) -> None:
        if self.cursor >= 0:
            self.cursor = max(0, min(len(self.rows) - 1, self.cursor + step))
            self.list.show_row(self.cursor)

    # -- what the list asks

    def count(self) -> int:
        return len(self.rows)

    def draw(self, index: int, width: int, *, selected: bool) -> list[Strip]:
        return self.rows[index].draw(width, styles.CURSOR if selected else None)

    def selectable(self, index: int) -> bool:
        return self.rows[index].target is not None

    def clicked(self, index: int) -> None:
        self.cursor = index
        self.action_go()

    def view_changed(self) -> None:
        """Nothing more is read."""


def _row(place: Place, longest: int) -> Row:
    """A line with the place's name in a column that is as wide as the longest name, up to a third of the list."""

    def draw(width: int, over: Style | None) -> list[Strip]:
        left: list[Part] = [
            (f" {SIGNS[place.kind]} ", styles.ACCENT),
            (fit(place.name, min(longest, max(20, width // 3))), styles.BOLD),
        ]
        return [both_ends(width, [*left, (f"  {place.words}", styles.DIM)], [], over=over)]

    return Row(draw, place)
