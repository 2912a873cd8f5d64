"""How keys are named for people, and for whom they are."""

from collections.abc import Collection

from textual.binding import Binding

AUTHOR = Binding.Group("What its author can do")
FACILITATOR = Binding.Group("What facilitators can do")
MODERATOR = Binding.Group("What moderators can do")
OPERATOR = Binding.Group("What operators can do")
_FOR = {FACILITATOR: {"facilitator"}, MODERATOR: {"moderator", "operator"}, OPERATOR: {"operator"}}

_NAMES = {
    "space": "Space", "enter": "Enter", "escape": "Esc", "up": "↑", "down": "↓", "left": "←", "right": "→",
    "pageup": "PgUp", "pagedown": "PgDn", "home": "Home", "end": "End", "tab": "Tab", "shift+tab": "Shift+Tab",
    "backspace": "Backspace", "question_mark": "?",
}  # fmt: skip


def key_name(key: str) -> str:
    """A key of Textual's as it stands on a keyboard: 'Ctrl+S', 'Esc', 'R'."""
    if key in _NAMES:
        return _NAMES[key]
    if key.startswith("ctrl+"):
        return f"Ctrl+{key[5:].upper() if len(key) == 6 else key_name(key[5:])}"
    return key.upper() if len(key) == 2 and key[0] == "f" else key


def first_key(keys: str) -> str:
    """The name of the first of several keys with commas between them."""
    return key_name(keys.split(",", maxsplit=1)[0])


def all_keys(keys: str) -> str:
    return " ".join(map(key_name, keys.split(",")))


def is_for(roles: Collection[str], binding: Binding) -> bool:
    """Whether a key is for somebody with these roles: a place may know better, of a board's own moderators."""
    who = _FOR.get(binding.group) if binding.group else None
    return not who or not who.isdisjoint(roles)
