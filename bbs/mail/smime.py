"""Opaque signed S/MIME (RFC 8551, 3.5.2): a message that lies inside its own signature, which is not checked here."""

_DATA = bytes.fromhex("06092a864886f70d010701")
"""The identifier of what was signed; in an encrypted message no bytes follow it as they stand."""
_EXPLICIT, _BYTES, _BYTES_IN_PIECES = 0xA0, 0x04, 0x24
_INDEFINITE = 0x80


def signed_content(data: bytes) -> bytes:
    """The message that was signed; b"" for none, as where it was encrypted."""
    at = data.find(_DATA)
    try:
        if at < 0 or data[at + len(_DATA)] != _EXPLICIT:
            return b""
        at, _ = _length(data, at + len(_DATA) + 1)
        return _bytes(data, at)
    except IndexError:
        return b""


def _bytes(data: bytes, at: int) -> bytes:
    """An OCTET STRING, in one piece or in many."""
    kind = data[at]
    at, length = _length(data, at + 1)
    if kind == _BYTES:
        return data[at : at + length]
    pieces = []
    end = len(data) if length < 0 else at + length
    while kind == _BYTES_IN_PIECES and at < min(end, len(data)) and data[at] == _BYTES:
        at, length = _length(data, at + 1)
        pieces.append(data[at : at + length])
        at += max(0, length)
    return b"".join(pieces)


def _length(data: bytes, at: int) -> tuple[int, int]:
    """Where a value begins, and its length; -1 where only its end is marked (X.690, 8.1.3)."""
    first = data[at]
    if first < _INDEFINITE:
        return at + 1, first
    if first == _INDEFINITE:
        return at + 1, -1
    size = first & 0x7F
    return at + 1 + size, int.from_bytes(data[at + 1 : at + 1 + min(size, 8)], "big")
