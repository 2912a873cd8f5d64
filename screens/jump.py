"""The jump box: a few letters, and the places they may mean as they are typed."""

from typing import ClassVar

from rich.style import Style
from textual.strip import Strip

from bbs.context import Context
from bbs.services import jump
from bbs.views.jump import Place
from screens import theme
from screens.lines import Part, both_ends, fit
from screens.page import Key, Page, Row, text_row
from screens.widgets.entry import LineEntry

SIGNS = {"post": "#", "person": "@", "board": "≡", "thread": "»"}


class JumpPage(Page):
    BINDINGS: ClassVar[tuple[Key, ...]] = (Key("enter right", "open", "Go there", "go"),)
    title = "Go to"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._text = self._shown = ""
        self._looking = False

    @property
    def is_current(self) -> bool:
        return self._shown == self._text

    async def load(self) -> None:
        text = self._text
        found = await self.ctx.read(jump.places, text)
        self._shown = text
        nothing = f"Nothing here is called {self._text}." if self._text else "There is no board yet."
        self.rows = [self._row(place) for place in found] or [text_row((nothing, theme.DIM))]

    def _row(self, place: Place) -> Row:
        def draw(width: int, over: Style | None) -> list[Strip]:
            left: list[Part] = [
                (f" {SIGNS[place.kind]} ", theme.ACCENT),
                (fit(place.name, min(30, width - 6)), theme.BOLD),
            ]
            return [both_ends(width, [*left, (f"  {place.words}", theme.DIM)], [], over=over)]

        return Row(draw, place)

    async def begin(self) -> None:
        """Take letters."""
        entry = LineEntry(submit=self._submitted, cancel=self._left, change=self._typed, step=self._step)
        label = "A board, @person, #post or thread"
        await self.frame.open_line(label, entry=entry, initial=self._text, limit=jump.MAX_LETTERS)

    def _typed(self, text: str) -> None:
        """Look once for all that is typed while the last look is under way."""
        self._text = text
        if not self._looking:
            self._looking = True
            self.frame.do(self._look)

    async def _look(self) -> None:
        self._looking = False
        self.cursor, self.top = -1, (0, 0)
        await self.reload()

    def _submitted(self, _text: str) -> None:
        """The line goes at once: what is typed next is for the page that comes."""
        self.frame.drop_line()
        self.frame.do(self.do_open)

    def clicked(self, index: int) -> None:
        self.cursor = index
        self._submitted("")

    def _left(self, _text: str) -> None:
        self.frame.do(self.frame.back)

    async def do_open(self) -> None:
        place = self.target
        if not isinstance(place, Place):
            await self.begin()
        elif place.kind == "post":
            await self.frame.open_post(place.id, replace=True)
        else:
            page = {"person": "profile", "board": "board", "thread": "thread"}[place.kind]
            key = place.name if place.kind == "person" else place.id
            await self.frame.open(self.frame.make(page, key), replace=True)
