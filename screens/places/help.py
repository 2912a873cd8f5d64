"""Help, made from the bindings of the place from which it was asked."""

from collections.abc import Iterable
from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from bbs.services import roles
from screens import styles
from screens.keys import AUTHOR, FACILITATOR, MODERATOR, OPERATOR, all_keys, is_for
from screens.lines import line, wrap
from screens.place import Place
from screens.rows import Row, gap_row, heading_row, text_row

NARROW = 60
KEYS_ROOM = 20
"""Cells for the keys, before what they do."""
MARKS = (
    ("~", "something in it was changed since you read it"),
    ("▲", "pinned"),
    ("×", "locked"),
    ("+", "you follow it"),
    ("z", "muted"),
    ("✎", "a draft of yours"),
    ("@", "you are mentioned"),
    ("↩", "you are answered"),
)
SESSION = (
    Binding("ctrl+l", "redraw", tooltip="Draw the screen again"),
    Binding("f6,ctrl+t", "mouse", tooltip="Give the mouse to your terminal, to select and paste, or take it back"),
    Binding("ctrl+q", "sign_out", tooltip="Sign out, from anywhere; what you typed is kept"),
)


class HelpScreen(Place):
    KIND = "help"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,pagedown", "page_down", "next screen", tooltip="The next screen of this help"),
        Binding("escape,left,q,backspace", "back", "back", tooltip="Back to where you were"),
    ]

    def begin(self, about: type[Place], heading: str, judged: frozenset[str]) -> None:
        """`judged` are the actions that the place itself lets this member do."""
        self._about = about
        self._judged = judged
        self._from = heading

    @property
    def heading(self) -> str:
        return f"Help › {self._from}"

    async def load(self) -> None:
        general = {binding.action for binding in Place.own_bindings()}
        mine = frozenset[str]() if self.ctx.shut_out else await self.ctx.read(roles.own)
        bindings = [b for b in self._about.own_bindings() if b.action in self._judged or is_for(mine, b)]
        own = [binding for binding in bindings if binding.action not in general]
        everywhere = [binding for binding in bindings if binding.action in general]
        rows: list[Row] = []
        for title, group in (
            ("Keys here", None),
            *((g.description, g) for g in (AUTHOR, FACILITATOR, MODERATOR, OPERATOR)),
        ):
            rows += _section(title, (binding for binding in own if binding.group is group))
        rows += _section("Keys everywhere", [*everywhere, *SESSION])
        self.rows = rows
        if not any(binding.action == "go_home" for binding in bindings):
            return  # the rest is of places that are not open to this member
        self.rows = [
            *rows,
            heading_row("Marks"),
            *(text_row((mark, styles.NAME), (f"  {says}", styles.PLAIN)) for mark, says in MARKS),
            gap_row(),
            heading_row("Good to know"),
            text_row(("Space is enough to read everything that is new, wherever it is.", styles.PLAIN)),
            text_row(("Letters, Enter and Backspace are enough for everything.", styles.PLAIN)),
            text_row(
                ("What you type is kept as a draft, also when the line drops. 7 lists your drafts.", styles.PLAIN)
            ),
            text_row(("A click works on rows and on the keys in the last line. Drag to select text.", styles.PLAIN)),
        ]


def _section(title: str, bindings: Iterable[Binding]) -> list[Row]:
    rows = [_row(binding) for binding in bindings]
    return [heading_row(title), *rows, gap_row()] if rows else []


def _row(binding: Binding) -> Row:
    """The keys and what they do: side by side, or on a narrow screen one under the other."""
    keys, says = all_keys(binding.key), binding.tooltip

    def draw(width: int, _over: Style | None) -> list[Strip]:
        indent = 3 if width < NARROW else KEYS_ROOM
        rows = wrap([(says, styles.PLAIN)], width - indent - 1)
        lines = [line(width, (" " * indent, styles.PLAIN), *row) for row in rows]
        name = (f" {keys}", styles.NAME)
        if width < NARROW or len(keys) + 2 > KEYS_ROOM:
            return [line(width, name), *lines]
        return [line(width, (f"{name[0]:<{indent}}", styles.NAME), *rows[0]), *lines[1:]]

    return Row(draw)
