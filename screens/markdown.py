"""Members' Markdown as lines. Nothing in it can become a control code, a link that the terminal opens, or markup."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any, TypeVar
from urllib.parse import quote

from markdown_it.token import Token
from rich.cells import set_cell_size
from rich.style import Style
from textual.strip import Strip

from bbs import markdown
from bbs.text import fold_mail, plural
from screens import styles
from screens.lines import Part, drawn, line, width_of, wrap

ADDRESS = re.compile(r"https?://\w[^\s<>\"`]{0,2000}", re.IGNORECASE)
MAX_DEPTH = 6
"""Quotes and lists inside each other that are still indented."""
MIN_TEXT = 16
"""Cells of text that indentation leaves."""
LONG = 2_000
"""Letters of a body that takes a noticeable part of a screen's time to lay out: up to 20 ms, however it is written."""
QUOTED_LINES = 4
"""Lines of a quote that are shown while it is folded: enough to know which words are answered."""

T = TypeVar("T")

Links = dict[str, int]
"""Addresses of a body, each with its number."""

_COPIED = ("http://", "https://", "mailto:")
"""What a browser or a mail program opens; another address is shown, and has no number."""

_SPACED = {"paragraph_close", "heading_close"}
_SPACED_LEAVES = {"fence", "code_block", "hr"}
_INLINE = {"em": styles.ITALIC, "strong": styles.BOLD, "s": styles.STRIKE, "link": styles.LINK}


class MarkdownLines:
    """Turns bodies into lines, and remembers the last ones for everybody who reads them. One for a process."""

    def __init__(self, *, remembered: int = 600) -> None:
        self._lines: OrderedDict[Hashable, list[Strip]] = OrderedDict()
        self._remembered = remembered

    def body(
        self, key: Hashable, text: str, width: int, *, plain: bool = False, folded: bool = False, shift: int = 0
    ) -> list[Strip]:
        """The lines of a body at a width. `key` names the text; `plain` is for mail, which is not Markdown.

        `folded` leaves out most of a long quote and says so; `shift` is how many cells code is scrolled to the left.
        """
        full_key = (key, width, plain, folded, shift)
        known = self._lines.get(full_key)
        if known is not None:
            self._lines.move_to_end(full_key)
            return known
        return self._remember(full_key, self._render(text, width, plain=plain, folded=folded, shift=shift))

    def is_ready(
        self, key: Hashable, text: str, width: int, *, plain: bool = False, folded: bool = False, shift: int = 0
    ) -> bool:
        """Whether `body` takes no noticeable time."""
        return len(text) <= LONG or (key, width, plain, folded, shift) in self._lines

    async def prepare(
        self, key: Hashable, text: str, width: int, *, plain: bool = False, folded: bool = False, shift: int = 0
    ) -> None:
        """Have the lines of a long body ready before `body` asks for them, made on a thread.

        The longest post can take 0.2 s, in which the loop would serve nobody. On a thread it holds up nobody.
        """
        if not self.is_ready(key, text, width, plain=plain, folded=folded, shift=shift):
            made = await asyncio.to_thread(self._render, text, width, plain=plain, folded=folded, shift=shift)
            self._remember((key, width, plain, folded, shift), made)

    def beginning(
        self, text: str, width: int, *, plain: bool = False, folded: bool = False, shift: int = 0
    ) -> list[Strip]:
        """What is shown of a long body until it is ready."""
        made = self._render(text[:LONG], width, plain=plain, folded=folded, shift=shift)
        return [*made, line(width, ("…", styles.DIM))]

    def _remember(self, full_key: Hashable, made: list[Strip]) -> list[Strip]:
        self._lines[full_key] = made
        if len(self._lines) > self._remembered:
            self._lines.popitem(last=False)
        return made

    def _render(self, text: str, width: int, *, plain: bool, folded: bool, shift: int = 0) -> list[Strip]:
        lines: list[Strip] = []
        for fold, blocks in groupby(self._blocks(text, {}, plain=plain), key=lambda block: block.fold):
            made = [strip for block in blocks for strip in block.lines(width, shift)]
            lines += fold.folded(made, width) if fold and folded else made
        while lines and not lines[-1].text.strip():
            lines.pop()
        return lines

    def _blocks(self, text: str, links: Links, *, plain: bool) -> "Iterator[_Block]":
        return _mail(text, links) if plain else _Blocks(markdown.parse(text), links).read()

    def links(self, text: str, *, plain: bool = False) -> list[str]:
        """A body's addresses in the order of their numbers, in the printable ASCII that every program takes."""
        links: Links = {}
        for _ in self._blocks(text, links, plain=plain):
            pass
        return [_ascii(address) for address in links]

    def overhang(self, text: str, width: int) -> int:
        """Cells by which the longest line of code goes over the width; 0 when all of it is seen."""
        return max((block.overhang(width) for block in self._blocks(text, {}, plain=False)), default=0)


async def aside(work: Callable[[str], T], text: str) -> T:
    """What is found in a body; in a long one, on a thread."""
    return await asyncio.to_thread(work, text) if len(text) > LONG else work(text)


class Bodies:
    """The way of one place to the lines of its bodies. A long one is laid out on a thread; until then it shows how it
    begins, whatever has made it be drawn: another width, a quote that is unfolded.
    """

    def __init__(
        self, lines: MarkdownLines, do: Callable[[Callable[[], Awaitable[None]]], None], redraw: Callable[[], None]
    ) -> None:
        """`do` has something done soon; `redraw` draws the place again."""
        self.lines = lines
        self._do, self._redraw = do, redraw
        self._missing: dict[Hashable, Callable[[], Awaitable[None]]] = {}

    def forget(self) -> None:
        """Nothing is waited for any more."""
        self._missing = {}

    def body(self, key: Hashable, text: str, width: int, **look: Any) -> list[Strip]:
        """As `MarkdownLines.body`."""
        if self.lines.is_ready(key, text, width, **look):
            return self.lines.body(key, text, width, **look)
        if not self._missing:
            self._do(self._lay_out)
        self._missing[key, width, *look.values()] = partial(self.lines.prepare, key, text, width, **look)
        return self.lines.beginning(text, width, **look)

    async def _lay_out(self) -> None:
        missing, self._missing = self._missing, {}
        for prepare in missing.values():
            await prepare()
        if missing:
            self._redraw()


@dataclass(frozen=True, eq=False, slots=True)
class _Fold:
    """A run of blocks of which, folded, the first `kept` lines are shown."""

    kept: int
    what: str

    def folded(self, lines: list[Strip], width: int) -> list[Strip]:
        hidden = len(lines) - self.kept
        if hidden < 2:  # the line that says so would take the place of what it hides
            return lines
        said = f"[… {plural(hidden, f'{self.what}line')}; o unfolds]"
        return [*lines[: self.kept], *(line(width, *row) for row in wrap([(said, styles.DIM)], width))]


class _Block:
    """A run of text with what stands before its first and its other lines."""

    def __init__(
        self, first: list[Part], rest: list[Part], parts: list[Part], *, whole: bool = False, fold: _Fold | None = None
    ) -> None:
        self.first, self.rest, self.parts, self.whole, self.fold = first, rest, parts, whole, fold

    def lines(self, width: int, shift: int) -> list[Strip]:
        room = width - self._indent(width)
        if room == width:
            self.first = self.rest = []
        rows = [_window(row, room, shift) for row in self._whole_rows()] if self.whole else wrap(self.parts, room)
        return [line(width, *(self.rest if number else self.first), *row) for number, row in enumerate(rows)]

    def _indent(self, width: int) -> int:
        """Cells that stand before the text; none where they would leave too little for it."""
        indent = sum(width_of(text) for text, _ in self.first)
        return indent if width - indent >= MIN_TEXT else 0

    def _whole_rows(self) -> list[Part]:
        return [(drawn(text), style) for part, style in self.parts for text in part.split("\n")]

    def overhang(self, width: int) -> int:
        if not self.whole:
            return 0
        return max(0, max(width_of(text) for text, _ in self._whole_rows()) - (width - self._indent(width)))


def _window(row: Part, width: int, shift: int) -> list[Part]:
    """What is seen of a line of code that is not wrapped, with a mark at each side on which there is more."""
    text, style = row
    left: list[Part] = [("‹", styles.ACCENT)] if shift and text else []
    text = text[len(set_cell_size(text, shift)) :] if shift < width_of(text) else ""
    room = width - len(left)
    if width_of(text) <= room:
        return [*left, (text, style)]
    return [*left, (set_cell_size(text, room - 1), style), ("›", styles.ACCENT)]


def _mail(text: str, links: Links) -> Iterator[_Block]:
    """A list message: its own line breaks, quotes dimmed, the signature and the list's footer after its words."""
    kept, _ = fold_mail(text)
    rest = text[len(kept) :].strip()
    for quoted, rows in groupby(kept.split("\n"), key=lambda row: row.startswith(">")):
        fold = _Fold(QUOTED_LINES, "more ") if quoted else None
        for row in rows:
            style = styles.QUOTE if quoted else styles.PLAIN
            yield _Block([], [], _marked(row, style, links), fold=fold)
    fold = _Fold(0, "signature ")
    for row in rest.split("\n") if rest else ():
        yield _Block([], [], _marked(row, styles.DIM, links), fold=fold)


class _Blocks:
    """Walks markdown-it's flat list of tokens once."""

    def __init__(self, tokens: list[Token], links: Links) -> None:
        self._tokens = tokens
        self._links = links
        self._quotes = 0
        self._fold: _Fold | None = None
        self._fold_depth = 0
        self._prefix: list[tuple[list[Part], list[Part]]] = []
        self._numbers: list[int | None] = []
        self._style = styles.PLAIN
        self._gap_depth = -1

    def read(self) -> Iterator[_Block]:
        for token in self._tokens:
            yield from self._block(token)
            if (token.nesting == -1 and not token.hidden and token.type in _SPACED) or token.type in _SPACED_LEAVES:
                self._gap_depth = len(self._prefix)

    def _gap(self) -> Iterator[_Block]:
        """The empty line that is due before the next text, as deep as what lies on both sides of it."""
        if self._gap_depth >= 0:
            prefix = self._rest()[: self._gap_depth]
            fold = self._fold if self._gap_depth >= self._fold_depth else None
            yield _Block(prefix, prefix, [("", styles.PLAIN)], fold=fold)
        self._gap_depth = -1

    def _block(self, token: Token) -> Iterator[_Block]:
        kind = token.type
        if kind == "inline":
            yield from self._gap()
            yield self._text(_Words(self._style, self._links).read(token.children or []))
        elif kind in {"fence", "code_block"}:
            yield from self._gap()
            bar: list[Part] = [("│ ", styles.DIM)]
            parts: list[Part] = [(token.content.rstrip("\n"), styles.CODE)]
            yield _Block(self._first() + bar, self._rest() + bar, parts, whole=True, fold=self._fold)
        elif kind == "hr":
            yield from self._gap()
            yield self._text([("─" * 20, styles.DIM)])
        else:
            self._nest(token)

    def _nest(self, token: Token) -> None:
        kind = token.type
        if kind == "heading_open":
            self._style = styles.HEADING
        elif kind == "heading_close":
            self._style = styles.PLAIN
        elif kind == "blockquote_open":
            bar: list[Part] = [("▎ ", styles.DIM)]
            self._prefix.append((bar, bar))
            self._quote(1)
        elif kind == "list_item_open":
            self._prefix.append(self._bullet())
        elif kind in {"blockquote_close", "list_item_close"}:
            self._prefix.pop()
            if kind == "blockquote_close":
                self._quote(-1)
            self._gap_depth = min(self._gap_depth, len(self._prefix))
        elif kind in {"bullet_list_open", "ordered_list_open"}:
            start = int(token.attrGet("start") or 1) if kind.startswith("ordered") else None
            self._numbers.append(start)
        elif kind in {"bullet_list_close", "ordered_list_close"}:
            self._numbers.pop()
            if not self._numbers:
                self._gap_depth = len(self._prefix)

    def _quote(self, step: int) -> None:
        """A quote is folded with the quotes that are in it."""
        self._quotes += step
        if not self._quotes:
            self._fold = None
        elif self._fold is None:
            self._fold, self._fold_depth = _Fold(QUOTED_LINES, "more "), len(self._prefix)

    def _bullet(self) -> tuple[list[Part], list[Part]]:
        number = self._numbers[-1]
        if number is None:
            return [("• ", styles.ACCENT)], [("  ", styles.PLAIN)]
        self._numbers[-1] = number + 1
        sign = f"{number}. "
        return [(sign, styles.ACCENT)], [(" " * len(sign), styles.PLAIN)]

    def _first(self) -> list[Part]:
        """What stands before the next line: a bullet once, then its indentation."""
        parts = [part for first, _ in self._prefix[:MAX_DEPTH] for part in first]
        self._prefix = [(rest, rest) for _, rest in self._prefix]
        return parts

    def _rest(self) -> list[Part]:
        return [part for _, rest in self._prefix[:MAX_DEPTH] for part in rest]

    def _text(self, parts: list[Part]) -> _Block:
        first = self._first()
        return _Block(first, self._rest(), parts, fold=self._fold)


class _Words:
    """Walks the tokens inside one block once."""

    def __init__(self, base: Style, links: Links) -> None:
        self._base = base
        self._styles = [base]
        self._links = links
        self._opened: list[tuple[str, int]] = []
        """Links whose end has not come: the address, and the part at which the link's text begins."""
        self._parts: list[Part] = []

    def read(self, tokens: Iterable[Token]) -> list[Part]:
        for token in tokens:
            if token.nesting == 1:
                self._open(token)
            elif token.nesting == -1:
                self._close(token)
            else:
                self._parts += self._leaf(token)
        return self._parts

    def _open(self, token: Token) -> None:
        kind = token.type.removesuffix("_open")
        if kind == "link":
            self._opened.append((str(token.attrGet("href") or ""), len(self._parts)))
        self._styles.append(self._styles[-1] + _INLINE.get(kind, styles.PLAIN))

    def _close(self, token: Token) -> None:
        self._styles.pop()
        if token.type == "link_close":
            address, start = self._opened.pop()
            label = "".join(text for text, _ in self._parts[start:])
            self._parts += _address(address, label, self._links)

    def _leaf(self, token: Token) -> list[Part]:
        kind, style = token.type, self._styles[-1]
        if kind == "text":
            return [(token.content, style)] if self._opened else _marked(token.content, style, self._links)
        if kind == markdown.MENTION:
            return [(token.content, styles.NAME)]
        if kind == "code_inline":
            return [(token.content, styles.CODE)]
        if kind in {"softbreak", "hardbreak"}:
            return [("\n", self._base)]
        if kind == "image":
            address = _address(str(token.attrGet("src") or ""), "", self._links)
            return [(token.content or "image", styles.LINK), *address]
        return [(token.content, style)] if token.content else []


def _address(address: str, label: str, links: Links) -> Iterable[Part]:
    """A link's number, and its address where what is shown is not just that: none leads where it does not say."""
    if address.lower().startswith(_COPIED):
        yield (f" [{links.setdefault(address, len(links) + 1)}]", styles.ACCENT)
    if _ascii(label) not in {_ascii(address), _ascii(address.removeprefix("mailto:"))}:
        yield (f" <{address}>", styles.DIM)


def _marked(text: str, style: Style, links: Links) -> list[Part]:
    """A text with its bare addresses, each with its number."""
    parts: list[Part] = []
    at = 0
    for match in ADDRESS.finditer(text):
        start, word = match.start(), _without_tail(match[0])
        parts += [(text[at:start], style), (word, style + styles.LINK), *_address(word, word, links)]
        at = start + len(word)
    parts.append((text[at:], style))
    return [part for part in parts if part[0]]


def _without_tail(address: str) -> str:
    """An address without the full stop or the bracket of the sentence that it stands in."""
    address = address.rstrip(".,;:!?'*_")
    closing = min(address.count(")") - address.count("("), len(address) - len(address.rstrip(")")))
    return address[: len(address) - max(0, closing)].rstrip(".,;:!?'*_")


def _ascii(address: str) -> str:
    """An address as it is sent over a wire: other letters percent-encoded (RFC 3986)."""
    return quote(address, safe="!#$%&'()*+,/:;=?@[]~")
