"""What every line passes before it goes to a client: its colours, its character set, no control characters."""

import unicodedata
from codecs import lookup

from rich.color import ColorSystem
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from screens.styles import PLAIN
from screens.themes import Look, painted

_MONOCHROME = {"", "dumb", "vt100", "vt102", "vt220", "unknown"}
_KEPT = "\u200d\ufe0e\ufe0f"
"""Joiners and selectors of emoji. Python calls them unprintable; they move nothing by themselves."""
_FRAMES = str.maketrans({
    "│": "|", "▎": "|", "▌": "|", "▊": "|", "▕": "|", "▐": "|", "┃": "|", "█": "#",
    "─": "-", "━": "-", "▔": "-", "▁": "_", "…": "...", "–": "-", "—": "-",
    "┌": "+", "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+", "•": "*", "●": "*", "·": "-",
    "“": '"', "”": '"', "‘": "'", "’": "'", "‹": "<", "›": ">",
    "←": "<", "→": ">", "↑": "^", "↓": "v", "▲": "^", "▼": "v",
    "×": "x", "✎": "d", "↩": "r", "✉": "m", "◷": "M", "♥": "<3", "≡": "=", "»": ">>", "☑": "x", "☐": "-", "✓": "x",
})  # fmt: skip
"""What stands for our own signs where a client has no Unicode."""


def color_system(term: str, env: dict[str, str]) -> ColorSystem | None:
    """The colours of a terminal, from what it says of itself: 256, 16, or None for no colours.

    Colours are sent by their number among the 256 even where more would be possible: fewer bytes, and the same look
    everywhere.
    """
    term = term.lower()
    if env.get("NO_COLOR") or term in _MONOCHROME:
        return None
    rich_ones = {"xterm-kitty", "alacritty", "xterm-ghostty", "wezterm", "foot"}
    has_more = env.get("COLORTERM", "").lower() in {"truecolor", "24bit"} or term.endswith(("-direct", "-truecolor"))
    return ColorSystem.EIGHT_BIT if has_more or "256color" in term or term in rich_ones else ColorSystem.STANDARD


FEW_LETTERS = "Your terminal does not use UTF-8, so some signs and letters are drawn as plain ones."
"""What a member is told whose client names another character set."""


def charset(env: dict[str, str]) -> str:
    """The character set of a client's locale, as Python names it: 'utf-8' where it says nothing."""
    named = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or ""
    if not named:
        return "utf-8"
    suffix = named.partition(".")[2].partition("@")[0]
    if not suffix:
        return "ascii" if named in {"C", "POSIX"} else "utf-8"
    try:
        return lookup(suffix).name
    except LookupError:
        return "utf-8"


def printable(text: str) -> str:
    """A text without control characters."""
    return "".join(c if c.isprintable() or c in _KEPT else " " if c.isspace() else "�" for c in text)


def spelled(text: str, encoding: str) -> str:
    """A text in the letters of a character set that has few. Its width stays the same where that is possible."""
    if text.isascii():
        return text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = "".join(_spelled(letter, encoding) for letter in text)
    return text


def _spelled(letter: str, encoding: str) -> str:
    if letter in _KEPT:
        return ""
    for plainer in (letter, letter.translate(_FRAMES)[:1], unicodedata.normalize("NFKD", letter)[:1]):
        try:
            plainer.encode(encoding)
        except UnicodeEncodeError:
            continue
        return plainer
    return "??" if unicodedata.east_asian_width(letter) in "WF" else "?"


class Outgoing(LineFilter):
    """One for a session. `look` is changed when the member chooses another theme."""

    def __init__(self, look: Look, encoding: str = "utf-8") -> None:
        super().__init__()
        self.look = look
        self._encoding = encoding

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        del background
        look = self.look
        made = [
            Segment(text if text.isprintable() else printable(text), painted(style or PLAIN, look))
            for text, style, _ in segments
        ]
        if self._encoding == "utf-8":
            return made
        return [Segment(spelled(text, self._encoding), style) for text, style, _ in made]
