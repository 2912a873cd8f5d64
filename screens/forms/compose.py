"""The editor. What is typed is kept as a draft while typing, and when the session ends in whatever way."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Input, TextArea

from bbs.context import Context
from bbs.errors import BBSError, Invalid, NotFound, Overtaken
from bbs.services import drafts
from bbs.services.drafts import MAX_BODY, DraftView
from bbs.services.posts import MAX_TITLE
from bbs.text import ago
from bbs.views.members import Named
from screens import styles
from screens.forms.kept import KeptModal
from screens.forms.mentions import Mentions, begun
from screens.forms.writing import DISCARDED, KEPT, Writing
from screens.lines import Part, both_ends, line, wrap
from screens.markdown import Bodies, MarkdownLines
from screens.rows import Row
from screens.widgets.bars import Header, KeyBar, KeyWord
from screens.widgets.line_input import LineInput
from screens.widgets.line_widget import LineWidget
from screens.widgets.reader import Reader
from screens.widgets.said import Said
from screens.widgets.text_area import TextField

COUNTED_FROM = 0.8
"""Share of the letters there is room for, from which on they are counted aloud."""
PHONE_HINT = "A line of . alone sends this, .keep keeps it as a draft."

HELP = """**Keys**

- Ctrl+S sends. Esc leaves and keeps the draft.
- Without such keys: a line of . alone asks whether to send, .keep keeps the draft and leaves, .. writes a dot.
- Ctrl+P shows how it will look.
- Ctrl+Z takes back what you did last, Ctrl+Y does it again.
- Ctrl+← and Ctrl+→ go by words, Home and End (Ctrl+A, Ctrl+E) to the ends of the line.
- Shift and an arrow selects. F7 selects everything.
- Ctrl+C copies, Ctrl+X cuts, Ctrl+V puts it in.
- Ctrl+W takes out a word, Ctrl+U the line to its start, Ctrl+K to its end.
- After @ and a letter, Tab completes the handle. Else it goes to the post that you answer: ↑ and ↓ scroll that.
- Ctrl+G discards the draft, after asking.

**What Markdown makes of it**

- `*word*` is *word*, `**word**` is **word**, `~~word~~` is ~~word~~
- `- one` begins a line of a list, `1. one` of a numbered one
- `> words` is a quote, `# Words` a heading
- `` `x = 1` `` is `x = 1`; a line of ```` ``` ```` begins and ends a block of code
- `[the fund](https://example.org)` is a link; an address alone is one, too
"""


class Readers(LineWidget):
    """Who can read what is written, and how much there is room for."""

    def __init__(self) -> None:
        super().__init__()
        self._readers, self._length, self._limit = "", 0, 1

    def show(self, readers: str, length: int, limit: int) -> None:
        if (readers, length, limit) != (self._readers, self._length, self._limit):
            counted = max(self._length, length) > self._limit * COUNTED_FROM or readers != self._readers
            self._readers, self._length, self._limit = readers, length, limit
            if counted:
                self.refresh()

    def render_line(self, y: int) -> Strip:
        del y
        count = f"{self._length:,} of {self._limit:,} " if self._length > self._limit * COUNTED_FROM else ""
        style = styles.WARN if self._length > self._limit else styles.DIM
        return both_ends(self.width, [(f" {self._readers}", styles.DIM)], [(count, style)])


class Compose(KeptModal[Any]):
    """Ends with what `send` made, KEPT or DISCARDED, or None when there was nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "send", "send"),
        Binding("escape", "leave", "keep"),
        Binding("ctrl+o", "help", "help"),
        Binding("ctrl+p", "preview", "preview"),
        Binding("ctrl+g", "discard", "discard"),
        Binding("tab", "complete", "next field", priority=True),
        Binding("shift+tab", "previous_field", "previous field"),
    ]
    can_join = True

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self._ctx = ctx
        self.writing: Writing | None = None
        """Set anew each time the editor is shown."""
        self.header, self.said, self.keys = Header(), Said(), KeyBar()
        self._readers = Readers()
        self._answered, self._look = Reader(), Reader()
        self._look.add_class("page")
        self._subject = LineInput(placeholder="Subject")
        self._body = TextField(MAX_BODY, placeholder=PHONE_HINT)
        self._bodies = Bodies(MarkdownLines(remembered=2), self.do, lambda: self._look.show(self._look.rows))
        self._looking = ""
        self._mentions = Mentions(ctx, self.set_timer_job, self._offer)
        self._can_bring_back = False

    def compose(self) -> ComposeResult:
        yield self.header
        yield self._readers
        yield self._answered
        yield self._subject
        yield self._body
        yield self._look
        yield self.said
        yield self.keys

    @property
    def _now(self) -> Writing:
        assert self.writing is not None  # noqa: S101 - set before it is shown
        return self.writing

    async def opened(self) -> None:
        writing = self._now
        self.header.show(writing.heading, "")
        self.said.say("")
        self._mentions.begin(writing.board_id)
        self._answered.show(_answered_rows(writing.answering))
        self._subject.display = writing.subject is not None
        self._show_text()
        draft = await self.find_draft(self._ctx, writing.place, answers_id=writing.answers_id)
        self._can_bring_back = False
        if draft is not None:
            self._fill(draft.subject, draft.body)
            when = ago(draft.saved_at, self._ctx.now(), self._ctx.zone) if draft.saved_at else "now"
            self.say(f"Your draft ({when}) is here again. Ctrl+G discards it.")
        else:
            await self._begin_anew(writing)
        self._offer(())
        self._count()
        wants_subject = writing.subject is not None and not self._subject.value
        self.set_focus(self._subject if wants_subject else self._body)

    async def _begin_anew(self, writing: Writing) -> None:
        self._fill(writing.subject or "", writing.initial)
        if self.keeper is not None:
            self.keeper.begin(*self.written())
        self._can_bring_back = await self._ctx.read(drafts.discarded, writing.place) is not None
        if self._can_bring_back:
            self.say("Ctrl+G brings back what you discarded here.")

    def _fill(self, subject: str, body: str) -> None:
        self._subject.fill(subject, limit=MAX_TITLE)
        self._body.fill(body)
        self._last = (subject, body)

    # -- the text

    def written(self) -> tuple[str, str]:
        return (self._subject.value if self._now.subject is not None else ""), self._body.text

    def put(self, draft: DraftView) -> None:
        """Undo brings back the text that was here."""
        self._subject.fill(draft.subject)
        self._body.replace_all(draft.body)
        self._last = self.written()

    def saved(self) -> None:
        at = self.keeper.view.saved_at if self.keeper is not None else None
        self.header.show(self._now.heading, f"draft kept {at.astimezone(self._ctx.zone):%H:%M:%S}" if at else "")

    @on(Input.Changed)
    @on(TextArea.Changed)
    def changed(self, event: Message) -> None:
        event.stop()
        now = self.written()
        if now == self._last or not self.is_open:
            return
        self._last = now
        if self._can_bring_back:
            self._can_bring_back = False
            self._offer(())
        self.say("")
        self._count()
        self.typed()

    @on(TextArea.SelectionChanged)
    def look_for_mention(self, event: TextArea.SelectionChanged) -> None:
        event.stop()
        self._mentions.typed(self._begun())

    def _count(self) -> None:
        self._readers.show(self._now.readers, len(self._last[1]), self._now.limit)

    @on(LineInput.Lines)
    def put_rest_below(self, event: LineInput.Lines) -> None:
        """Several lines were pasted into the subject: the first stays, the others begin the text."""
        event.stop()
        self._body.move_cursor(self._body.document.start)
        self._body.insert(event.rest if not self._body.text else f"{event.rest}\n", maintain_selection_offset=False)
        self.set_focus(self._body)
        self.say("The first line is the subject; the rest of what you pasted is in the text.")

    # -- what is said, and the keys

    def say(self, text: str, *, fault: bool = False) -> None:
        self.said.say(text, fault=fault)

    def _offer(self, offered: tuple[Named, ...]) -> None:
        """The keys; or, while a handle is being typed, whom it may mean."""
        if offered:
            first, *others = offered
            words = [KeyWord("Tab", f"@{first.handle}", "complete")]
            words += [KeyWord(f"@{one.handle}", "", f"mention('{one.handle}')") for one in others]
        else:
            words = [KeyWord("Ctrl+S", "send", "send"), KeyWord("Esc", "keep", "leave"),
                     KeyWord("Ctrl+O", "help", "help"), KeyWord("Ctrl+P", "preview", "preview"),
                     KeyWord("Ctrl+G", "bring back" if self._can_bring_back else "discard", "discard")]  # fmt: skip
        self.keys.show(words)

    def refused(self, error: BBSError) -> None:
        """Nothing typed is lost by it; what another session has changed is asked about."""
        if isinstance(error, Overtaken):
            self.do(lambda: self.unless_overtaken(self._raise_again(error)))
        else:
            super().refused(error)

    def _raise_again(self, error: Overtaken) -> Any:
        async def act() -> None:
            raise error

        return act

    # -- sending and leaving

    def action_send(self) -> None:
        self.do(lambda: self.unless_overtaken(self._send))

    async def _send(self) -> None:
        """From the disk, so that a dropped line loses nothing. Once it is sent no key does anything here any more."""
        self._show_text()
        self.say("Sending…")
        try:
            await self.save()
            made = await self._now.send(self.keeper.view) if self.keeper is not None else None
        except (NotFound, Invalid) as error:
            self._not_sent(error)
        else:
            self.finish(made)

    def _not_sent(self, error: NotFound | Invalid) -> None:
        gone = " It may have been moved, or closed to you. Your text is kept." if isinstance(error, NotFound) else ""
        self.say(error.message + gone, fault=True)
        if isinstance(error, Invalid) and error.field == "title":
            self.set_focus(self._subject)

    def action_leave(self) -> None:
        if self._looking:
            self._show_text()
        else:
            self.do(lambda: self.unless_overtaken(self._leave))

    async def _leave(self) -> None:
        await self.save(again=self.has_typed)
        version = self.keeper.view.version if self.keeper is not None else 0
        kept = any(part.strip() for part in self.written()) and (self.has_typed or version)
        self.finish(KEPT if kept else "" if self.has_typed else None)

    @on(TextField.Command)
    def obey(self, event: TextField.Command) -> None:
        """A line that was typed alone, by somebody without other keys."""
        event.stop()
        self.do(self._ask_to_send if event.command == "." else lambda: self.unless_overtaken(self._leave))

    async def _ask_to_send(self) -> None:
        if await self.host.ask("Send it?", "send", "go on writing"):
            await self.unless_overtaken(self._send)

    @on(Input.Submitted)
    def to_the_text(self, event: Input.Submitted) -> None:
        event.stop()
        self.set_focus(self._body)

    # -- looking

    def action_preview(self) -> None:
        if self._looking == "preview":
            self._show_text()
        else:
            self._show_look("preview", self._body.text, "This is how it will look. Ctrl+P or Esc goes on writing.")

    def action_help(self) -> None:
        if self._looking == "help":
            self._show_text()
        else:
            self._show_look("help", HELP, "Space goes on, Esc goes back to your text.")

    def _show_look(self, what: str, text: str, said: str) -> None:
        """Put a page in place of the text."""
        self._looking = what
        self._look.show([Row(lambda width, _over: self._looked_at(text, width))])
        self._body.display, self._look.display = False, True
        self._answered.display = False
        self.set_focus(self._look)
        self.say(said)

    def _looked_at(self, text: str, width: int) -> list[Strip]:
        inner = self._bodies.body(text, text, max(1, width - 2))
        return [Strip([*line(1), *strip]).adjust_cell_length(width) for strip in inner]

    def _show_text(self) -> None:
        if self._looking:
            self.say("")
        self._looking = ""
        self._look.display, self._body.display = False, True
        self._answered.display = bool(self._now.answering)
        if self.is_open:
            self.set_focus(self._body)

    # -- mentions

    def set_timer_job(self, seconds: float, act: Any) -> Any:
        return self.set_timer(seconds, lambda: self.do(act))

    def _begun(self) -> str:
        return begun(self._body.typed) if self.focused is self._body else ""

    def action_complete(self) -> None:
        self.do(self._complete)

    async def _complete(self) -> None:
        """Complete the handle that is being typed, or go on to the next field."""
        self._mentions.typed(self._begun())
        handle = await self._mentions.first()
        if handle:
            self.action_mention(handle)
        else:
            self.focus_next()

    def action_previous_field(self) -> None:
        self.focus_previous()

    def action_mention(self, handle: str) -> None:
        self._body.complete(len(self._begun()), f"{handle} ")
        self._mentions.typed("")

    # -- discarding

    def action_discard(self) -> None:
        self.do(self._bring_back if self._can_bring_back else self._discard)

    async def _discard(self) -> None:
        self._show_text()
        question = "Discard this draft? You can have it back for a day."
        if await self.host.ask(question, "discard", "go on writing") and self.keeper is not None:
            await self.keeper.discard(*self.written())
            self.finish(DISCARDED)

    async def _bring_back(self) -> None:
        if self.keeper is not None:
            self.put(await self.keeper.bring_back())
        self._can_bring_back = False
        self._offer(())
        self._count()
        self.say("Here is what you discarded.")


def _answered_rows(text: str) -> list[Row]:
    """The post that is answered: one row for all of it."""

    def draw(width: int, _over: object) -> list[Strip]:
        rows: list[list[Part]] = wrap([(text, styles.QUOTE)], max(1, width - 4))
        return [line(width, (" ▎ ", styles.DIM), *row) for row in rows]

    return [Row(draw)] if text else []
