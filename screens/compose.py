"""The editor. What is typed is kept as a draft while typing, and when the session ends in whatever way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from bbs.context import Context
from bbs.errors import BBSError, Invalid, NotFound, Overtaken
from bbs.events import DraftChanged, Event
from bbs.services import drafts
from bbs.services.drafts import MAX_BODY, DraftView
from bbs.services.posts import MAX_BODY as POST_LIMIT
from bbs.services.posts import MAX_TITLE
from bbs.text import ago
from bbs.views.members import Named
from screens import theme
from screens.keeping import DraftKeeper
from screens.lines import Part, both_ends, hint, line, wrap
from screens.markdown import MarkdownLines
from screens.mentions import Mentions, begun
from screens.widgets.bars import HeaderBar, KeyBar
from screens.widgets.editor import Editor
from screens.widgets.scrolled import Scrolled

SAVE_AFTER = 1.0
"""Seconds from a key to the draft on disk."""
COUNTED_FROM = 0.8
"""Share of the letters there is room for, from which on they are counted aloud."""

KEPT = "Your draft is kept."
DISCARDED = "Discarded. Your drafts (7) have it for a day: u brings it back."
FOUND_ELSEWHERE = "Another of your sessions is writing in this draft too. You are asked before anything is replaced."
CHANGED_ELSEWHERE = "Your other session has changed this draft too. Go on: Ctrl+S or Esc asks which text stays."
GONE_ELSEWHERE = "Another of your sessions has sent or discarded this draft. Your text here is as it was."

HELP = """**Keys**

- Ctrl+S sends. Esc leaves and keeps the draft.
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


class Compose(Screen[Any], inherit_bindings=False):
    """Ends with what `send` made, KEPT or DISCARDED, or None when there was nothing."""

    KEYS: ClassVar[tuple[tuple[str, str, str], ...]] = (
        ("Ctrl+S", "ctrl+s", "send"),
        ("Esc", "escape", "keep"),
        ("Ctrl+O", "ctrl+o", "help"),
        ("Ctrl+P", "ctrl+p", "preview"),
        ("Ctrl+G", "ctrl+g", "discard"),
    )
    QUESTIONS: ClassVar[dict[str, str]] = {
        "discard": "Discard this draft? You can have it back for a day.   " + hint("y discard", "n go on writing"),
        "which": "Your other session has changed this draft too.   "
        + hint("m keep mine", "t take theirs", "b both", "Esc go on"),
    }
    AUTO_FOCUS = ""

    def __init__(self, ctx: Context, writing: Writing) -> None:
        super().__init__()
        self._ctx = ctx
        self._writing = writing
        self._header = HeaderBar()
        self._notes = Notes(writing.readers)
        self._answered = Answered(writing.answering)
        self._subject = Input(
            id="subject", placeholder="Subject", max_length=MAX_TITLE, compact=True, select_on_focus=False
        )
        self._body = Editor(id="body", limit=MAX_BODY)
        self._look = Look()
        self._keys = KeyBar(self._clicked)
        self._keeper = DraftKeeper(ctx, writing.place, answers_id=writing.answers_id)
        self._mentions = Mentions(ctx, writing.board_id, self.set_timer, self._show_keys)
        self._now = ("", "")
        self._typed = self._sending = self._can_bring_back = False
        self._asking = self._looking = ""
        self._forget_keeper: Callable[[], None] = lambda: None

    def compose(self) -> ComposeResult:
        yield self._header
        yield self._notes
        if self._writing.answering:
            yield self._answered
        if self._writing.subject is not None:
            yield self._subject
        yield self._body
        yield self._look
        yield self._keys

    async def on_mount(self) -> None:
        self._look.display = False
        self._header.show(self._writing.heading, "")
        self._forget_keeper = self.app.keeps(self._keep_at_end)  # type: ignore[attr-defined]
        found = await self._keeper.find()
        if found is not None:
            self._fill(found.subject, found.body)
            when = ago(found.saved_at, self._ctx.now(), self._ctx.zone) if found.saved_at else "now"
            self._keys.say(f"Your draft ({when}) is here again. Ctrl+G discards it.")
        else:
            await self._begin()
        self._show_keys()
        with_subject = self._writing.subject is not None and not self._now[0]
        (self._subject if with_subject else self._body).focus()
        self.set_interval(SAVE_AFTER, self._keep_quietly)

    async def _begin(self) -> None:
        self._fill(self._writing.subject or "", self._writing.initial)
        self._keeper.begin(*self._now)
        self._can_bring_back = await self._ctx.read(drafts.discarded, self._writing.place) is not None
        if self._can_bring_back:
            self._keys.say("Ctrl+G brings back what you discarded here.")

    def _fill(self, subject: str, body: str) -> None:
        self._subject.value = subject
        self._body.text = body
        self._body.move_cursor(self._body.document.end)
        self._now = (subject, body)
        self._show_count()

    def _replace(self, view: DraftView) -> None:
        """Put another text in place of the one that is here, so that undo brings that back."""
        self._subject.value = view.subject
        self._body.replace(view.body, (0, 0), self._body.document.end, maintain_selection_offset=False)
        self._now = (view.subject, view.body)
        self._show_count()

    # -- keeping

    def on_text_area_changed(self) -> None:
        self._changed()

    def on_editor_refused(self, event: Editor.Refused) -> None:
        self._keys.say(event.why, fault=True)

    def on_input_changed(self) -> None:
        self._changed()

    def _changed(self) -> None:
        now = (self._subject.value, self._body.text)
        if now == self._now:
            return
        self._now, self._typed = now, True
        if not self._asking:
            self._keys.say("")
        if self._can_bring_back:
            self._can_bring_back = False
            self._show_keys()
        self._mentions.typed(self._begun())
        self._show_count()

    def _show_count(self) -> None:
        length, limit = len(self._now[1]), self._writing.limit
        self._notes.count(f"{length:,} of {limit:,}" if length > limit * COUNTED_FROM else "", over=length > limit)

    async def _keep_quietly(self) -> None:
        """While typing: a failure is said, and tried again. A question would take the next letters for its answer."""
        if self._asking:
            return
        try:
            await self._saying(self._keep, asks=False)
        except Overtaken:
            self._keys.say(CHANGED_ELSEWHERE)

    async def _saying(self, act: Callable[[], Awaitable[None]], *, asks: bool = True) -> None:
        """Do something; what it is refused for is said, and nothing typed is lost by it."""
        try:
            await act()
        except Overtaken:
            if not asks:
                raise
            self._ask("which")
        except BBSError as error:
            self._keys.say(error.message, fault=True)

    async def _keep(self, *, again: bool = False) -> None:
        """Put what is typed on disk, if it is not there. `again`: another session may have sent or discarded it."""
        if self._sending:
            return
        await self._keeper.save(*self._now, again=again)
        at = self._keeper.view.saved_at
        words = f"draft kept {at.astimezone(self._ctx.zone):%H:%M:%S}" if at else ""
        self._header.show(self._writing.heading, words)

    async def _keep_at_end(self) -> None:
        """The session ends, nobody knows how: the text goes to disk, whatever another session has put there."""
        if self._typed and not self._sending:
            await self._keeper.save_at_end(*self._now)

    async def heard(self, event: Event) -> None:
        """Something of the member's own has happened in another session."""
        if not isinstance(event, DraftChanged) or self._sending or not self._keeper.is_here(event):
            return
        if await self._keeper.is_news(event) and not self._asking:
            self._keys.say(FOUND_ELSEWHERE if event.version else GONE_ELSEWHERE)

    # -- keys

    def _show_keys(self, offered: tuple[Named, ...] = ()) -> None:
        """The keys; or, while a handle is being typed, whom it may mean."""
        if offered:
            self._keys.show([("Tab", f"@{offered[0].handle}"), *((f"@{one.handle}", "") for one in offered[1:])])
            return
        says = {"ctrl+g": "bring back"} if self._can_bring_back else {}
        self._keys.show([(shown, says.get(key, what)) for shown, key, what in self.KEYS])

    def _clicked(self, shown: str) -> None:
        if shown.startswith("@"):
            self._mention(shown[1:])
            return
        key = next((key for name, key, _ in self.KEYS if name == shown), "tab")
        self.run_worker(self._do(key), exclusive=True, group="key")

    async def on_key(self, event: events.Key) -> None:
        """What the text did not take."""
        if event.key == "ctrl+q":
            self.app.leave("You have signed out. Your draft is kept.")  # type: ignore[attr-defined]
        elif self._asking:
            event.stop()
            await self._answer(event.key)
        elif event.key in {"tab", "shift+tab", *(key for _, key, _ in self.KEYS)}:
            event.stop()
            await self._do(event.key)

    async def _do(self, key: str) -> None:
        acts: dict[str, Callable[[], Awaitable[None]]] = {
            "ctrl+s": self._send, "escape": self._leave, "ctrl+o": self._toggle_help, "ctrl+p": self._toggle_preview,
            "ctrl+g": self._bring_back if self._can_bring_back else self._ask_discard, "tab": self._tab,
            "shift+tab": self._back_tab,
        }  # fmt: skip
        await self._saying(acts[key])

    async def _send(self) -> None:
        """Send once, however often the key is pressed; from the disk, so that a dropped line loses nothing."""
        if self._sending:
            return
        self._sending = True
        self._keys.say("Sending…")
        try:
            await self._keeper.save(*self._now)
            made = await self._writing.send(self._keeper.view)
        except (NotFound, Invalid) as error:
            self._sending = False
            self._refused(error)
        except BaseException:
            self._sending = False
            raise
        else:
            self._finish(made)

    def _refused(self, error: NotFound | Invalid) -> None:
        gone = " It may have been moved, or closed to you. Your text is kept." if isinstance(error, NotFound) else ""
        self._keys.say(error.message + gone, fault=True)
        if isinstance(error, Invalid) and error.field == "title":
            self._subject.focus()

    async def _leave(self) -> None:
        if self._looking:
            self._show("", "")
            return
        await self._keep(again=self._typed)
        kept = any(part.strip() for part in self._now) and (self._typed or self._keeper.view.version)
        self._finish(KEPT if kept else None)

    def _finish(self, made: Any) -> None:
        self._forget_keeper()
        self.app.exit(made)

    def on_input_submitted(self) -> None:
        self._body.focus()

    # -- looking

    async def _toggle_preview(self) -> None:
        said = "This is how it will look. Ctrl+P or Esc goes on writing."
        self._show("" if self._looking == "preview" else "preview", self._now[1], said)

    async def _toggle_help(self) -> None:
        self._show("" if self._looking == "help" else "help", HELP, "Space goes on, Esc goes back to your text.")

    def _show(self, what: str, text: str, said: str = "") -> None:
        """Put a page in place of the text; '' puts the text back."""
        self._looking = what
        self._look.display, self._body.display = bool(what), not what
        self._keys.say(said if what else "")
        if what:
            self._look.show(text)
        else:
            self.set_focus(self._body)

    # -- mentions

    def _begun(self) -> str:
        row, column = self._body.cursor_location
        return begun(self._body.document.get_line(row)[:column]) if self._body.has_focus else ""

    async def _tab(self) -> None:
        """Complete the handle that is being typed, or go on to the next field."""
        self._mentions.typed(self._begun())
        handle = await self._mentions.first()
        if handle:
            self._mention(handle)
        else:
            self.focus_next()

    async def _back_tab(self) -> None:
        self.focus_previous()

    def _mention(self, handle: str) -> None:
        row, column = self._body.cursor_location
        start = (row, column - len(self._begun()))
        self._body.replace(f"{handle} ", start, (row, column), maintain_selection_offset=False)

    # -- asking

    def _ask(self, what: str) -> None:
        self._show("", "")
        self._asking = what
        self._keys.say(self.QUESTIONS[what])
        self.set_focus(None)

    async def _ask_discard(self) -> None:
        self._ask("discard")

    async def _answer(self, key: str) -> None:
        acts = {
            "discard": {"y": self._discard, "n": self._go_on, "escape": self._go_on},
            "which": {"m": self._keep_mine, "t": self._take_theirs, "b": self._keep_both,
                      "escape": self._go_on},
        }  # fmt: skip
        act = acts[self._asking].get(key)
        if act is not None:
            await self._saying(act)

    async def _go_on(self, said: str = "") -> None:
        self._asking = ""
        self._keys.say(said)
        self.set_focus(self._body)

    async def _discard(self) -> None:
        await self._keeper.discard(*self._now)
        self._finish(DISCARDED)

    async def _bring_back(self) -> None:
        self._replace(await self._keeper.bring_back())
        self._can_bring_back = False
        self._show_keys()
        self._keys.say("Here is what you discarded.")

    async def _keep_mine(self) -> None:
        await self._keeper.keep_mine(*self._now)
        await self._go_on("Your text stays. The other one is in your drafts for a day.")

    async def _take_theirs(self) -> None:
        theirs = await self._keeper.take_theirs(*self._now)
        if theirs is None:
            await self._go_on("It was sent or discarded there meanwhile, so your text stays.")
        else:
            self._replace(theirs)
            await self._go_on("Here is the other text. Yours is in your drafts for a day.")

    async def _keep_both(self) -> None:
        self._replace(await self._keeper.keep_both(*self._now))
        await self._go_on("Both texts are here, one after the other.")


class Notes(Widget):
    """Who can read it, and how much there is room for."""

    def __init__(self, readers: str) -> None:
        super().__init__(id="notes")
        self._readers = readers
        self._count: Part = ("", theme.DIM)

    def count(self, words: str, *, over: bool) -> None:
        count = (words, theme.WARN if over else theme.DIM)
        if count != self._count:
            self._count = count
            self.refresh()

    def render_line(self, y: int) -> Strip:
        del y
        return both_ends(self.size.width, [(f" {self._readers}", theme.DIM)], [(f"{self._count[0]} ", self._count[1])])


class Answered(Scrolled):
    """The post that is answered: as much as there is room for, and the rest by scrolling."""

    def __init__(self, text: str) -> None:
        super().__init__(id="answered")
        self._text = text
        self._drawn: tuple[int, list[Strip]] = (0, [])

    def lines(self, width: int) -> list[Strip]:
        if self._drawn[0] != width:
            rows = wrap([(self._text, theme.QUOTE)], max(1, width - 4))
            self._drawn = width, [line(width, (" ▎ ", theme.DIM), *row) for row in rows]
        return self._drawn[1]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        del container, viewport
        return len(self.lines(width))

    def render_line(self, y: int) -> Strip:
        """The last line says how many follow."""
        width, rows = self.size.width, self.lines(self.size.width)
        below = len(rows) - self.top - self.size.height
        if not below or y < self.size.height - 1:
            return super().render_line(y)
        style = theme.ACCENT if self.has_focus else theme.DIM
        return line(width, (" ▎ ", theme.DIM), (f"↓ {below + 1} more" + ("" if self.has_focus else ": Tab"), style))

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()


class Look(Scrolled):
    """A text as its readers will see it."""

    def __init__(self) -> None:
        super().__init__(id="look")
        self._markdown = MarkdownLines(remembered=2)
        self._text = ""

    def show(self, text: str) -> None:
        self._text, self.top = text, 0
        self.focus()
        self.refresh()

    def lines(self, width: int) -> list[Strip]:
        inner = self._markdown.body(self._text, self._text, max(1, width - 2))
        return [Strip([*line(1), *strip]).adjust_cell_length(width) for strip in inner]
