"""The headers of a message or of a part, as text.

The `email` package reads their parts. Its parser with `policy.default` takes 0.7 ms for a message, decodes a word only
in the charset that it names, and takes 'Müller, Ana <ana@…>' for two people.
"""

import re
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import Compat32
from functools import cached_property

from bbs.mail.charsets import decode
from bbs.mail.escapes import without_escapes
from bbs.text import clean_line

MAX_HEADER = 4_000
"""Bytes of a header that are read, and of a list of references more: the library's readers take quadratic time."""
MAX_REFERENCES = 40_000
MAX_PARAMETERS = 2_000
MAX_FILENAME = 120
_NAME = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_KNOWN = re.compile(
    rb"(?:from|to|cc|date|subject|message-id|references|in-reply-to|received|return-path|sender|reply-to|mime-version"
    rb"|content-(?:type|transfer-encoding|disposition)|list-[a-z]+|x-[a-z-]+)[ \t]*:",
    re.IGNORECASE,
)
_KIND = re.compile(r"\s*([\w.+-]+)/([\w.+-]+)", re.ASCII)
_CHARSET = re.compile(
    r"charset\*?\s{0,9}=\s{0,9}(?:[\w-]{0,40}'[\w-]{0,40}')?[\"']{0,2}([^\s;\"']{1,60})", re.IGNORECASE
)
_LONG = {"references": MAX_REFERENCES, "in-reply-to": MAX_REFERENCES}


class _AsItStands(Compat32):
    """The library's own policy hides a header with eight-bit letters."""

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002 - as the library calls it
        return value


_AS_IT_STANDS = _AsItStands()


class Headers:
    """Headers by their names, unfolded. Until they are decoded, letters beyond ASCII are surrogates for their bytes."""

    def __init__(self, head: bytes) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in _unfolded(head):
            limit = _LONG.get(name, MAX_HEADER)
            self._values.setdefault(name, []).append(value[:limit].decode("ascii", "surrogateescape"))

    def __bool__(self) -> bool:
        return bool(self._values)

    def raw(self, name: str) -> str:
        """The first of a name that says something; '' for none."""
        return next(filter(None, self._values.get(name, ())), "")

    def all(self, name: str) -> list[str]:
        return self._values.get(name, [])

    def text(self, name: str) -> str:
        """A header on one line, decoded and cleaned."""
        return self.decoded(self.raw(name))

    def decoded(self, value: str) -> str:
        """A part of a header, on one line, decoded and cleaned."""
        if value.isascii() and value.isprintable() and "=?" not in value:
            return " ".join(value.split())
        return clean_line(without_escapes(decoded_words(self.readable(value), self.charset)))

    def readable(self, value: str) -> str:
        """A header that was sent in eight bits, in the charset of the message if it is not UTF-8."""
        if value.isascii():
            return value
        return decode(value.encode("utf-8", "surrogateescape"), "utf-8", self.charset)

    @cached_property
    def kind(self) -> str:
        """The type and subtype, 'text/plain' where that is unreadable, '' where none is named."""
        value = self.raw("content-type")
        if not value:
            return ""
        found = _KIND.match(value)
        if found:
            return f"{found[1]}/{found[2]}".casefold()
        return "text/html" if "html" in value.casefold() else "text/plain"

    @cached_property
    def charset(self) -> str:
        """The charset that a part names, also where a semicolon is missing; '' for none."""
        found = _CHARSET.search(self.raw("content-type"))
        return found[1] if found else ""

    def parameter(self, header: str, name: str) -> str:
        """A parameter, decoded by RFC 2231, by RFC 2047 or by guess; '' for none."""
        value = self.raw(header)[:MAX_PARAMETERS]
        if name not in value.casefold():
            return ""
        message: Message[str, str] = Message(policy=_AS_IT_STANDS)
        message[header] = value
        for key, found in message.get_params(header=header) or ():
            if key.casefold() == name:
                return self._parameter(found)
        return ""

    def _parameter(self, found: str | tuple[str | None, str | None, str]) -> str:
        if isinstance(found, str):
            return self.decoded(found)
        charset, _, value = found
        data = value.encode("utf-8" if charset is None else "latin-1", "surrogateescape")
        return clean_line(without_escapes(decode(data, charset or "utf-8", self.charset)))

    @cached_property
    def filename(self) -> str:
        """What a part is called; '' for nothing."""
        name = self.parameter("content-disposition", "filename") or self.parameter("content-type", "name")
        return name.replace("\\", "/").rsplit("/", 1)[-1][:MAX_FILENAME]

    @property
    def disposition(self) -> str:
        return self.raw("content-disposition").partition(";")[0].strip().casefold()

    @property
    def encoding(self) -> str:
        return self.raw("content-transfer-encoding").strip(" \t\"'").casefold().partition(" ")[0].partition(";")[0]


def split_head(raw: bytes) -> tuple[Headers, bytes]:
    """A message's headers and its body. A line that is no header ends the headers, unless a known one follows."""
    if raw.startswith(b"\n"):
        return Headers(b""), raw[1:]
    head, _, body = raw.partition(b"\n\n")
    rows = head.split(b"\n")
    strange = next(
        (n for n, row in enumerate(rows) if not _NAME.match(row) and row[:1] not in {b" ", b"\t"}), len(rows)
    )
    if strange < len(rows):
        last = max((n for n, row in enumerate(rows) if _KNOWN.match(row)), default=-1)
        if last < strange:
            return Headers(b"\n".join(rows[:strange])), b"\n".join([*rows[strange:], b"", body])
    return Headers(head), body


def _unfolded(head: bytes) -> list[tuple[str, bytes]]:
    """Names and values. What is no header goes on with the one before: some programs fold without a space."""
    found: list[tuple[str, list[bytes]]] = []
    for row in head.split(b"\n"):
        match = None if row[:1] in {b" ", b"\t"} else _NAME.match(row)
        if match:
            found.append((match[1].decode("ascii").casefold(), [row[match.end() :].strip()]))
        elif found and not row.startswith((b"From ", b">From ")):
            found[-1][1].append(row.strip())
    return [(name, b" ".join(rows).strip()) for name, rows in found]


def decoded_words(text: str, hint: str = "") -> str:
    """A header without its encoded words ('=?utf-8?Q?Caf=C3=A9?=', RFC 2047)."""
    if "=?" not in text:
        return text
    try:
        words = decode_header(text)
    except (HeaderParseError, ValueError):
        return text
    return "".join(
        word if isinstance(word, str) else decode(word, charset, hint) if charset else _plain(word)
        for word, charset in words
    )


def _plain(word: bytes) -> str:
    """What stands between encoded words, as decode_header gives it."""
    try:
        return word.decode("raw-unicode-escape")
    except ValueError:
        return word.decode("latin-1")
