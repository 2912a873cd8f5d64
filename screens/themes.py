"""Themes: Textual's for its widgets, and the same colours for the lines that we draw ourselves.

`terminal` leaves the member's own background and foreground. The others paint their own. All colours are from the 256
that nearly every terminal has; a test computes the contrast of each on its background.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from rich.color import Color, ColorSystem, ColorType
from rich.style import Style
from textual.theme import Theme

from screens.styles import (
    BAR_BACK,
    BLUE,
    CURSOR_BACK,
    FAULT_BACK,
    GREEN,
    GREY,
    PINK,
    PURPLE,
    RED,
    SAID_BACK,
    WHITE,
)  # fmt: skip


class Bar(NamedTuple):
    """The two colours of a bar: 256-colour numbers."""

    front: int
    back: int


@dataclass(frozen=True, slots=True)
class Palette:
    """What the roles of `styles.py` are drawn in; 256-colour numbers. `page` None: the terminal's own colours."""

    page: Bar | None
    text: dict[int, int]
    bars: dict[int, Bar]


_SAME = {color: color for color in (GREEN, BLUE, PURPLE, RED, PINK, GREY)}
_BARS = {back: Bar(WHITE, back) for back in (BAR_BACK, CURSOR_BACK, SAID_BACK, FAULT_BACK)}
PALETTES = {
    "terminal": Palette(None, _SAME, _BARS),
    "light": Palette(
        Bar(234, 231), {GREEN: 22, BLUE: 25, PURPLE: 54, RED: 124, PINK: 90, GREY: 240}, _BARS
    ),
    "dark": Palette(
        Bar(252, 233), {GREEN: 114, BLUE: 111, PURPLE: 183, RED: 210, PINK: 213, GREY: 248},
        _BARS | {CURSOR_BACK: Bar(WHITE, 26)},
    ),
    "high-contrast": Palette(
        Bar(231, 16), {GREEN: 120, BLUE: 123, PURPLE: 225, RED: 217, PINK: 226, GREY: 255},
        {BAR_BACK: Bar(16, 231), CURSOR_BACK: Bar(16, 226), SAID_BACK: Bar(16, 120), FAULT_BACK: Bar(16, 217)},
    ),
}  # fmt: skip
NAMES = tuple(PALETTES)
DEFAULT = "terminal"


class Look(NamedTuple):
    """How a session's lines are drawn: the member's theme, and the colours that their terminal has."""

    theme: str
    system: ColorSystem | None


@lru_cache(4096)
def painted(style: Style, look: Look) -> Style:
    """The style in a session's colours, without meta data."""
    palette = PALETTES[look.theme]
    if look.system is None or (look.system is ColorSystem.STANDARD and palette.page is None):
        return _attributes(style) + Style(reverse=style.reverse or _is_bar(style, palette) or None)
    front, back = _number(style.color), _number(style.bgcolor)
    if back is None or (palette.page and back == palette.page.back):
        colors = Bar(palette.text.get(front, front), -1) if front is not None else Bar(-1, -1)
    else:
        colors = palette.bars.get(back) or Bar(-1 if front is None else front, back)
    if palette.page is not None:
        colors = Bar(*(own if own >= 0 else pages for own, pages in zip(colors, palette.page, strict=True)))
        if look.system is ColorSystem.STANDARD:
            colors = _in_black_and_white(colors, palette.page)
    return _attributes(style) + Style(color=_color(colors.front), bgcolor=_color(colors.back))


def _attributes(style: Style) -> Style:
    """The style without colours and meta data."""
    return Style(bold=style.bold, dim=None, italic=style.italic, underline=style.underline, reverse=style.reverse,
                 strike=style.strike)  # fmt: skip


def _is_bar(style: Style, palette: Palette) -> bool:
    back = _number(style.bgcolor)
    return back is not None and not (palette.page and back == palette.page.back)


def _number(color: Color | None) -> int | None:
    """A colour's number among the 256; None for the terminal's own."""
    if color is None or color.is_default:
        return None
    return color.number if color.number is not None else color.downgrade(ColorSystem.EIGHT_BIT).number


def _color(number: int) -> Color | None:
    return None if number < 0 else Color(f"color({number})", ColorType.STANDARD if number < 16 else ColorType.EIGHT_BIT,
                                         number)  # fmt: skip


def _in_black_and_white(colors: Bar, page: Bar) -> Bar:
    """For terminals with sixteen colours, of which nobody knows how they look: black and white, bars reversed."""
    page_is_dark = page.back in {16, 233}
    is_bar = colors.back != page.back
    return Bar(0, 15) if page_is_dark == is_bar else Bar(15, 0)


def _hex(number: int) -> str:
    triplet = Color.from_ansi(number).get_truecolor()
    return f"#{triplet.red:02x}{triplet.green:02x}{triplet.blue:02x}"


def _theme(name: str, palette: Palette) -> Theme:
    """The Theme from which Textual's own widgets take their colours."""
    ansi = palette.page is None
    front, back = ("ansi_default", "ansi_default") if palette.page is None else map(_hex, palette.page)
    cursor = palette.bars[CURSOR_BACK]
    accent, grey, red = (_hex(palette.text[color]) for color in (BLUE, GREY, RED))
    bar_front, bar_back = _hex(cursor.front), _hex(cursor.back)
    variables = {
        "theme-name": name,
        "ansi-background": "ansi_default", "ansi-foreground": "ansi_default",
        "border": accent, "border-blurred": grey, "text": front, "text-muted": grey, "text-disabled": grey,
        "block-cursor-foreground": bar_front, "block-cursor-background": bar_back, "block-cursor-text-style": "none",
        "block-cursor-blurred-foreground": bar_front, "block-cursor-blurred-background": bar_back,
        "block-hover-background": back, "input-cursor-text-style": "reverse",
        "input-cursor-foreground": front, "input-cursor-background": back,
        "input-selection-foreground": bar_front, "input-selection-background": bar_back,
        "scrollbar": accent, "scrollbar-hover": accent, "scrollbar-active": accent, "scrollbar-background": back,
        "scrollbar-background-hover": back, "scrollbar-background-active": back, "scrollbar-corner-color": back,
        "button-foreground": front, "button-color-foreground": front, "button-focus-text-style": "reverse bold",
    }  # fmt: skip
    return Theme(
        name=name, primary=accent, secondary=accent, accent=accent, warning=red, error=red,
        success=_hex(palette.text[GREEN]), foreground=front, background=back, surface=back, panel=back, boost=back,
        dark=name != "light", ansi=ansi, variables=variables, text_alpha=1.0,
    )  # fmt: skip


THEMES = {name: _theme(name, palette) for name, palette in PALETTES.items()}

STYLE_SHEETS = [Path(__file__).parent / name for name in ("place.tcss", "forms/forms.tcss", "palette.tcss")]
"""What every app of ours reads."""
