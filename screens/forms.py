"""A form: labelled fields one under another, an answer that names the field to mend, and nothing lost."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.geometry import Size
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, TextArea

from bbs.context import Context
from bbs.errors import BBSError, Invalid, Overtaken
from bbs.services.drafts import DraftView
from screens import theme
from screens.keeping import DraftKeeper
from screens.lines import Part, blank, hint, line, wrap
from screens.widgets.bars import HeaderBar, KeyBar
from screens.widgets.editor import Editor

Values = dict[str, str]

SAVE_AFTER = 1.0
"""Seconds from a key to the draft on disk."""
AREA_LIMIT = 10_000


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


class FieldLabel(Widget):
    """A field's name, and a hint that can change while typing."""

    def __init__(self, field: Field) -> None:
        super().__init__(classes="label")
        self._label, self._hint = field.label, field.hint

    def say(self, hint: str) -> None:
        self._hint = hint
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y:
            return blank(width)
        return line(width, (f" {self._label}", theme.BOLD), (f"  {self._hint}", theme.DIM))


class ChoiceLine(Widget, can_focus=True):
    """`← →` or Space goes through the options."""

    def __init__(self, field: Choice) -> None:
        super().__init__(id=f"field-{field.name}")
        self._options = field.options
        self._at = next((i for i, (value, _) in enumerate(field.options) if value == field.value), 0)

    @property
    def value(self) -> str:
        return self._options[self._at][0]

    @value.setter
    def value(self, value: str) -> None:
        self._at = next((i for i, (known, _) in enumerate(self._options) if known == value), self._at)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y:
            return blank(width)
        style = theme.ACCENT if self.has_focus else theme.PLAIN
        return line(width, (f"‹ {self._options[self._at][1]} ›", style))

    def on_key(self, event: events.Key) -> None:
        step = {"right": 1, "space": 1, "enter": 1, "left": -1}.get(event.key)
        if step is not None:
            event.stop()
            self._turn(step)

    def on_click(self) -> None:
        self._turn(1)

    def _turn(self, step: int) -> None:
        self._at = (self._at + step) % len(self._options)
        self.refresh()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()


class Form(Screen[Any], inherit_bindings=False):
    """Ends with what `submit` made, or None when it is left. `submit` raises BBSError to keep the form open."""

    AUTO_FOCUS = ""

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
        super().__init__()
        self._heading = heading
        self._fields = fields
        self._submit = submit
        self._watch = watch
        self._notes = notes
        self._keeper = DraftKeeper(kept.ctx, kept.place) if kept else None
        self._shown: Values = {}
        self._forget_keeper: Callable[[], None] = lambda: None
        self._header = HeaderBar()
        self._keys = KeyBar(self._clicked)
        self._done = done
        self._labels = {field.name: FieldLabel(field) for field in fields}
        self._boxes: dict[str, Input | TextArea | ChoiceLine] = {}
        self._sending = False
        self._asking = ""
        self._clash = False
        """Whether another session has changed what is kept here."""

    @staticmethod
    def _box(field: Field) -> Input | TextArea | ChoiceLine:
        if isinstance(field, Choice):
            return ChoiceLine(field)
        name = f"field-{field.name}"
        if field.lines > 1:
            return Editor(field.value, id=name, limit=AREA_LIMIT)
        return Input(field.value, id=name, password=field.secret, max_length=field.limit, compact=True,
                     select_on_focus=False)  # fmt: skip

    def compose(self) -> ComposeResult:
        self._boxes = {field.name: self._box(field) for field in self._fields}  # not before: an input asks for its app
        yield self._header
        with VerticalScroll(id="fields", can_focus=False):
            for text in self._notes:
                yield NoteLine(text)
            for field in self._fields:
                yield self._labels[field.name]
                yield self._boxes[field.name]
        yield self._keys

    async def on_mount(self) -> None:
        self._header.show(self._heading, "")
        self._show_keys()
        self._shown = self.values()
        if self._keeper is not None:
            await self._find_kept(self._keeper)
            self._forget_keeper = self.app.keeps(self._keep_at_end)  # type: ignore[attr-defined]
            self.set_interval(SAVE_AFTER, self._keep)
        next(iter(self._boxes.values())).focus()

    # -- keeping what is entered

    async def _find_kept(self, keeper: DraftKeeper) -> None:
        """Put in what was entered here before a line dropped."""
        found = await keeper.find()
        if found is None:
            keeper.begin("", json.dumps(self.values()))
        else:
            self._fill(found)
            self._shown = self.values()
            self._keys.say("What you entered here before is here again.")

    def _fill(self, draft: DraftView) -> None:
        values: Values = json.loads(draft.body)
        for name, box in self._boxes.items():
            value = values.get(name, "")
            if isinstance(box, TextArea):
                box.text = value
            else:
                box.value = value

    async def _keep(self) -> None:
        """While typing. A failure is said, and tried again."""
        if self._keeper is None or self._sending or self._asking:
            return
        try:
            await self._keeper.save("", json.dumps(self.values()))
        except Overtaken:  # a question now would take the next letters for its answer
            self._clash = True
            self._keys.say("Your other session has changed this form too. Go on: Ctrl+S or Esc asks which stays.")
        except BBSError as error:
            self._keys.say(error.message, fault=True)

    async def _keep_at_end(self) -> None:
        """Nobody can be asked any more: what another session entered stays, and this can be had back."""
        if self._keeper is not None and not self._sending and self._touched():
            await self._keeper.save_or_keep_aside("", json.dumps(self.values()))

    def _show_keys(self) -> None:
        self._keys.show([("Ctrl+S", self._done), ("Tab", "next field"), ("Esc", "leave")])

    def values(self) -> Values:
        return {name: box.text if isinstance(box, TextArea) else box.value for name, box in self._boxes.items()}

    def hint(self, name: str, text: str) -> None:
        self._labels[name].say(text)

    def on_editor_refused(self, event: Editor.Refused) -> None:
        self._keys.say(event.why, fault=True)

    def on_input_changed(self, event: Input.Changed) -> None:
        values = self.values()
        if values != self._shown and not self._asking:
            self._shown = values
            self._keys.say("")
        if self._watch is not None and event.input.id:
            self._watch(self, event.input.id.removeprefix("field-"), event.value)

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next field, and from the last one sends."""
        if event.input is list(self._boxes.values())[-1]:
            await self.send()
        else:
            self.focus_next()

    def _clicked(self, shown: str) -> None:
        keys = {"Ctrl+S": "ctrl+s", "Tab": "tab", "Esc": "escape"}
        self.run_worker(self._do(keys[shown]), group="key", exclusive=True)

    async def on_key(self, event: events.Key) -> None:
        if self._asking:
            event.stop()
            await self._answered(event.key)
        elif event.key in {"ctrl+s", "escape", "tab", "shift+tab", "down", "up", "ctrl+q"}:
            event.stop()
            event.prevent_default()
            await self._do(event.key)

    async def _do(self, key: str) -> None:
        if self._clash and key in {"ctrl+s", "escape"}:
            self._ask("which")
        elif key == "ctrl+s":
            await self.send()
        elif key in {"tab", "down"}:
            self.focus_next()
        elif key in {"shift+tab", "up"}:
            self.focus_previous()
        elif self._touched():
            self._ask("leave")
        else:
            await self._done_with(None)

    def _touched(self) -> bool:
        return any(self.values()[field.name] != field.value for field in self._fields)

    def _ask(self, what: str) -> None:
        self._asking = what
        self.set_focus(None)
        if what == "which":
            choices = hint("m keep mine", "t take theirs", "Esc go on")
            said = f"Your other session has changed this form too.   {choices}"
        else:
            kept = "You can have it back for a day." if self._keeper else "What you entered here is not kept."
            said = f"Leave? {kept}   " + hint("y leave", "n go on")
        self._keys.say(said)

    async def _answered(self, key: str) -> None:
        try:
            if self._asking == "leave" and key == "y":
                await self._leave()
            elif (self._asking == "leave" and key in {"n", "escape"}) or (self._asking == "which" and key == "escape"):
                self._go_on()
            elif self._asking == "which" and key in {"m", "t"} and self._keeper is not None:
                await self._settle(self._keeper, mine=key == "m")
        except BBSError as error:
            self._keys.say(error.message, fault=True)

    def _go_on(self, said: str = "") -> None:
        self._asking = ""
        self._keys.say(said)
        next(iter(self._boxes.values())).focus()

    async def _settle(self, keeper: DraftKeeper, *, mine: bool) -> None:
        """One of two sessions' entries stays here; the other can be had back."""
        entered, self._clash = json.dumps(self.values()), False
        if mine:
            await keeper.keep_mine("", entered)
        elif theirs := await keeper.take_theirs("", entered):
            self._fill(theirs)
        self._go_on("What is not here is in your drafts for a day.")

    async def _leave(self) -> None:
        if self._keeper is not None:
            await self._keeper.discard("", json.dumps(self.values()))
        self._end(None)

    async def _done_with(self, made: Any) -> None:
        """Nothing is left to keep: it was sent, or is as it was."""
        if self._keeper is not None:
            await self._keeper.let_go()
        self._end(made)

    def _end(self, made: Any) -> None:
        self._forget_keeper()
        self.app.exit(made)

    async def send(self) -> None:
        """Submit once; a refusal is shown, and its field gets the cursor."""
        if self._sending:
            return
        self._sending = True
        self._keys.say("One moment…")
        try:
            made = await self._submit(self.values())
        except BBSError as error:
            self._keys.say(error.message, fault=True)
            if isinstance(error, Invalid) and error.field in self._boxes:
                self._boxes[error.field].focus()
            return
        finally:
            self._sending = False
        await self._done_with(made)


class NoteLine(Widget):
    """Words of explanation above the fields."""

    def __init__(self, text: str) -> None:
        super().__init__(classes="note")
        self._text = text

    def _rows(self, width: int) -> list[list[Part]]:
        return wrap([(self._text, theme.DIM)], max(1, width - 2))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        del container, viewport
        return len(self._rows(width))

    def render_line(self, y: int) -> Strip:
        rows, width = self._rows(self.size.width), self.size.width
        return line(width, (" ", theme.DIM), *rows[y]) if y < len(rows) else blank(width)
