"""A form: labelled fields one under another, an answer that names the field to mend, and nothing lost."""

from __future__ import annotations

import json
from typing import Any, ClassVar, TypeAlias

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Checkbox, Input, Select, TextArea

from bbs.errors import BBSError, Invalid
from bbs.services.drafts import DraftView
from screens import styles
from screens.forms.fields import INSTEAD, Check, Choice, Entry, Field, FormSpec, Values
from screens.forms.kept import KeptModal
from screens.lines import Part, line, wrap
from screens.widgets.bars import Header, KeyBar, KeyWord
from screens.widgets.fields import ChoiceField, FieldLabel, FormButton, Tick
from screens.widgets.line_input import LineInput
from screens.widgets.line_widget import LineWidget
from screens.widgets.said import Said
from screens.widgets.text_area import TextField

Box: TypeAlias = LineInput | TextField | ChoiceField | Tick


def _hint(field: Field) -> str:
    """What is said beside a field's name: for a text of several lines also how letters alone lead out of it."""
    return f"a line of . goes on  {field.hint}" if isinstance(field, Entry) and field.lines > 1 else field.hint


class Note(LineWidget):
    """Words of explanation above the fields."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def on_resize(self) -> None:
        self.styles.height = len(self._rows())

    def _rows(self) -> list[list[Part]]:
        return wrap([(self._text, styles.DIM)], max(1, self.width - 2))

    def render_line(self, y: int) -> Strip:
        rows = self._rows()
        return line(self.width, (" ", styles.PLAIN), *(rows[y] if y < len(rows) else ()))


class Form(KeptModal[Any]):
    """Ends with what `submit` made, or None when it is left. `submit` raises BBSError to keep the form open."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "send", "send"),
        Binding("tab", "next_field", "next field"),
        Binding("shift+tab", "previous_field", "previous field"),
        Binding("ctrl+o", "instead", "instead"),
        Binding("escape", "leave", "leave"),
    ]
    what = "form"

    def __init__(self, spec: FormSpec) -> None:
        super().__init__()
        self.spec = spec
        """Set anew each time the form is shown; the shape stays."""
        self.header, self.said, self.keys = Header(), Said(), KeyBar()
        self._fields = VerticalScroll(can_focus=False)
        self._labels: dict[str, FieldLabel] = {
            field.name: FieldLabel(field.label, _hint(field)) for field in spec.fields if not isinstance(field, Check)
        }
        self._boxes: dict[str, Box] = {field.name: _box(field) for field in spec.fields}
        self._save = FormButton(spec.done, "screen.send")
        self._buttons = {self._save: self.action_send}
        if spec.instead:
            self._buttons[FormButton(spec.instead, "screen.instead")] = self.action_instead
        self._buttons[FormButton("Leave", "screen.leave")] = self.action_leave
        self._values: Values = {}

    def compose(self) -> ComposeResult:
        yield self.header
        with self._fields:
            for note in self.spec.notes:
                yield Note(note)
            for field in self.spec.fields:
                if field.name in self._labels:
                    yield self._labels[field.name]
                yield self._boxes[field.name]
            yield from self._buttons
        yield self.said
        yield self.keys

    async def opened(self) -> None:
        spec = self.spec
        self.header.show(spec.heading, "")
        instead = [KeyWord("Ctrl+O", spec.instead, "instead")] if spec.instead else []
        self.keys.show([KeyWord("Ctrl+S", spec.done, "send"), KeyWord("Tab", "next field", "next_field"), *instead,
                        KeyWord("Esc", "leave", "leave")])  # fmt: skip
        self._save.label = spec.done
        self.say("")
        for field in spec.fields:
            self.hint(field.name, _hint(field))
            self._fault(field.name, "")
            self._boxes[field.name].fill(field.value)
        await self._find_kept()
        self._values = self.values()
        self.set_focus(next(iter(self._boxes.values())), scroll_visible=False)
        self._fields.scroll_home(animate=False)

    async def _find_kept(self) -> None:
        """Put in what was entered here before a line dropped."""
        self.keeper, self.has_typed = None, False
        if self.spec.kept is None:
            return
        draft = await self.find_draft(self.spec.kept.ctx, self.spec.kept.place)
        if draft is not None:
            self.put(draft)
            self.say("What you entered here before is here again.")
        elif self.keeper is not None:
            self.keeper.begin(*self.written())

    # -- what is entered

    def values(self) -> Values:
        return {name: box.value if isinstance(box, LineInput) else box.text for name, box in self._boxes.items()}

    def written(self) -> tuple[str, str]:
        return "", json.dumps(self.values())

    def put(self, draft: DraftView) -> None:
        values: Values = json.loads(draft.body)
        for name, box in self._boxes.items():
            box.fill(values.get(name, ""))
        self._values = self.values()

    def hint(self, name: str, text: str) -> None:
        """Say something beside a field's name. A tick has its own."""
        if name in self._labels:
            self._labels[name].show_hint(text)

    def _fault(self, name: str, text: str) -> None:
        """Say under a field's name what is wrong with it; '' takes it away. A tick cannot be wrong."""
        if name in self._labels:
            self._labels[name].show_fault(text)

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Select.Changed)
    @on(Checkbox.Changed)
    def changed(self, event: Message) -> None:
        event.stop()
        values = self.values()
        changed = [name for name, value in values.items() if value != self._values.get(name)]
        self._values = values
        if not changed or not self.is_open:
            return
        self.say("")
        for name in changed:
            self._fault(name, "")
            if self.spec.watch is not None:
                self.spec.watch(self.hint, name, values)
        self.typed()

    @on(LineInput.Lines)
    def put_rest_below(self, event: LineInput.Lines) -> None:
        """Several lines were pasted into a line: what follows goes into the next text, or is said to be left out."""
        event.stop()
        boxes = list(self._boxes.values())
        below = next((box for box in boxes[boxes.index(event.line) :] if isinstance(box, TextField)), None)
        if below is not None and not below.text:
            self.say("The first line is here; the rest of what you pasted is in the text below.")
            below.insert(event.rest)  # which says so where there is no room for it
        else:
            self.say("Only the first line of what you pasted is here.", fault=True)

    # -- keys

    def action_next_field(self) -> None:
        self.focus_next()

    def action_previous_field(self) -> None:
        self.focus_previous()

    @on(Input.Submitted)
    def go_on(self, event: Input.Submitted) -> None:
        """Enter in a line goes on to the next field."""
        event.stop()
        self.focus_next()

    @on(LineInput.Emptied)
    def go_back(self, event: LineInput.Emptied) -> None:
        event.stop()
        self.focus_previous()

    @on(TextField.Command)
    def obey(self, event: TextField.Command) -> None:
        """A line of '.' in a text goes on to the next field."""
        event.stop()
        self.focus_next()

    def on_key(self, event: events.Key) -> None:
        """A button's first letter presses it."""
        if isinstance(self.focused, FormButton):
            for button, act in self._buttons.items():
                if event.character and str(button.label).lower().startswith(event.character.lower()):
                    act()
                    return

    def say(self, text: str, *, fault: bool = False) -> None:
        self.said.say(text, fault=fault)

    def action_send(self) -> None:
        self.do(lambda: self.unless_overtaken(self._send))

    async def _send(self) -> None:
        """Submit; a refusal is shown beside its field, which gets the cursor."""
        self.say("One moment…")
        try:
            made = await self.spec.submit(self.values())
        except BBSError as error:
            self.failed(error)
            if isinstance(error, Invalid) and error.field in self._labels:
                self._point_at(error.field, error.message)
        else:
            if self.keeper is not None:
                await self.keeper.let_go()
            self.finish(made)

    def _point_at(self, name: str, fault: str) -> None:
        self._labels[name].show_fault(fault)
        self.set_focus(self._boxes[name])
        self.call_after_refresh(self._labels[name].scroll_visible, animate=False)

    def action_instead(self) -> None:
        if self.spec.instead:
            self.finish(INSTEAD)

    def action_leave(self) -> None:
        self.do(lambda: self.unless_overtaken(self._leave))

    async def _leave(self) -> None:
        values = self.values()
        if all(values[field.name] == field.value for field in self.spec.fields):
            if self.keeper is not None:
                await self.keeper.let_go()
            self.finish(None)
            return
        kept = "You can have it back for a day." if self.keeper else "What you entered here is not kept."
        if await self.host.ask(f"Leave? {kept}", "leave", "go on"):
            if self.keeper is not None:
                await self.keeper.discard(*self.written())
            self.finish(None)


def _box(field: Field) -> Box:
    if isinstance(field, Choice):
        return ChoiceField(field.options, field.value)
    if isinstance(field, Check):
        return Tick(f"{field.label}{f'  ({field.hint})' if field.hint else ''}", value=field.value == "yes")
    if field.lines > 1:
        return TextField(field.limit)
    entry = LineInput(password=field.secret)
    entry.max_length = field.limit
    return entry
