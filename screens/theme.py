"""The few styles of the interface. Text is in the member's own colours, so a light or high-contrast terminal stays
as it is; accents are from the 256-colour cube, chosen to be readable on both black and white."""

from rich.style import Style


def _style(color: int | None = None, *, back: int | None = None, bold: bool = False, italic: bool = False) -> Style:
    return Style(
        color=None if color is None else f"color({color})",
        bgcolor=None if back is None else f"color({back})",
        bold=bold or None,
        italic=italic or None,
    )


PLAIN = Style.null()
BOLD = _style(bold=True)
ITALIC = _style(italic=True)
DIM = _style(244)
ACCENT = _style(31)
NEW = _style(166, bold=True)
GOOD = _style(64)
WARN = _style(160, bold=True)
NAME = _style(31, bold=True)
CODE = _style(64)
QUOTE = _style(244, italic=True)
HEADING = _style(31, bold=True)
LINK = _style(31)
FOUND = _style(166, bold=True)
"""What a search was for."""
TAKEN_OUT = _style(160, bold=True)
PUT_IN = _style(64, bold=True)
STRIKE = Style(strike=True, color="color(244)")
BAR = _style(231, back=24)
BAR_DIM = _style(252, back=24)
BAR_BOLD = _style(231, back=24, bold=True)
KEY = _style(231, back=24, bold=True)
CURSOR = Style(bgcolor="color(254)", color="color(16)")
CURSOR_MARK = _style(31, bold=True)
FAULT = _style(231, back=124)
"""A line that says what went wrong."""
TYPING = Style(reverse=True)
"""The cell in which the next letter is typed."""
SELECTED = _style(231, back=24)
"""Text that is selected in an editor."""
