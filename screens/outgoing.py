"""The last look at what goes to a client: its terminal's colours, and no control character."""

from rich.color import ColorSystem
from rich.style import Style


def color_system(term: str, env: dict[str, str]) -> ColorSystem | None:
    """The colours that the client's terminal has, from what it says of itself; None for a terminal without."""
    term = term.lower()
    if env.get("NO_COLOR") or term in {"", "dumb", "vt100", "vt102", "vt220", "unknown"}:
        return None
    if env.get("COLORTERM", "").lower() in {"truecolor", "24bit"} or term.endswith(("-direct", "-truecolor")):
        return ColorSystem.TRUECOLOR
    if "256color" in term or term in {"xterm-kitty", "alacritty", "xterm-ghostty", "wezterm", "foot"}:
        return ColorSystem.EIGHT_BIT
    return ColorSystem.STANDARD


def printable(text: str) -> str:
    """A text without control characters, and without joiners: terminals that join emoji and those that do not would
    disagree on the width."""
    return "".join(c if c.isprintable() else "" if c == "\u200d" else " " if c.isspace() else "�" for c in text)


def lower(style: Style, system: ColorSystem | None) -> Style:
    """The style in the colours of `system`; without colours, a coloured background becomes reverse video."""
    if system is ColorSystem.TRUECOLOR:
        return style
    front, back = style.color, style.bgcolor
    if system is None:
        reverse = style.reverse or (back is not None and not back.is_default)
        return style.without_color + Style(reverse=reverse or None)
    colors = Style(
        color=front.downgrade(system) if front else None,
        bgcolor=back.downgrade(system) if back else None,
    )
    return style.without_color + colors
