"""Finding: a question, and what answers it, each opened in its place."""

from typing import Any, ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from bbs.services import search
from bbs.text import ago
from bbs.views.search import Hit
from screens import styles
from screens.lines import Part, both_ends, line, wrap
from screens.place import Place, job
from screens.rows import Row, gap_row, heading_row, text_row

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


class SearchScreen(Place):
    KIND = "search"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right", "open", "open", tooltip="Open what was found, in its place"),
        Binding("5,/", "search", "search", tooltip="Search for something else"),
        Binding("o", "order", "newest/best", tooltip="The newest first, or the best first"),
    ]

    def begin(self, scope: str = "") -> None:
        self._scope = scope

    def _reset(self, known: dict[str, Any]) -> None:
        super()._reset(known)
        self._text = str(known.get("text", ""))
        self._newest = bool(known.get("newest"))

    def remember(self) -> dict[str, Any]:
        return super().remember() | {"text": self._text, "newest": self._newest}

    @property
    def heading(self) -> str:
        return f"Search › {self._text}" if self._text else "Search"

    def offers(self, action: str) -> bool:
        return action not in {"open", "order"} or self.target is not None

    async def load(self) -> None:
        page = await self.ctx.read(search.search, self._text, newest=self._newest)
        rows = [text_row((note, styles.WARN)) for note in page.notes]
        if page.hits:
            rows += [self._row(hit) for hit in page.hits]
        elif page.asked:
            rows.append(text_row(("Nothing was found. Fewer words, or / for others.", styles.DIM)))
        if page.more:
            order = "newest" if self._newest else "best"
            note = f"The {order} {len(page.hits)} are shown. Another word makes it fewer."
            rows.append(text_row((note, styles.DIM)))
        self.rows = rows if page.asked else [*rows, *_how()]

    def _row(self, hit: Hit) -> Row:
        when = ago(hit.at, self.ctx.now(), self.ctx.zone) if hit.at else ""
        sign = {"person": "@", "message": "✉", "meeting": "◷"}.get(hit.kind, "")
        name = hit.title or f"Message from {hit.author}"

        def draw(width: int, over: Style | None) -> list[Strip]:
            left: list[Part] = [(f" {sign} " if sign else " ", styles.ACCENT), (name, styles.BOLD)]
            place = hit.place if width >= SIDE or hit.kind == "person" else ""
            left.append((f"  {place}", styles.DIM))
            author = f"{hit.author}  " if width >= SIDE else ""
            right = f"{author}{when:>6} " if when else f"{hit.author} "
            return [both_ends(width, left, [(right, styles.DIM)], over=over), *_snippet_lines(hit, width, over)]

        return Row(draw, hit)

    @job
    async def action_search(self) -> None:
        await self.ask()

    async def ask(self) -> None:
        """Ask for words, beginning with those that were asked for before."""
        initial = f"{self._text} " if self._text else self._scope
        text = await self.session.prompt("Words to look for", initial=initial)
        if text:
            self._text = text
            await self._look_again()

    async def _look_again(self) -> None:
        self.cursor, self.top = -1, (0, 0)
        await self.reload()

    @job
    async def action_order(self) -> None:
        self._newest = not self._newest
        await self._look_again()
        self.say("The newest first." if self._newest else "The best first.")

    @job
    async def action_open(self) -> None:
        hit = self.target
        if not isinstance(hit, Hit):
            return
        if hit.kind == "post":
            await self.session.open("thread", hit.thread_id, hit.post_id)
        elif hit.kind == "message":
            await self.session.open("conversation", hit.conversation_id, "", hit.message_id)
        elif hit.kind == "meeting":
            await self.session.open("meeting", hit.meeting_id)
        else:
            await self.session.open("profile", hit.handle)


def _snippet_lines(hit: Hit, width: int, over: Style | None) -> list[Strip]:
    parts: list[Part] = [(text, styles.FOUND if marked else styles.DIM) for text, marked in hit.snippet]
    margin: Part = ("   ", styles.PLAIN)
    return [line(width, margin, *row, over=over) for row in wrap(parts, width - 4)[:SNIPPET_LINES]] if parts else []


def _how() -> list[Row]:
    rows = [heading_row("How to ask"), text_row(("/ asks. Case and accents do not matter.", styles.DIM)), gap_row()]
    return [*rows, *(_example(example, says) for example, says in HOW)]


def _example(example: str, says: str) -> Row:
    def draw(width: int, _over: Style | None) -> list[Strip]:
        if width >= SIDE:
            return [line(width, (f" {example:<34}", styles.NAME), (says, styles.PLAIN))]
        return [line(width, (f" {example}", styles.NAME)), line(width, (f"   {says}", styles.PLAIN))]

    return Row(draw)
