"""What a page is: rows to draw, keys that do something, and what it wants to hear of. Pages are plain objects.

One frame stays for the whole session (frame.py) and shows one page after another. A page costs a service call
and the drawing of what is visible, where a Textual screen would cost widgets, style sheets and a layout.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from rich.style import Style
from textual.strip import Strip

from bbs.context import Context
from bbs.events import Event, Noticed
from screens import theme
from screens.lines import Part, blank, line, wrap

if TYPE_CHECKING:
    from screens.frame import Frame


NEAR_END = 10
"""Rows from the last one at which more are read."""


@dataclass(frozen=True, slots=True)
class Key:
    """A binding: `keys` as Textual names them or as they are typed, the page's method, and what it says in help.

    `bar` is the short word in the key bar; without one the key stands in help only.
    """

    keys: str
    action: str
    help: str
    bar: str = ""

    def names(self) -> list[str]:
        return self.keys.split()

    @property
    def shown(self) -> str:
        """The first key as a person would name it."""
        return _SHOWN.get(self.names()[0], self.names()[0])


_SHOWN = {
    "space": "Space", "enter": "Enter", "escape": "Esc", "up": "↑", "down": "↓", "pageup": "PgUp", "pagedown": "PgDn",
    "home": "Home", "end": "End", "tab": "Tab", "ctrl+l": "Ctrl+L", "ctrl+q": "Ctrl+Q", "ctrl+k": "Ctrl+K",
    "right": "→", "left": "←",
}  # fmt: skip


Draw: TypeAlias = Callable[[int, Style | None], list[Strip]]
"""(width, style laid over it when the cursor rests on it) to the item's lines."""


@dataclass(frozen=True, slots=True)
class Row:
    """Something on a page: how it is drawn, and what it stands for when the cursor can rest on it."""

    draw: Draw
    target: Any = None


def text_row(*parts: Part, target: Any = None, indent: int = 1) -> Row:
    """Running text, wrapped to the width."""

    def draw(width: int, over: Style | None) -> list[Strip]:
        margin: Part = (" " * indent, theme.PLAIN)
        return [line(width, margin, *row, over=over) for row in wrap(parts, width - indent - 1)]

    return Row(draw, target)


def boxed_text(lines: Callable[[int], list[Strip]]) -> Row:
    """Ready-made lines, with a margin."""

    def draw(width: int, _over: Style | None) -> list[Strip]:
        return [Strip([*line(1), *strip, *line(1)], width) for strip in lines(width - 2)]

    return Row(draw)


def line_row(*parts: Part, target: Any = None) -> Row:
    """One line, cut at the edge."""
    return Row(lambda width, over: [line(width, (" ", theme.PLAIN), *parts, over=over)], target)


def gap_row() -> Row:
    return Row(lambda width, _over: [blank(width)])


def heading_row(text: str) -> Row:
    return line_row((text, theme.HEADING))


class Page:
    """A place in the forum. Subclasses set `rows` in `load`, and say what they hear."""

    BINDINGS: ClassVar[tuple[Key, ...]] = (
        Key("down j", "move_down", "Move down"),
        Key("up k", "move_up", "Move up"),
        Key("pagedown", "page_down", "A screen down"),
        Key("pageup", "page_up", "A screen up"),
        Key("home", "first", "To the first line"),
        Key("end", "last", "To the last line"),
        Key("enter right", "open", "Open"),
        Key("escape left q backspace", "back", "Back"),
        Key("space", "read_on", "Read on through everything that is new", "read on"),
        Key("0", "go_home", "Home"),
        Key("1", "go_boards", "Boards"),
        Key("2", "go_meetings", "Meetings"),
        Key("3", "go_messages", "Messages"),
        Key("4", "go_people", "People"),
        Key("5 /", "search", "Search"),
        Key("6", "go_notices", "Notices: what you were told of"),
        Key("7", "go_drafts", "Your drafts"),
        Key("8", "go_moderation", "Moderation (moderators)"),
        Key("g ctrl+k", "jump", "Jump to a #post, @person, board or thread"),
        Key("?", "help", "This help", "help"),
        Key("ctrl+l", "redraw", "Draw the screen again"),
        Key("ctrl+q", "sign_out", "Sign out"),
    )
    _keymap: ClassVar[dict[str, Key]] = {}

    def __init_subclass__(cls) -> None:
        """A key of a subclass takes the place of its parents'."""
        cls._keymap = {}
        for parent in reversed(cls.__mro__):
            for key in parent.__dict__.get("BINDINGS", ()):
                cls._keymap.update(dict.fromkeys(key.names(), key))

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.rows: Sequence[Row] = ()
        self.cursor = -1
        self.top = (0, 0)
        self._frame: Frame | None = None

    # -- what a page says of itself

    @property
    def title(self) -> str:
        raise NotImplementedError

    async def load(self) -> None:
        """Read what is shown and set `rows`. Called when the page opens, and when what it shows has changed."""
        raise NotImplementedError

    def hears(self, event: Event) -> bool:
        """Whether what happened changes what is shown."""
        del event
        return False

    def shows(self, notice: Noticed) -> bool:
        """Whether a notice tells of what stands on this page: the member need not be told."""
        del notice
        return False

    async def heard(self, events: Sequence[Event]) -> None:
        """Something that the page hears has happened: by default it is read again, and nothing moves."""
        del events
        await self.reload()

    def shown(self) -> None:
        """The page has been painted or scrolled."""

    @property
    def is_current(self) -> bool:
        """Whether it shows what was asked for last."""
        return True

    async def begin(self) -> None:
        """Ask for what the page needs first, once it is shown."""

    def let_go(self) -> None:
        """The page is left for good. Ends its circle with the rows that it draws: both would wait for a collection."""
        self.rows = ()

    def bar(self) -> list[Key]:
        """The keys for the key bar, most wanted first."""
        own = [key for key in type(self).BINDINGS if key.bar]
        general = [key for key in Page.BINDINGS if key.bar and type(self) is not Page]
        return [*own, *(key for key in general if all(key.action != mine.action for mine in own))]

    @classmethod
    def binding(cls, name: str) -> Key | None:
        return cls._keymap.get(name)

    @classmethod
    def help_keys(cls) -> list[Key]:
        """Every binding in force on this page, its own first."""
        seen: dict[str, Key] = {}
        for parent in cls.__mro__:
            for key in parent.__dict__.get("BINDINGS", ()):
                if any(cls._keymap.get(name) is key for name in key.names()):
                    seen.setdefault(key.action, key)
        return list(seen.values())

    def is_quick(self, action: str) -> bool:
        """Whether an action only moves things on the screen, and so can be done at once."""
        return not inspect.iscoroutinefunction(getattr(self, f"do_{action}"))

    # -- what the pane asks

    def count(self) -> int:
        return len(self.rows)

    def draw(self, index: int, width: int, *, selected: bool) -> list[Strip]:
        return self.rows[index].draw(width, theme.CURSOR if selected else None)

    def selectable(self, index: int) -> bool:
        return self.rows[index].target is not None

    def clicked(self, index: int) -> None:
        if index == self.cursor:
            self.frame.press("enter")
        else:
            self.move_to(index)

    # -- for subclasses

    @property
    def frame(self) -> Frame:
        assert self._frame is not None  # noqa: S101 - set before anything else happens to a page
        return self._frame

    def attach(self, frame: Frame) -> None:
        self._frame = frame

    @property
    def target(self) -> Any:
        """What the cursor rests on, or None."""
        return self.rows[self.cursor].target if 0 <= self.cursor < len(self.rows) else None

    async def reload(self) -> None:
        """Read again. The cursor stays on what it was on."""
        before = self.target
        await self.load()
        self.place_cursor(before)
        self.frame.show(self)

    def place_cursor(self, wanted: Any = None) -> None:
        """Rest on the row for `wanted`, or near where the cursor was, or on the first."""
        same = [i for i, row in enumerate(self.rows) if wanted is not None and _same(row.target, wanted)]
        if same:
            self.cursor = same[0]
            return
        choices = [i for i, row in enumerate(self.rows) if row.target is not None]
        self.cursor = min(choices, key=lambda i: (abs(i - self.cursor), i), default=-1)

    def move_to(self, index: int) -> None:
        self.cursor = index
        self.frame.pane.show_item(index)
        self.frame.pane.update_rows()

    def _step(self, direction: int) -> None:
        index = self.cursor + direction
        while 0 <= index < len(self.rows):
            if self.selectable(index):
                self.move_to(index)
                return
            index += direction
        self.frame.pane.scroll(direction)

    # -- actions that every page has

    def do_move_down(self) -> None:
        self._step(1)

    def do_move_up(self) -> None:
        self._step(-1)

    def do_page_down(self) -> None:
        self._page(1)

    def do_page_up(self) -> None:
        self._page(-1)

    def _page(self, direction: int) -> None:
        pane = self.frame.pane
        moved = pane.scroll(direction * max(1, pane.size.height - 1))
        choices = [i for i in range(len(self.rows)) if self.selectable(i)]
        if not choices:
            return
        if not moved:
            self.move_to(choices[-1] if direction > 0 else choices[0])
            return
        visible = [i for i in choices if pane.shows_start(i)]
        if visible:
            self.cursor = visible[0]
        pane.update_rows()

    def do_first(self) -> None:
        choices = [i for i in range(len(self.rows)) if self.selectable(i)]
        self.top = (0, 0)
        if choices:
            self.cursor = choices[0]
        self.frame.pane.update_rows()

    def do_last(self) -> Awaitable[None] | None:
        choices = [i for i in range(len(self.rows)) if self.selectable(i)]
        self.top = (max(0, len(self.rows) - 1), 0)
        if choices:
            self.cursor = choices[-1]
        self.frame.pane.update_rows()
        return None  # a page that is read in parts has more to do

    async def do_open(self) -> None:
        """Pages whose rows can be opened say how."""

    async def do_back(self) -> None:
        await self.frame.back()

    async def do_read_on(self) -> None:
        await self.frame.read_on()

    async def do_go_home(self) -> None:
        await self.frame.go("home")

    async def do_go_boards(self) -> None:
        await self.frame.go("boards")

    async def do_go_meetings(self) -> None:
        await self.frame.go("meetings")

    async def do_go_messages(self) -> None:
        await self.frame.go("messages")

    async def do_go_people(self) -> None:
        await self.frame.go("people")

    async def do_search(self) -> None:
        await self.frame.ask_for("search", self.scope)

    @property
    def scope(self) -> str:
        """What a search that begins here is narrowed to at first, as it is typed."""
        return ""

    async def do_go_notices(self) -> None:
        await self.frame.go("notices")

    async def do_go_drafts(self) -> None:
        await self.frame.go("drafts")

    async def do_go_moderation(self) -> None:
        await self.frame.go("moderation")

    async def do_jump(self) -> None:
        await self.frame.jump()

    async def do_help(self) -> None:
        await self.frame.go("help", self)

    def do_redraw(self) -> None:
        self.frame.redraw()

    async def do_sign_out(self) -> None:
        self.frame.sign_out()


class LongPage(Page):
    """A page that is read in parts, the next one before it is needed. Subclasses set `more` with their rows."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self.more = False
        self._fetching = False

    def shown(self) -> None:
        near_end = self.cursor > len(self.rows) - NEAR_END or self.frame.pane.at_end()
        if self.more and near_end and not self._fetching:
            self._fetching = True
            self.frame.do(self._fetch)

    async def _fetch(self) -> None:
        try:
            await self.grow()
        finally:
            self._fetching = False
        self.frame.show(self)

    async def grow(self) -> bool:
        """Read the next part; False when there was none."""
        before = len(self.rows)
        if self.more:
            await self.fetch_more()
        self.more = self.more and len(self.rows) > before  # all of a part may be known, where places have changed
        return len(self.rows) > before

    async def fetch_more(self) -> None:
        """What `grow` does: set `rows` and `more` anew."""
        raise NotImplementedError


def _same(one: Any, other: Any) -> bool:
    """Whether two views stand for the same thing: equal, or of one kind with one id."""
    if one is None or other is None or type(one) is not type(other):
        return False
    ids = [(getattr(view, "id", None), getattr(view, "kind", "")) for view in (one, other)]
    return ids[0] == ids[1] if ids[0][0] is not None else bool(one == other)


PageMaker = Callable[..., Page]
