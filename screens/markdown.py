"""Members' Markdown as lines. Nothing in it can become a control code, a link that the terminal opens, or markup."""

from collections import OrderedDict
from collections.abc import Hashable, Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.style import Style
from textual.strip import Strip

from bbs.text import MENTION, fold_mail, plural
from screens import theme
from screens.lines import Part, line, width_of, wrap

MAX_DEPTH = 6
"""Quotes and lists inside each other that are still indented."""
MIN_TEXT = 16
"""Cells of text that indentation leaves."""

_SPACED = {"paragraph_close", "heading_close"}
_SPACED_LEAVES = {"fence", "code_block", "hr"}
_INLINE = {"em": theme.ITALIC, "strong": theme.BOLD, "s": theme.STRIKE, "link": theme.LINK}


class MarkdownLines:
    """Turns bodies into lines, and remembers the last ones for everybody who reads them. One for a process."""

    def __init__(self, *, remembered: int = 600) -> None:
        # linkify is off: it costs a second for a long post. HTML is off: it is shown as typed.
        self._parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("strikethrough")
        self._lines: OrderedDict[Hashable, list[Strip]] = OrderedDict()
        self._remembered = remembered

    def body(self, key: Hashable, text: str, width: int, *, plain: bool = False) -> list[Strip]:
        """The lines of a body at a width. `key` names the text; `plain` is for mail, which is not Markdown."""
        full_key = (key, width, plain)
        known = self._lines.get(full_key)
        if known is not None:
            self._lines.move_to_end(full_key)
            return known
        made = self._render(text, width, plain=plain)
        self._lines[full_key] = made
        if len(self._lines) > self._remembered:
            self._lines.popitem(last=False)
        return made

    def _render(self, text: str, width: int, *, plain: bool) -> list[Strip]:
        blocks = _mail(text) if plain else _Blocks(self._parser.parse(text)).read()
        lines: list[Strip] = []
        for block in blocks:
            lines += block.lines(width)
        while lines and not lines[-1].text.strip():
            lines.pop()
        return lines


class _Block:
    """A run of text with what stands before its first and its other lines."""

    def __init__(self, first: list[Part], rest: list[Part], parts: list[Part], *, whole: bool = False) -> None:
        self.first, self.rest, self.parts, self.whole = first, rest, parts, whole

    def lines(self, width: int) -> list[Strip]:
        indent = sum(width_of(text) for text, _ in self.first)
        if width - indent < MIN_TEXT:
            self.first = self.rest = []
            indent = 0
        if self.whole:  # code keeps its lines; what is too long is cut at the edge
            rows = [[(text, style)] for part, style in self.parts for text in part.split("\n")]
        else:
            rows = wrap(self.parts, width - indent)
        return [line(width, *(self.rest if number else self.first), *row) for number, row in enumerate(rows)]


def _mail(text: str) -> Iterator[_Block]:
    """A list message: its own line breaks, quotes dimmed, the signature and the list's footer folded into one line."""
    kept, folded = fold_mail(text)
    for row in kept.split("\n"):
        style = theme.QUOTE if row.startswith(">") else theme.PLAIN
        yield _Block([], [], [(row, style)])
    if folded:
        yield _Block([], [], [(f"[{plural(folded, 'line')} of signature; i shows all]", theme.DIM)])


class _Blocks:
    """Walks markdown-it's flat list of tokens once."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._prefix: list[tuple[list[Part], list[Part]]] = []
        self._numbers: list[int | None] = []
        self._style = theme.PLAIN
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
            yield _Block(prefix, prefix, [("", theme.PLAIN)])
        self._gap_depth = -1

    def _block(self, token: Token) -> Iterator[_Block]:
        kind = token.type
        if kind == "inline":
            yield from self._gap()
            yield self._text(_inline(token.children or [], self._style))
        elif kind in {"fence", "code_block"}:
            yield from self._gap()
            bar: list[Part] = [("│ ", theme.DIM)]
            parts: list[Part] = [(token.content.rstrip("\n"), theme.CODE)]
            yield _Block(self._first() + bar, self._rest() + bar, parts, whole=True)
        elif kind == "hr":
            yield from self._gap()
            yield self._text([("─" * 20, theme.DIM)])
        else:
            self._nest(token)

    def _nest(self, token: Token) -> None:
        kind = token.type
        if kind == "heading_open":
            self._style = theme.HEADING
        elif kind == "heading_close":
            self._style = theme.PLAIN
        elif kind == "blockquote_open":
            bar: list[Part] = [("▎ ", theme.DIM)]
            self._prefix.append((bar, bar))
        elif kind == "list_item_open":
            self._prefix.append(self._bullet())
        elif kind in {"blockquote_close", "list_item_close"}:
            self._prefix.pop()
            self._gap_depth = min(self._gap_depth, len(self._prefix))
        elif kind in {"bullet_list_open", "ordered_list_open"}:
            start = int(token.attrGet("start") or 1) if kind.startswith("ordered") else None
            self._numbers.append(start)
        elif kind in {"bullet_list_close", "ordered_list_close"}:
            self._numbers.pop()
            if not self._numbers:
                self._gap_depth = len(self._prefix)

    def _bullet(self) -> tuple[list[Part], list[Part]]:
        number = self._numbers[-1]
        if number is None:
            return [("• ", theme.ACCENT)], [("  ", theme.PLAIN)]
        self._numbers[-1] = number + 1
        sign = f"{number}. "
        return [(sign, theme.ACCENT)], [(" " * len(sign), theme.PLAIN)]

    def _first(self) -> list[Part]:
        """What stands before the next line: a bullet once, then its indentation."""
        parts = [part for first, _ in self._prefix[:MAX_DEPTH] for part in first]
        self._prefix = [(rest, rest) for _, rest in self._prefix]
        return parts

    def _rest(self) -> list[Part]:
        return [part for _, rest in self._prefix[:MAX_DEPTH] for part in rest]

    def _text(self, parts: list[Part]) -> _Block:
        first = self._first()
        return _Block(first, self._rest(), parts)


def _inline(children: list[Token], base: Style) -> list[Part]:
    parts: list[Part] = []
    styles = [base]
    address = ""
    for token in children:
        kind = token.type
        if kind == "text":
            parts += _mentions(token.content, styles[-1])
        elif kind == "code_inline":
            parts.append((token.content, theme.CODE))
        elif kind in {"softbreak", "hardbreak"}:
            parts.append(("\n", base))
        elif kind == "image":
            parts.append((f"{token.content or 'image'} <{token.attrGet('src') or ''}>", theme.LINK))
        elif token.nesting == 1:
            styles.append(styles[-1] + _INLINE.get(kind.removesuffix("_open"), theme.PLAIN))
            address = str(token.attrGet("href") or "")
        elif token.nesting == -1:
            styles.pop()
            parts += _address(kind, address, parts)
        elif token.content:
            parts.append((token.content, styles[-1]))
    return parts


def _address(kind: str, address: str, parts: list[Part]) -> list[Part]:
    """A link's address, where the text before it does not show it already."""
    shown = kind != "link_close" or (parts and address.endswith(parts[-1][0]))
    return [] if shown else [(f" <{address}>", theme.DIM)]


def _mentions(text: str, style: Style) -> list[Part]:
    parts: list[Part] = []
    at = 0
    for found in MENTION.finditer(text):
        parts += [(text[at : found.start()], style), (found[0], theme.NAME)]
        at = found.end()
    parts.append((text[at:], style))
    return [part for part in parts if part[0]]
