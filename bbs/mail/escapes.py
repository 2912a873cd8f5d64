"""What was meant for a terminal, not for a reader: escape sequences, and letters struck over each other."""

import re

_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
"""CSI; OSC, DCS and other strings, which end on their line; the others (ECMA-48)."""
_STRUCK_OVER = re.compile(r"[^\n\x08]\x08")


def without_escapes(text: str) -> str:
    """A text without terminal escape sequences, each removed whole; 'N\\bN' of a manual page becomes 'N'."""
    if text.isascii() and "\x1b" not in text and "\x08" not in text:
        return text
    return _STRUCK_OVER.sub("", _ESCAPES.sub("", text))
