"""The editor. What is typed is kept as a draft while typing, and when the session ends in whatever way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.geometry import Size
from textual.strip import Strip

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
from screens.lines import both_ends, hint, line, wrap
from screens.markdown import MarkdownLines
from screens.mentions import Mentions, begun
from screens.sheet import Act, Row, Sheet, rows_of
from screens.widgets.box import Box
from screens.widgets.editor import Editor
from screens.widgets.entry import EntryLine
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


class Compose(Sheet[Any]):
    """Ends with what `send` made, KEPT or DISCARDED, or None when there was nothing."""

    KEYS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("Ctrl+S", "send"), ("Esc", "keep"), ("Ctrl+O", "help"), ("Ctrl+P", "preview"), ("Ctrl+G", "discard"),
    )  # fmt: skip

    def __init__(self, ctx: Context, writing: Writing) -> None:
        super().__init__(writing.heading)
        self._ctx = ctx
        self._writing = writing
        self._answered = Answered(writing.answering) if writing.answering else None
        self._subject = EntryLine("Subject", "", MAX_TITLE, style=theme.BOLD) if writing.subject is not None else None
        self._body = Editor("", MAX_BODY, lambda why: self.say(why, fault=True))
        self._look = Look()
        self._looking = ""
        self._keeper = DraftKeeper(ctx, writing.place, answers_id=writing.answers_id)
        self._mentions = Mentions(ctx, writing.board_id, self.later, self._show_keys)
        self._now = ("", "")
        self._typed = self._can_bring_back = False
        self._saving: asyncio.TimerHandle | None = None
        self._forget_keeper: Callable[[], None] = lambda: None
        self.keys = {
            "ctrl+s": self._send, "escape": self._leave, "ctrl+o": self._toggle_help, "ctrl+p": self._toggle_preview,
            "ctrl+g": self._discard_or_bring_back, "tab": self._tab, "shift+tab": self.focus_previous,
        }  # fmt: skip
        self.other_keys = {"enter": self.focus_next, "down": self.focus_next}

    async def begin(self) -> None:
        self._forget_keeper = self.host.keeps(self._keep_at_end)
        found = await self._keeper.find()
        if found is not None:
            self._fill(found.subject, found.body)
            when = ago(found.saved_at, self._ctx.now(), self._ctx.zone) if found.saved_at else "now"
            self.say(f"Your draft ({when}) is here again. Ctrl+G discards it.")
        else:
            await self._begin_anew()
        self._show_keys()
        self.focus = self._subject if self._subject is not None and not self._now[0] else self._body

    async def _begin_anew(self) -> None:
        self._fill(self._writing.subject or "", self._writing.initial)
        self._keeper.begin(*self._now)
        self._can_bring_back = await self._ctx.read(drafts.discarded, self._writing.place) is not None
        if self._can_bring_back:
            self.say("Ctrl+G brings back what you discarded here.")

    def _fill(self, subject: str, body: str) -> None:
        if self._subject is not None:
            self._subject.fill(subject)
        self._body.fill(body)
        self._now = (subject, body)

    def _replace(self, view: DraftView) -> None:
        """Put another text in place of the one that is here, so that undo brings that back."""
        if self._subject is not None:
            self._subject.replace(view.subject)
        self._body.replace(view.body)
        self._now = (view.subject, view.body)

    # -- what is on the screen

    def boxes(self) -> Sequence[Box]:
        if self._looking:
            return [self._look]
        return [box for box in (self._answered, self._subject, self._body) if box is not None]

    def rows(self, size: Size) -> list[Row]:
        rows = [Row(self._notes(size.width))]
        if self._answered is not None:
            needed = len(self._answered.lines(size.width))
            rows += self._part(self._answered, size.width, max(1, min(needed, size.height // 4)))
        if self._subject is not None:
            rows += self._part(self._subject, size.width, 1)
        rest = self._look if self._looking else self._body
        return (rows + self._part(rest, size.width, max(1, size.height - len(rows))))[-size.height :]

    def _part(self, box: Box, width: int, height: int) -> list[Row]:
        return rows_of(box, width, height, focused=box is self.focus and not self.is_asking)

    def _notes(self, width: int) -> Strip:
        """Who can read it, and how much there is room for."""
        length, limit = len(self._now[1]), self._writing.limit
        count = f"{length:,} of {limit:,} " if length > limit * COUNTED_FROM else ""
        style = theme.WARN if length > limit else theme.DIM
        return both_ends(width, [(f" {self._writing.readers}", theme.DIM)], [(count, style)])

    # -- keeping

    def changed(self) -> None:
        self._mentions.typed(self._begun())
        now = (self._subject.text if self._subject is not None else "", self._body.text)
        if now == self._now:
            return
        self._now, self._typed = now, True
        if self._can_bring_back:
            self._can_bring_back = False
            self._show_keys()
        self.say("")
        self._keep_soon()

    def _keep_soon(self) -> None:
        if self._saving is None:
            self._saving = self.later(SAVE_AFTER, self._keep_quietly)

    async def _keep_quietly(self) -> None:
        """While typing: a failure is said, and tried again. A question would take the next letters for its answer."""
        self._saving = None
        if self.is_asking:
            self._keep_soon()
            return
        try:
            await self._keep()
        except Overtaken:
            self.say(CHANGED_ELSEWHERE)
        except BBSError as error:
            self.failed(error)
            self._keep_soon()

    async def _keep(self, *, again: bool = False) -> None:
        """Put what is typed on disk, if it is not there. `again`: another session may have sent or discarded it."""
        await self._keeper.save(*self._now, again=again)
        at = self._keeper.view.saved_at
        words = f"draft kept {at.astimezone(self._ctx.zone):%H:%M:%S}" if at else ""
        if self.header.show(self.heading, words):
            self.refresh()

    async def _keep_at_end(self) -> None:
        """The session ends, nobody knows how: the text goes to disk, whatever another session has put there."""
        if self._typed:
            await self._keeper.save_at_end(*self._now)

    async def heard(self, event: Event) -> None:
        if not isinstance(event, DraftChanged) or not self._keeper.is_here(event):
            return
        if await self._keeper.is_news(event) and not self.is_asking:
            self.say(FOUND_ELSEWHERE if event.version else GONE_ELSEWHERE)

    def refused(self, error: BBSError) -> None:
        """Nothing typed is lost by it; what another session has changed is asked about."""
        if isinstance(error, Overtaken):
            self._ask_which()
        else:
            super().refused(error)

    # -- keys

    def _show_keys(self, offered: tuple[Named, ...] = ()) -> None:
        """The keys; or, while a handle is being typed, whom it may mean."""
        if offered:
            shown = [("Tab", f"@{offered[0].handle}"), *((f"@{one.handle}", "") for one in offered[1:])]
        else:
            says = {"Ctrl+G": "bring back"} if self._can_bring_back else {}
            shown = [(key, says.get(key, what)) for key, what in self.KEYS]
        if self.bar.show(shown):
            self.refresh()

    def clicked(self, shown: str) -> None:
        if shown.startswith("@"):
            self._mention(shown[1:])
        elif not self.is_asking:
            self.do(self.keys["escape" if shown == "Esc" else shown.lower()])

    def quit(self) -> None:
        self.host.leave("You have signed out. Your draft is kept.")

    async def _send(self) -> None:
        """From the disk, so that a dropped line loses nothing. Once it is sent no key does anything here any more."""
        self.say("Sending…")
        try:
            await self._keeper.save(*self._now)
            made = await self._writing.send(self._keeper.view)
        except (NotFound, Invalid) as error:
            self._not_sent(error)
        else:
            self._finish(made)

    def _not_sent(self, error: NotFound | Invalid) -> None:
        gone = " It may have been moved, or closed to you. Your text is kept." if isinstance(error, NotFound) else ""
        self.say(error.message + gone, fault=True)
        if isinstance(error, Invalid) and error.field == "title":
            self.focus = self._subject

    async def _leave(self) -> None:
        if self._looking:
            self._show("", "")
            return
        await self._keep(again=self._typed)
        kept = any(part.strip() for part in self._now) and (self._typed or self._keeper.view.version)
        self._finish(KEPT if kept else None)

    def _finish(self, made: Any) -> None:
        self._forget_keeper()
        self.finish(made)

    # -- looking

    async def _toggle_preview(self) -> None:
        said = "This is how it will look. Ctrl+P or Esc goes on writing."
        self._show("" if self._looking == "preview" else "preview", self._now[1], said)

    async def _toggle_help(self) -> None:
        self._show("" if self._looking == "help" else "help", HELP, "Space goes on, Esc goes back to your text.")

    def _show(self, what: str, text: str, said: str = "") -> None:
        """Put a page in place of the text; '' puts the text back."""
        self._looking = what
        self.say(said if what else "")
        self._look.show(text)
        self.focus = self._look if what else self._body
        self.refresh()

    # -- mentions

    def _begun(self) -> str:
        return begun(self._body.typed) if self.focus is self._body else ""

    async def _tab(self) -> None:
        """Complete the handle that is being typed, or go on to the next field."""
        self._mentions.typed(self._begun())
        handle = await self._mentions.first()
        if handle:
            self._mention(handle)
        else:
            await self.focus_next()

    def _mention(self, handle: str) -> None:
        self._body.complete(len(self._begun()), f"{handle} ")
        self.changed()

    # -- asking

    def _ask(self, question: str, answers: dict[str, Act]) -> None:
        self._show("", "")
        self.ask(question, answers)

    async def _discard_or_bring_back(self) -> None:
        if self._can_bring_back:
            await self._bring_back()
            return
        choices = hint("y discard", "n go on writing")
        self._ask(f"Discard this draft? You can have it back for a day.   {choices}", {
            "y": self._discard, "n": self.answered, "escape": self.answered,
        })  # fmt: skip

    def _ask_which(self) -> None:
        choices = hint("m keep mine", "t take theirs", "b both", "Esc go on")
        self._ask(f"Your other session has changed this draft too.   {choices}", {
            "m": self._keep_mine, "t": self._take_theirs, "b": self._keep_both, "escape": self.answered,
        })  # fmt: skip

    async def _discard(self) -> None:
        await self._keeper.discard(*self._now)
        self._finish(DISCARDED)

    async def _bring_back(self) -> None:
        self._replace(await self._keeper.bring_back())
        self._can_bring_back = False
        self._show_keys()
        self.say("Here is what you discarded.")

    async def _keep_mine(self) -> None:
        await self._keeper.keep_mine(*self._now)
        await self.answered("Your text stays. The other one is in your drafts for a day.")

    async def _take_theirs(self) -> None:
        theirs = await self._keeper.take_theirs(*self._now)
        if theirs is None:
            await self.answered("It was sent or discarded there meanwhile, so your text stays.")
        else:
            self._replace(theirs)
            await self.answered("Here is the other text. Yours is in your drafts for a day.")

    async def _keep_both(self) -> None:
        self._replace(await self._keeper.keep_both(*self._now))
        await self.answered("Both texts are here, one after the other.")


class Answered(Scrolled):
    """The post that is answered: as much as there is room for, and the rest by scrolling."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self._wrapped: tuple[int, list[Strip]] = (0, [])

    def lines(self, width: int) -> list[Strip]:
        if self._wrapped[0] != width:
            rows = wrap([(self._text, theme.QUOTE)], max(1, width - 4))
            self._wrapped = width, [line(width, (" ▎ ", theme.DIM), *row) for row in rows]
        return self._wrapped[1]

    def draw(self, width: int, height: int, *, focused: bool) -> list[Strip]:
        """The last line says how many follow."""
        shown = super().draw(width, height, focused=focused)
        below = len(self.lines(width)) - self.top - height
        if below > 0:
            more = f"↓ {below + 1} more" + ("" if focused else ": Tab")
            shown[-1] = line(width, (" ▎ ", theme.DIM), (more, theme.ACCENT if focused else theme.DIM))
        return shown


class Look(Scrolled):
    """A text as its readers will see it."""

    def __init__(self) -> None:
        super().__init__()
        self._markdown = MarkdownLines(remembered=2)
        self._text = ""

    def show(self, text: str) -> None:
        self._text, self.top = text, 0

    def lines(self, width: int) -> list[Strip]:
        inner = self._markdown.body(self._text, self._text, max(1, width - 2))
        return [Strip([*line(1), *strip]).adjust_cell_length(width) for strip in inner]
