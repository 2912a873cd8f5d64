"""A form: labelled fields one under another, an answer that names the field to mend, and nothing lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip

from bbs.context import Context
from bbs.errors import BBSError, Invalid, Overtaken
from bbs.services.drafts import DraftView
from screens import theme
from screens.keeping import DraftKeeper
from screens.lines import blank, hint, line, wrap
from screens.sheet import Act, Row, Sheet, rows_of
from screens.widgets.box import Box
from screens.widgets.choice import ChoiceLine
from screens.widgets.editor import Editor
from screens.widgets.entry import EntryLine

Values = dict[str, str]

SAVE_AFTER = 1.0
"""Seconds from a key to the draft on disk."""
AREA_LIMIT = 10_000
AREA_LINES = 5
MARGIN = 2
"""Cells before a field, of which the last says whether it has the focus."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of text; `secret` shows dots, `lines` makes it a small editor."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    limit: int = 200
    secret: bool = False
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few: (value, what it says)."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    value: str
    hint: str = ""


Field = Entry | Choice


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a form's values are kept as a draft until it is sent."""

    ctx: Context
    place: str


Input = EntryLine | Editor | ChoiceLine


class Form(Sheet[Any]):
    """Ends with what `submit` made, or None when it is left. `submit` raises BBSError to keep the form open."""

    def __init__(
        self,
        heading: str,
        fields: Sequence[Field],
        submit: Callable[[Values], Awaitable[Any]],
        *,
        done: str = "Send",
        watch: Callable[[Form, str, str], None] | None = None,
        notes: Sequence[str] = (),
        kept: Kept | None = None,
    ) -> None:
        super().__init__(heading)
        self._fields = fields
        self._submit = submit
        self._watch = watch
        self._notes = notes
        self._keeper = DraftKeeper(kept.ctx, kept.place) if kept else None
        self._forget_keeper: Callable[[], None] = lambda: None
        self._saving: asyncio.TimerHandle | None = None
        self._hints = {field.name: field.hint for field in fields}
        self._inputs = {field.name: self._input(field) for field in fields}
        self._shown = self.values()
        self._top = 0
        self._clash = False
        """Whether another session has changed what is kept here."""
        self.keys = {
            "ctrl+s": self._wanting_to(self.send), "escape": self._wanting_to(self._leave),
            "tab": self.focus_next, "shift+tab": self.focus_previous,
        }  # fmt: skip
        self.other_keys = {"down": self.focus_next, "up": self.focus_previous, "enter": self._entered}
        self.bar.show([("Ctrl+S", done), ("Tab", "next field"), ("Esc", "leave")])

    def _input(self, field: Field) -> Input:
        if isinstance(field, Choice):
            return ChoiceLine(field.options, field.value)
        if field.lines > 1:
            return Editor(field.value, AREA_LIMIT, lambda why: self.say(why, fault=True))
        return EntryLine("", field.value, field.limit, secret=field.secret)

    async def begin(self) -> None:
        if self._keeper is not None:
            self._forget_keeper = self.host.keeps(self._keep_at_end)
            await self._find_kept(self._keeper)
        self.focus = next(iter(self._inputs.values()))

    # -- what is on the screen

    def boxes(self) -> Sequence[Box]:
        return list(self._inputs.values())

    def rows(self, size: Size) -> list[Row]:
        """As many as there is room for, the field with the focus among them."""
        width = size.width - 1
        rows = [Row(strip) for text in self._notes for strip in _note(text, width)]
        for field in self._fields:
            rows += self._part(field, width)
        own = [at for at, row in enumerate(rows) if row.box is self.focus]
        if own:
            self._top = min(max(self._top, own[-1] + 2 - size.height), own[0] - 1)  # its name above, a gap below
        self._top = max(0, min(self._top, len(rows) - size.height))
        bar = _scrollbar(self._top, size.height, len(rows))
        rows += [Row(blank(width))] * (size.height - len(rows))
        return [
            row._replace(strip=Strip([*row.strip, mark], size.width))
            for row, mark in zip(rows[self._top : self._top + size.height], bar, strict=True)
        ]

    def _part(self, field: Field, width: int) -> list[Row]:
        """A field's name, the field, and a gap."""
        box = self._inputs[field.name]
        is_here = box is self.focus and not self.is_asking
        mark = line(MARGIN, (" ▊", theme.ACCENT if is_here else theme.DIM))
        height = AREA_LINES if isinstance(box, Editor) else 1
        inner = rows_of(box, width - MARGIN, height, focused=is_here)
        label = line(width, (f" {field.label}", theme.BOLD), (f"  {self._hints[field.name]}", theme.DIM))
        marked = [Row(Strip([*mark, *row.strip], width), box, row.y) for row in inner]
        return [Row(label), *marked, Row(blank(width))]

    def values(self) -> Values:
        return {name: box.text for name, box in self._inputs.items()}

    def hint(self, name: str, text: str) -> None:
        """Say something beside a field's name."""
        self._hints[name] = text
        self.refresh()

    # -- keeping what is entered

    async def _find_kept(self, keeper: DraftKeeper) -> None:
        """Put in what was entered here before a line dropped."""
        found = await keeper.find()
        if found is None:
            keeper.begin("", json.dumps(self.values()))
        else:
            self._fill(found)
            self.say("What you entered here before is here again.")

    def _fill(self, draft: DraftView) -> None:
        values: Values = json.loads(draft.body)
        for name, box in self._inputs.items():
            box.fill(values.get(name, ""))
        self._shown = self.values()

    def changed(self) -> None:
        values = self.values()
        if values == self._shown:
            return
        changed = [name for name, value in values.items() if value != self._shown[name]]
        self._shown = values
        self.say("")
        self._keep_soon()
        if self._watch is not None:
            for name in changed:
                self._watch(self, name, values[name])

    def _keep_soon(self) -> None:
        if self._saving is None and self._keeper is not None:
            self._saving = self.later(SAVE_AFTER, self._keep)

    async def _keep(self) -> None:
        """While typing. A failure is said, and tried again."""
        self._saving = None
        if self._keeper is None:
            return
        if self.is_asking:
            self._keep_soon()
            return
        try:
            await self._keeper.save("", json.dumps(self.values()))
        except Overtaken:  # a question now would take the next letters for its answer
            self._clash = True
            self.say("Your other session has changed this form too. Go on: Ctrl+S or Esc asks which stays.")
        except BBSError as error:
            self.failed(error)
            self._keep_soon()

    async def _keep_at_end(self) -> None:
        """Nobody can be asked any more: what another session entered stays, and this can be had back."""
        if self._keeper is not None and self._touched():
            await self._keeper.save_or_keep_aside("", json.dumps(self.values()))

    def _touched(self) -> bool:
        return any(self._inputs[field.name].text != field.value for field in self._fields)

    # -- keys

    def clicked(self, shown: str) -> None:
        if not self.is_asking:
            self.do(self.keys[{"Ctrl+S": "ctrl+s", "Tab": "tab", "Esc": "escape"}[shown]])

    def quit(self) -> None:
        if not self.is_asking:
            self.do(self.keys["escape"])

    async def _entered(self) -> None:
        """Enter goes to the next field, and from the last one sends."""
        if self.focus is self.boxes()[-1]:
            await self.keys["ctrl+s"]()
        else:
            await self.focus_next()

    def _wanting_to(self, act: Act) -> Act:
        """The same, once it is clear which session's entries stay."""

        async def do() -> None:
            if self._clash:
                self._ask_which()
            else:
                await act()

        return do

    def _ask_which(self) -> None:
        choices = hint("m keep mine", "t take theirs", "Esc go on")
        self.ask(f"Your other session has changed this form too.   {choices}", {
            "m": self._keep_mine, "t": self._take_theirs, "escape": self.answered,
        })  # fmt: skip

    async def _keep_mine(self) -> None:
        if self._keeper is not None:
            await self._keeper.keep_mine("", json.dumps(self.values()))
        await self._settled()

    async def _take_theirs(self) -> None:
        if self._keeper is not None:
            theirs = await self._keeper.take_theirs("", json.dumps(self.values()))
            if theirs is not None:
                self._fill(theirs)
        await self._settled()

    async def _settled(self) -> None:
        """One of two sessions' entries stays here; the other can be had back."""
        self._clash = False
        await self.answered("What is not here is in your drafts for a day.")

    async def _leave(self) -> None:
        if not self._touched():
            await self._done_with(None)
            return
        kept = "You can have it back for a day." if self._keeper else "What you entered here is not kept."
        self.ask(f"Leave? {kept}   " + hint("y leave", "n go on"), {
            "y": self._discard, "n": self.answered, "escape": self.answered,
        })  # fmt: skip

    async def _discard(self) -> None:
        if self._keeper is not None:
            await self._keeper.discard("", json.dumps(self.values()))
        self._end(None)

    async def send(self) -> None:
        """Submit; a refusal is shown, and its field gets the cursor."""
        self.say("One moment…")
        try:
            made = await self._submit(self.values())
        except BBSError as error:
            self.failed(error)
            if isinstance(error, Invalid) and error.field in self._inputs:
                self.focus = self._inputs[error.field]
        else:
            await self._done_with(made)

    async def _done_with(self, made: Any) -> None:
        """Nothing is left to keep: it was sent, or is as it was."""
        if self._keeper is not None:
            await self._keeper.let_go()
        self._end(made)

    def _end(self, made: Any) -> None:
        self._forget_keeper()
        self.finish(made)


def _note(text: str, width: int) -> list[Strip]:
    """Words of explanation above the fields."""
    return [line(width, (" ", theme.DIM), *row) for row in wrap([(text, theme.DIM)], max(1, width - 2))]


def _scrollbar(top: int, height: int, count: int) -> list[Segment]:
    """A cell for each line in view: which part of all lines that is."""
    first, end = top * height // count, -(-(top + height) * height // count)
    return [Segment("▕" if count > height and first <= y < end else " ", theme.DIM) for y in range(height)]
