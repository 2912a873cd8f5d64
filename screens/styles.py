"""The styles of everything that we draw line by line.

A colour here is a role, written as the number of one of the six colours that are legible on black and on white (at
least 4.5:1 on each). The member's theme (themes.py) decides which colour each role is drawn in. Every role can be told
without colours too: by bold, underline, reverse video or a sign beside it.
"""

from typing import Any

from rich.style import Style

GREEN, BLUE, PURPLE, RED, PINK, GREY = 29, 63, 98, 131, 163, 243
"""The colours of text. 256-colour numbers."""
WHITE, BAR_BACK, CURSOR_BACK, SAID_BACK, FAULT_BACK = 231, 60, 25, 29, 160
"""The colours of bars, always used together: white on one of the others."""


def _text(color: int | None = None, **attributes: Any) -> Style:
    return Style(color=None if color is None else f"color({color})", **attributes)


def _bar(back: int, **attributes: Any) -> Style:
    return Style(color=f"color({WHITE})", bgcolor=f"color({back})", **attributes)


PLAIN = Style.null()
BOLD = _text(bold=True)
ITALIC = _text(italic=True)
DIM = _text(GREY)
ACCENT = _text(BLUE)
NEW = _text(PINK, bold=True)
GOOD = _text(GREEN)
WARN = _text(RED, bold=True)
NAME = _text(BLUE, bold=True)
CODE = _text(PURPLE)
QUOTE = _text(GREY, italic=True)
HEADING = _text(BLUE, bold=True)
LINK = _text(BLUE, underline=True)
FOUND = _text(PINK, bold=True)
"""The words that a search was for."""
TAKEN_OUT = _text(RED, bold=True)
PUT_IN = _text(GREEN, bold=True)
STRIKE = _text(GREY, strike=True)
BAR = _bar(BAR_BACK)
BAR_BOLD = _bar(BAR_BACK, bold=True)
CURSOR = _bar(CURSOR_BACK)
"""The row on which the cursor rests."""
CURSOR_MARK = _text(BLUE, bold=True)
SAID = _bar(SAID_BACK)
"""A line that says what happened."""
FAULT = _bar(FAULT_BACK, bold=True)
"""A line that says what went wrong."""
SELECTED = Style(reverse=True)
"""Text that is selected with the mouse."""
