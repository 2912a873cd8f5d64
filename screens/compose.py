"""The editor. What is typed is kept as a draft while typing, and when the session ends in whatever way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from bbs.context import Context
from bbs.errors import BBSError, Invalid
from bbs.services import drafts
from bbs.services.drafts import MAX_BODY, DraftView, new_key
from bbs.services.posts import MAX_BODY as POST_LIMIT
from bbs.services.posts import MAX_TITLE
from bbs.text import ago
from screens import theme
from screens.lines import blank, line, wrap
from screens.markdown import MarkdownLines
from screens.widgets.bars import HeaderBar, KeyBar
from screens.widgets.editor import Editor

SAVE_AFTER = 1.0
"""Seconds from a key to the draft on disk."""
ANSWERED_LINES = 3


@dataclass(frozen=True, slots=True)
class Writing:
    """What is written, for whom, and where it goes. `subject` None: it has none."""

    place: str
    heading: str
    readers: str
    send: Callable[[DraftView], Awaitable[Any]]
    """What is written, to what was made of it. Raises BBSError to keep the editor open."""
    subject: str | None = None
    initial: str = ""
    answering: str = ""
    answers_id: int | None = None
    limit: int = POST_LIMIT
    board_id: int = 0
    """Where a mention is heard: those who may read this board are offered; with 0 nobody is."""


KEPT = "Your draft is kept."


class Compose(Screen[Any], inherit_bindings=False):
    """Ends with what `send` made, KEPT when the draft was kept, or None."""

    KEYS: ClassVar[tuple[tuple[str, str, str], ...]] = (
        ("Ctrl+S", "ctrl+s", "send"),
        ("Esc", "escape", "keep"),
        ("Ctrl+P", "ctrl+p", "preview"),
        ("Ctrl+G", "ctrl+g", "discard"),
    )
    AUTO_FOCUS = ""

    def __init__(self, ctx: Context, writing: Writing) -> None:
        super().__init__()
        self._ctx = ctx
        self._writing = writing
        self._header = HeaderBar()
        self._notes = Notes(writing)
        self._subject = Input(
            id="subject", placeholder="Subject", max_length=MAX_TITLE, compact=True, select_on_focus=False
        )
        self._body = Editor(id="body", limit=MAX_BODY)
        self._preview = Preview()
        self._keys = KeyBar(self._clicked)
        self._answers_id = writing.answers_id
        self._client_key = new_key()
        self._saved = ("", "")
        self._now = ("", "")
        self._kept_words = ""
        self._ready = self._typed = False
        self._sending = False
        self._asking = ""
        self._forget_keeper: Callable[[], None] = lambda: None

    def compose(self) -> ComposeResult:
        yield self._header
        yield self._notes
        if self._writing.subject is not None:
            yield self._subject
        yield self._body
        yield self._preview
        yield self._keys

    async def on_mount(self) -> None:
        self._preview.display = False
        self._keys.show([(shown, says) for shown, _, says in self.KEYS])
        self._forget_keeper = self.app.keeps(lambda: self._keep(again=self._typed))  # type: ignore[attr-defined]
        found = await self._ctx.read(drafts.draft, self._writing.place)
        if found is not None:
            self._client_key, self._answers_id = found.client_key, found.answers_id
            self._fill(found.subject, found.body)
            when = ago(found.saved_at, self._ctx.now(), self._ctx.zone) if found.saved_at else "now"
            self._keys.say(f"Your draft ({when}) is here again. Ctrl+G discards it.")
        else:
            self._fill(self._writing.subject or "", self._writing.initial)
        self._saved = self._now
        self._ready = True
        self._show_header()
        with_subject = self._writing.subject is not None and not self._now[0]
        (self._subject if with_subject else self._body).focus()
        self.set_interval(SAVE_AFTER, self._keep_quietly)

    def _fill(self, subject: str, body: str) -> None:
        self._subject.value = subject
        self._body.text = body
        self._body.move_cursor(self._body.document.end)
        self._now = (subject, body)

    # -- keeping

    def on_text_area_changed(self) -> None:
        self._changed()

    def on_editor_refused(self, event: Editor.Refused) -> None:
        self._keys.say(event.why, fault=True)

    def on_input_changed(self) -> None:
        self._changed()

    def _changed(self) -> None:
        now = (self._subject.value, self._body.text)
        if self._ready and now != self._now:
            self._now, self._typed = now, True
            if not self._asking:
                self._keys.say("")
            self._show_header()

    def _show_header(self) -> None:
        length, limit = len(self._now[1]), self._writing.limit
        words = f"{length:,} of {limit:,}" if length > limit * 0.8 else self._kept_words
        self._header.show(self._writing.heading, words)

    async def _keep_quietly(self) -> None:
        """While typing: a failure is said, and tried again."""
        try:
            await self._keep()
        except BBSError as error:
            self._keys.say(error.message, fault=True)

    async def _keep(self, *, again: bool = False) -> None:
        """Put what is typed on disk, if it is not there. `again`: another session may have sent or discarded it."""
        now = self._now
        if (now == self._saved and not again) or self._sending:
            return
        view = DraftView(self._writing.place, now[0], now[1], self._answers_id, self._client_key, None)
        at = await self._ctx.write(drafts.save_draft, view)
        self._saved = now
        self._kept_words = f"draft kept {at.astimezone(self._ctx.zone):%H:%M:%S}"
        self._show_header()

    # -- keys

    def _clicked(self, shown: str) -> None:
        key = next(key for name, key, _ in self.KEYS if name == shown)
        self.run_worker(self._do(key), exclusive=True, group="key")

    async def _do(self, key: str) -> None:
        if key == "ctrl+s":
            await self._send()
        elif key == "escape":
            await self._leave()
        elif key == "ctrl+p":
            self._toggle_preview()
        elif key == "ctrl+g":
            self._ask_discard()

    async def _send(self) -> None:
        """Send once, however often the key is pressed. A refusal keeps every letter."""
        if self._sending:
            return
        self._sending = True
        self._keys.say("Sending…")
        try:
            made = await self._writing.send(DraftView(self._writing.place, *self._now, self._answers_id,
                                                      self._client_key, None))  # fmt: skip
        except BBSError as error:
            self._sending = False
            self._keys.say(error.message, fault=True)
            if isinstance(error, Invalid) and error.field == "title":
                self._subject.focus()
            return
        except BaseException:
            self._sending = False
            raise
        self._saved = self._now
        self._finish(made)

    async def _leave(self) -> None:
        if self._preview.display:
            self._toggle_preview()
            return
        await self._keep(again=self._typed)
        self._finish(KEPT if any(part.strip() for part in self._now) else None)

    def _finish(self, made: Any) -> None:
        self._forget_keeper()
        self.app.exit(made)

    def _toggle_preview(self) -> None:
        self._preview.display = not self._preview.display
        self._body.display = not self._preview.display
        if self._preview.display:
            self._preview.show(self._now[1])
            self._keys.say("This is how it will look. Ctrl+P or Esc goes on writing.")
        else:
            self._keys.say("")
            self._body.focus()

    def _ask_discard(self) -> None:
        self._asking = "discard"
        self._keys.say("Discard this draft? It cannot be had back.   y discard   n go on writing")
        self.set_focus(None)

    async def on_key(self, event: events.Key) -> None:
        """What the text did not take."""
        if self._asking:
            event.stop()
            await self._answered(event.key)
        elif event.key in {"tab", "shift+tab"}:
            event.stop()
            self.focus_next() if event.key == "tab" else self.focus_previous()
        elif event.key == "ctrl+q":
            self.app.leave("You have signed out. Your draft is kept.")  # type: ignore[attr-defined]
        elif event.key in {key for _, key, _ in self.KEYS}:
            event.stop()
            await self._do(event.key)

    async def _answered(self, key: str) -> None:
        if key == "y":
            await self._ctx.write(drafts.discard_draft, self._writing.place)
            self._saved = self._now
            self._finish(None)
        elif key in {"n", "escape"}:
            self._asking = ""
            self._keys.say("")
            self._body.focus()

    def on_input_submitted(self) -> None:
        self._body.focus()


class Notes(Widget):
    """Who can read it, and what it answers."""

    def __init__(self, writing: Writing) -> None:
        super().__init__(id="notes")
        self._writing = writing
        self.styles.height = 1 + (min(ANSWERED_LINES, 1 + len(writing.answering) // 70) if writing.answering else 0)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y == 0:
            return line(width, (f" {self._writing.readers}", theme.DIM))
        rows = wrap([(self._writing.answering, theme.QUOTE)], width - 4)
        return line(width, (" ▎ ", theme.DIM), *rows[y - 1]) if y - 1 < len(rows) else blank(width)


class Preview(Widget, can_focus=True):
    """The text as its readers will see it."""

    def __init__(self) -> None:
        super().__init__(id="preview")
        self._markdown = MarkdownLines(remembered=2)
        self._text = ""
        self._top = 0

    def show(self, text: str) -> None:
        self._text, self._top = text, 0
        self.focus()
        self.refresh()

    def _lines(self) -> list[Strip]:
        """Drawn once for a text and a width."""
        return self._markdown.body(self._text, self._text, max(1, self.size.width - 2))

    def render_line(self, y: int) -> Strip:
        lines, at, width = self._lines(), y + self._top, self.size.width
        return Strip([*line(1), *lines[at]]).adjust_cell_length(width) if at < len(lines) else blank(width)

    def on_key(self, event: events.Key) -> None:
        step = {"down": 1, "j": 1, "up": -1, "k": -1, "pagedown": self.size.height, "pageup": -self.size.height,
                "space": self.size.height}.get(event.key)  # fmt: skip
        if step is not None:
            event.stop()
            self._top = max(0, min(self._top + step, len(self._lines()) - 1))
            self.refresh()
