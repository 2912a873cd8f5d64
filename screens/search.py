"""Finding: a question, and what answers it, each opened in its place."""

from typing import ClassVar

from rich.style import Style
from textual.strip import Strip

from bbs.context import Context
from bbs.services import search
from bbs.text import ago
from bbs.views.search import Hit
from screens import theme
from screens.lines import Part, both_ends, line, wrap
from screens.page import Key, Page, Row, gap_row, heading_row, text_row

SIDE = 60
SNIPPET_LINES = 2
HOW = (
    ("library licence", "both words, in any form of theirs"),
    ('"reading list"', "these words one after another"),
    ("subscr*", "words that begin so"),
    ("training -paid", "the first word without the second"),
    ("board:general", "in one board"),
    ("by:isla", "by one person"),
    ("in:12", "in one thread"),
    ("after:2026-01 before:2026-06-30", "between two dates"),
)


class SearchPage(Page):
    BINDINGS: ClassVar[tuple[Key, ...]] = (
        Key("enter right", "open", "Open what was found, in its place", "open"),
        Key("/", "ask", "Search for something else", "search"),
        Key("o", "order", "The newest first, or the best first", "newest/best"),
    )

    def __init__(self, ctx: Context, scope: str = "") -> None:
        super().__init__(ctx)
        self._scope = scope
        self._text = ""
        self._newest = False

    @property
    def title(self) -> str:
        return f"Search › {self._text}" if self._text else "Search"

    async def load(self) -> None:
        page = await self.ctx.read(search.search, self._text, newest=self._newest)
        self.rows = [text_row((note, theme.WARN)) for note in page.notes]
        if page.hits:
            self.rows += [self._row(hit) for hit in page.hits]
        elif page.asked:
            self.rows.append(text_row(("Nothing was found. Fewer words, or / for others.", theme.DIM)))
        if page.more:
            shown = (
                f"The {'newest' if self._newest else 'best'} {len(page.hits)} are shown. Another word makes it fewer."
            )
            self.rows.append(text_row((shown, theme.DIM)))
        if not page.asked:
            self.rows += _how()

    def _row(self, hit: Hit) -> Row:
        when = ago(hit.at, self.ctx.now(), self.ctx.zone) if hit.at else ""
        sign = {"person": "@", "message": "✉", "meeting": "◷"}.get(hit.kind, "")
        name = hit.title or f"Message from {hit.author}"

        def draw(width: int, over: Style | None) -> list[Strip]:
            left: list[Part] = [(f" {sign} " if sign else " ", theme.ACCENT), (name, theme.BOLD)]
            place = hit.place if width >= SIDE or hit.kind == "person" else ""
            left.append((f"  {place}", theme.DIM))
            author = f"{hit.author}  " if width >= SIDE else ""
            head = both_ends(width, left, [(f"{author}{when:>6} " if when else f"{hit.author} ", theme.DIM)], over=over)
            return [head, *_snippet_lines(hit, width, over)]

        return Row(draw, hit)

    async def begin(self) -> None:
        """Ask for words, as the page is opened."""
        await self.do_ask()

    async def do_ask(self) -> None:
        text = await self.frame.prompt("Words to look for", initial=f"{self._text} " if self._text else self._scope)
        if text:
            await self.look_for(text)

    async def look_for(self, text: str) -> None:
        self._text = text
        self.cursor, self.top = -1, (0, 0)
        await self.reload()

    async def do_order(self) -> None:
        self._newest = not self._newest
        self.cursor, self.top = -1, (0, 0)
        await self.reload()
        self.frame.say("The newest first." if self._newest else "The best first.")

    async def do_open(self) -> None:
        hit = self.target
        if not isinstance(hit, Hit):
            return
        if hit.kind == "post":
            page = self.frame.make("thread", hit.thread_id, hit.post_id)
        elif hit.kind == "message":
            page = self.frame.make("conversation", hit.conversation_id, "", hit.message_id)
        elif hit.kind == "meeting":
            page = self.frame.make("meeting", hit.meeting_id)
        else:
            page = self.frame.make("profile", hit.handle)
        await self.frame.open(page)


def _snippet_lines(hit: Hit, width: int, over: Style | None) -> list[Strip]:
    parts: list[Part] = [(text, theme.FOUND if marked else theme.DIM) for text, marked in hit.snippet]
    margin: Part = ("   ", theme.PLAIN)
    return [line(width, margin, *row, over=over) for row in wrap(parts, width - 4)[:SNIPPET_LINES]] if parts else []


def _how() -> list[Row]:
    rows = [heading_row("How to ask"), text_row(("/ asks. Case and accents do not matter.", theme.DIM)), gap_row()]
    return [*rows, *(_example(example, says) for example, says in HOW)]


def _example(example: str, says: str) -> Row:
    def draw(width: int, _over: Style | None) -> list[Strip]:
        if width >= SIDE:
            return [line(width, (f" {example:<34}", theme.NAME), (says, theme.PLAIN))]
        return [line(width, (f" {example}", theme.NAME)), line(width, (f"   {says}", theme.PLAIN))]

    return Row(draw)
