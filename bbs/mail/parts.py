"""A message's parts (MIME, RFC 2045 and 2046), and their bytes without the encoding in which they travelled.

The `email` package looks at each line once for every level that it stands in, so that two thousand nested parts of four
megabytes take minutes. Here a level is split at once, and levels and parts are counted.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bbs.mail.headers import Headers, split_head
from bbs.mail.smime import signed_content

MAX_DEPTH = 20
MAX_PARTS = 100
"""A digest of a busy week; a message that is in a message counts as one with it."""
_BOUNDARY = re.compile(
    rb"^--([^\s-][^\n]{0,69}?|[^\n]{1,69}?[^\s-])[ \t]*\n(?=content-[a-z-]{1,40}[ \t]*:|\n)",
    re.IGNORECASE | re.MULTILINE,
)
_SMIME = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
_SOFT_BREAK = re.compile(rb"=[ \t]+\n")
_NOT_BASE64 = re.compile(rb"^(?![A-Za-z0-9+/]*={0,2}[ \t]*$)", re.MULTILINE)
_PADDED = re.compile(rb"(?<==)\s+(?=[A-Za-z0-9+/])")


@dataclass(slots=True)
class Part:
    """A part with its parts; one without any has a body, still encoded. `after` is what stands behind the last part."""

    headers: Headers
    kind: str
    body: bytes = b""
    parts: list["Part"] = field(default_factory=list)
    after: bytes = b""
    is_in_digest: bool = False

    @property
    def is_text(self) -> bool:
        return self.kind.startswith("text/")

    def content(self) -> tuple[bytes, bytes]:
        """The bytes, and those that stand behind the end of an encoding, as a list's footer does."""
        encoding = self.headers.encoding
        if encoding == "base64":
            return _from_base64(self.body)
        if encoding == "quoted-printable":
            return binascii.a2b_qp(_SOFT_BREAK.sub(b"=\n", self.body)), b""
        if encoding in {"x-uuencode", "uuencode", "x-uue", "uue"}:
            return _from_uuencode(self.body), b""
        return self.body, b""


@dataclass(slots=True)
class Message:
    """A message's outermost part. `left_out` counts parts beyond our limits, of which nothing was read."""

    part: Part
    left_out: int


def read_parts(raw: bytes) -> Message:
    """The parts of a message whose lines end in a line feed."""
    reader = _Reader()
    headers, body = split_head(raw)
    return Message(reader.part(headers, body, 0), reader.left_out)


class _Reader:
    """Counts the parts of one message."""

    def __init__(self) -> None:
        self._room = MAX_PARTS
        self.left_out = 0

    def part(self, headers: Headers, body: bytes, depth: int, *, default: str = "text/plain") -> Part:
        self._room -= 1
        kind = headers.kind or default
        if kind.startswith("multipart/"):
            return self._multipart(headers, kind, body, depth)
        if kind in {"message/rfc822", "message/news", "message/global"}:
            return self._enclosed(headers, kind, body, depth)
        part = Part(headers, kind, body)
        if kind in _SMIME and depth < MAX_DEPTH and (content := signed_content(part.content()[0])):
            part.parts.append(self.part(*split_head(content.replace(b"\r\n", b"\n")), depth + 1))
        return part

    def _multipart(self, headers: Headers, kind: str, body: bytes, depth: int) -> Part:
        boundary = headers.parameter("content-type", "boundary").encode("utf-8", "surrogateescape")
        pieces = _split(body, boundary, self._room) if boundary else None
        if pieces is None and (found := _BOUNDARY.search(body)):
            pieces = _split(body, found[1], self._room)
        if pieces is None:
            return Part(headers, "text/plain", body)
        part = Part(headers, kind, after=pieces.after)
        self.left_out += pieces.left_out
        default = "message/rfc822" if kind == "multipart/digest" else "text/plain"
        for piece in pieces.parts:
            if depth >= MAX_DEPTH or self._room <= 0:
                self.left_out += 1
            else:
                part.parts.append(self.part(*split_head(piece), depth + 1, default=default))
                part.parts[-1].is_in_digest = kind == "multipart/digest"
        return part

    def _enclosed(self, headers: Headers, kind: str, body: bytes, depth: int) -> Part:
        """A message in a message."""
        part = Part(headers, kind)
        if headers.encoding in {"base64", "quoted-printable"}:  # the standard forbids it; Outlook does it
            part.body = body
            body = b"".join(part.content()).replace(b"\r\n", b"\n")
            part.body = b""
        if depth >= MAX_DEPTH:
            self.left_out += 1
        else:
            self._room += 1
            part.parts.append(self.part(*split_head(body.lstrip(b"\n")), depth + 1))
        return part


@dataclass(slots=True)
class _Pieces:
    parts: list[bytes]
    after: bytes
    left_out: int


def _split(body: bytes, boundary: bytes, room: int) -> _Pieces | None:
    """A body at its boundaries; None if there is none."""
    mark = b"\n--" + boundary
    _, *rest = (b"\n" + body).split(mark, max(1, room) + 1)
    pieces = _Pieces([], b"", 0)
    if len(rest) > max(1, room):
        pieces.left_out = rest.pop().count(mark) + 1
        pieces.left_out -= body.rstrip().endswith(mark + b"--")  # which ends the last part
    parts: list[list[bytes]] = []
    is_end = False
    for piece in rest:
        row, _, content = piece.partition(b"\n")
        row = row.strip()
        if is_end or row not in {b"", b"--"}:  # a longer boundary that begins like this one
            if parts:
                parts[-1] += mark, piece
        else:
            parts.append([content])
            is_end = row == b"--"
    if not parts:
        return None
    whole = [b"".join(part) for part in parts]
    pieces.after = whole.pop() if is_end else b""
    pieces.parts = whole
    return pieces


def _from_base64(data: bytes) -> tuple[bytes, bytes]:
    found = _NOT_BASE64.search(data)
    end = found.start() if found else len(data)
    decoded = b"".join(_base64_blocks(data[:end]))
    return decoded, data[end:]


def _base64_blocks(data: bytes) -> Iterator[bytes]:
    """Programs that add to a text add another block, behind the padding of the first."""
    for block in _PADDED.split(data):
        letters = b"".join(block.split()).rstrip(b"=")
        whole = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
        yield binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def _from_uuencode(data: bytes) -> bytes:
    decoded = []
    for row in data.split(b"\n"):
        if row.startswith((b"begin ", b"end")) or not row.strip():
            continue
        try:
            decoded.append(binascii.a2b_uu(row))
        except binascii.Error:
            decoded.append(row + b"\n")
    return b"".join(decoded)
