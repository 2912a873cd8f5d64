"""HTML as text that reads well as it is: quotations with '>', lists with '•', tables with '|', <pre> line by line.

lxml reads it, for Python's own parser takes quadratic time for what is broken; markdownify walks over the tree. What is
too deep or too large for that walk loses its shape and none of its words.
"""

import html
import re
from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import PageElement, Tag
from markdownify import MarkdownConverter
from wcwidth import wcswidth

MAX_SOURCE = 200_000
"""Letters that are walked over, without styles and scripts."""
MAX_EFFORT = 400_000
"""Elements, times the depth in which they stand: two seconds' work. A large newsletter has 200,000."""
MAX_DEPTH = 200
"""Elements in each other: the walk is recursive."""
_DEPTH_OF_TABLE = 3
"""A table has rows, and they have cells."""
MAX_QUOTES = 8
MAX_CELL = 200
"""Letters in a cell of a table; a longer one is a column of a page."""
MAX_TABLE = 110
"""Cells of the terminal up to which a table's columns are aligned."""
_SILENT = re.compile(r"<(style|script|template|!--)", re.IGNORECASE)
_SILENT_ENDS = {
    name: re.compile(f"</{name}[^<>]*>" if name != "!--" else "-->", re.IGNORECASE)
    for name in ("style", "script", "template", "!--")
}
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,20})")
_NEVER_DEEP = {
    "p", "li", "td", "th", "tr", "dt", "dd", "option", "thead", "tbody", "tfoot", "colgroup", "col", "br", "hr", "img",
    "meta", "link", "input", "base", "area", "wbr",
}  # fmt: skip
"""Elements that have no end, or that end where the next one of them begins."""
_BLOCK = re.compile(
    r"</?(?:p|div|br|tr|li|ul|ol|dl|dt|dd|table|blockquote|h[1-6]|hr|pre|center|section|article)\b[^<>]*>",
    re.IGNORECASE,
)
_ANY_TAG = re.compile(r"</?[a-zA-Z!?][^<>]*>")
_SPACES = re.compile(r"[ \t\r\n\f\xa0]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_CELL, _ROW, _HEAD = "\x1f", "\x1e", "\x1d"
_MARKS = re.compile(r"[\0\x1d-\x1f]")
_ADDRESSES = ("http://", "https://", "mailto:", "ftp://")
_IN_TABLE = ["table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption"]
_NO_CELL = ["table", "ul", "ol", "blockquote", "pre", "h1", "h2", "h3", "hr"]


def text_of_html(source: str) -> str:
    """The text of a page; `source` may be broken in any way."""
    source = _MARKS.sub("", source)
    if len(source) > MAX_SOURCE:
        source = _without_silent(source)
    text = ""
    if len(source) <= MAX_SOURCE and _is_walkable(source):
        try:
            text = _converted(source)
        except (RecursionError, ValueError, AssertionError):  # the parsers' own limits
            text = ""
    return text if text.strip() else _words(source)


def _converted(source: str) -> str:
    soup = BeautifulSoup(source, "lxml")
    for element in soup(["style", "script", "template", "title"]):
        element.decompose()
    _mark_quotes(soup)
    _mark_tables(soup)
    _number_lists(soup)
    rows = (row.rstrip() for row in str(_Text().convert_soup(soup)).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(rows)).strip("\n")


def _is_walkable(source: str) -> bool:
    """Whether the walk over a page ends soon. Counts without reading it: reading alone can take long."""
    tags = depth = deepest = 0
    for found in _TAG.finditer(source):
        tags += 1
        name = found[2].casefold()
        if name not in _NEVER_DEEP:
            step = _DEPTH_OF_TABLE if name == "table" else 1
            depth = max(0, depth - step) if found[1] else depth + step
            deepest = max(deepest, depth)
    return deepest <= MAX_DEPTH and tags * (10 + deepest) <= MAX_EFFORT


def _words(source: str) -> str:
    """The words without the tags, a line for each block."""
    shown = _without_silent(source)
    text = html.unescape(_ANY_TAG.sub("", _BLOCK.sub("\n", _SPACES.sub(" ", shown))))
    return _BLANK_LINES.sub("\n\n", "\n".join(row.strip() for row in text.split("\n"))).strip("\n")


def _without_silent(source: str) -> str:
    """A page without styles, scripts and comments. One that does not end is the rest of the page, and stays."""
    parts: list[str] = []
    endless: set[str] = set()
    at = 0
    for found in _SILENT.finditer(source):
        name = found[1].casefold()
        if found.start() < at or name in endless:
            continue
        end = _SILENT_ENDS[name].search(source, found.end())
        if end is None:
            endless.add(name)
        else:
            parts.append(source[at : found.start()])
            at = end.end()
    return " ".join([*parts, source[at:]])


def _mark_quotes(soup: BeautifulSoup) -> None:
    """Quotations in each other have a limit: each of them is written once more for every level."""
    for quote in soup("blockquote"):
        if len(quote.find_parents("blockquote", limit=MAX_QUOTES)) >= MAX_QUOTES:
            quote.name = "div"


def _mark_tables(soup: BeautifulSoup) -> None:
    """Tables that only arrange a page become blocks."""
    arranging = {id(table) for table in soup("table") if not _is_data(table)}
    blocks = []
    for element in soup(_IN_TABLE):
        table = element if element.name == "table" else element.find_parent("table")
        if table is None or id(table) in arranging:
            blocks.append(element)
    for element in blocks:
        element.name = "div"


def _is_data(table: Tag) -> bool:
    if table.find(_NO_CELL):
        return False
    cells = table(["td", "th"])
    return len(cells) > 1 and not any(len(cell(["p", "div"])) > 1 or len(cell.get_text()) > MAX_CELL for cell in cells)


def _number_lists(soup: BeautifulSoup) -> None:
    """markdownify counts the items before each item, which is quadratic."""
    for items in soup("ol"):
        start = str(items.get("start", ""))[:6]
        for number, item in enumerate(items("li", recursive=False), int(start) if start.isdecimal() else 1):
            item["value"] = str(number)


class _Text(MarkdownConverter):
    """Markdown that is read as it stands: no emphasis, nothing escaped, an address behind its words."""

    def __init__(self) -> None:
        super().__init__(wrap=True, wrap_width=None, escape_asterisks=False, escape_underscores=False)

    def _as_it_is(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return text

    convert_b = convert_strong = convert_em = convert_i = convert_del = convert_s = _as_it_is
    convert_code = convert_kbd = convert_samp = convert_sub = convert_sup = convert_q = _as_it_is

    def process_text(self, el: PageElement, parent_tags: set[str] | None = None) -> str:
        if "pre" in (parent_tags or ()):
            return str(el)
        text = str(super().process_text(el, parent_tags=parent_tags))  # type: ignore[misc]  # its types do not name it
        text = text.replace("\xa0", " ")
        text = text.lstrip(" ") if _is_break(el.previous_sibling) else text
        return text.rstrip(" ") if _is_break(el.next_sibling) else text

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        address = str(el.get("href") or "").strip()
        words = text.strip()
        if not address.lower().startswith(_ADDRESSES) or address.split(":", 1)[-1].strip("/") in words:
            return text
        behind = " " if text.endswith(" ") else ""
        return f"{text.rstrip()} <{address}>{behind}" if words else f"<{address}>"

    def convert_br(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"{text} " if "_inline" in parent_tags else f"\n{text}"

    def convert_div(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A line; one that holds nothing but a break or a space is an empty one, as Gmail and Outlook write it."""
        words = text.strip("\n")
        if "_inline" in parent_tags:
            return f" {words.strip()} "
        if not words.strip():
            return "\n\n" if text or "\xa0" in el.get_text() else ""
        before, after = len(text) - len(text.lstrip("\n")), len(text) - len(text.rstrip("\n"))
        return "\n" * min(max(1, before), 2) + words + "\n" * min(max(1, after), 2)

    convert_section = convert_article = convert_main = convert_header = convert_footer = convert_nav = convert_div
    convert_center = convert_address = convert_figure = convert_form = convert_fieldset = convert_dir = convert_div

    def convert_p(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A paragraph; in Outlook's style it has no space around it, and a line of its own stands for that."""
        if "MsoNormal" in (el.get("class") or ()):
            return self.convert_div(el, text, parent_tags)
        words = text.strip()
        return f" {words} " if "_inline" in parent_tags else f"\n\n{words}\n\n" if words else ""

    def convert_blockquote(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        words = text.strip("\n").rstrip()
        if "_inline" in parent_tags or not words:
            return f" {words} "
        quoted = "\n".join(f"> {row}".rstrip() for row in words.split("\n"))
        return f"\n\n{quoted}\n\n"

    def convert_hN(self, n: int, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: N802 - as it is called
        return text if "_inline" in parent_tags else f"\n\n{text.strip()}\n\n"

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        words = " ".join(str(el.get("alt") or "").split())
        return f"[{words}]" if words else ""

    def convert_li(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        text = text.strip()
        mark = f"{el['value']}." if el.parent is not None and el.parent.name == "ol" else "•"
        return f"{mark} " + text.replace("\n", "\n" + " " * (len(mark) + 1)) + "\n" if text else ""

    def convert_list(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"\n{text.rstrip()}\n" if "li" in parent_tags else f"\n\n{text.rstrip()}\n\n"

    convert_ul = convert_ol = convert_list

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        text = text.lstrip("\n").rstrip()
        return f"\n\n{text}\n\n" if text else ""

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return _CELL + " ".join(text.split())

    convert_th = convert_td

    def convert_tr(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return _ROW + (_HEAD if el.find("th") and not el.find("td") else "") + text

    def convert_table(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        before, *rows = text.split(_ROW)
        cells = [[cell.strip() for cell in row.removeprefix(_HEAD).split(_CELL)[1:]] for row in rows]
        heads = [row.startswith(_HEAD) for row in rows]
        return f"\n\n{before.strip()}\n" + "\n".join(_table(cells, heads)) + "\n\n"


def _is_break(el: PageElement | None) -> bool:
    return isinstance(el, Tag) and el.name == "br"


def _table(rows: list[list[str]], heads: list[bool]) -> Iterator[str]:
    """Lines of a table; its columns are aligned where they fit on a screen."""
    columns = max(map(len, rows), default=0)
    widths = [max((max(0, wcswidth(row[n])) for row in rows if n < len(row)), default=0) for n in range(columns)]
    if columns < 2 or sum(widths) + 3 * columns > MAX_TABLE:
        widths = [0] * columns
    for row, is_head in zip(rows, heads, strict=True):
        cells = [cell + " " * (width - max(0, wcswidth(cell))) for cell, width in zip(row, widths, strict=False)]
        if any(row):
            yield row[0] if columns < 2 else f"| {' | '.join(cells)} |"
        if is_head and columns > 1:
            yield f"|{'|'.join('-' * (max(1, width) + 2) for width in widths)}|"
