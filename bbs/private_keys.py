"""Private keys, given where something else was asked for. Told apart so that none is kept, or shown to anybody."""

import base64
import binascii
import re

from bbs.errors import Invalid

PRIVATE = ("That is a private key, which is for nobody else's eyes. It was kept nowhere. Make a new one with "
           "'ssh-keygen -t ed25519', and send the file whose name ends in .pub.")  # fmt: skip

_WORDS = re.compile(
    r"(BEGIN|END) [A-Z0-9 ]{0,30}PRIVATE KEY"  # RFC 7468, PEM, PGP, ssh.com
    r"|PuTTY-User-Key-File|Private-Lines:|Private-MAC:|AGE-SECRET-KEY-|comment: [^\n]{0,40}secret key"
    r'|"d" ?: ?"[\w-]{20}',  # RFC 7517
    re.IGNORECASE,
)
_OPENSSH = "b3BlbnNzaC1rZXktdjEA"
"""'openssh-key-v1' in base64: how a private key begins whose first line is missing."""
_DROPBEAR = "\0\0\0"
"""It keeps them in bytes, which begin with the short length of their kind."""
_SEQUENCE, _INTEGER, _OCTET_STRING = 0x30, 0x02, 0x04
_SHORTEST = 32
"""Bytes of the shortest private key."""
_GAPS = re.compile(r"[\s\0>\"']+")


def is_private_key(text: str) -> bool:
    """Whether a private key is in it, in whatever format, locked or not, with or without the lines around it."""
    seen = text.replace("\0", "")  # every other letter of what was UTF-16
    return text.startswith(_DROPBEAR) or _WORDS.search(seen) is not None or _OPENSSH in seen or _is_bare(text)


def refuse_private_key(text: str, field: str = "") -> None:
    """Raises Invalid with advice."""
    if is_private_key(text):
        raise Invalid(PRIVATE, field)


def _is_bare(text: str) -> bool:
    """Whether it is a private key in DER (X.690), or the base64 of one without the lines around it."""
    letters = _GAPS.sub("", text)
    try:
        return _is_private_der(text.encode("latin-1")) or _is_private_der(base64.b64decode(letters, validate=True))
    except (UnicodeEncodeError, binascii.Error, ValueError):
        return False


def _is_private_der(data: bytes) -> bool:
    """PKCS #1, #8 and SEC 1 begin with a version, and so does PKCS #12; one that is locked ends in an octet string.

    Public keys begin with their kind, or a large number, and end in a bit string.
    """
    outer = _element(data, 0)
    if outer is None or outer[0] != _SEQUENCE or len(data) < _SHORTEST:
        return False
    first = _element(data, outer[1])
    if first is None:
        return False
    kind, start, end = first
    is_version = kind == _INTEGER and end == start + 1
    return is_version or (kind == _SEQUENCE and data[end : end + 1] == bytes([_OCTET_STRING]))


def _element(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Kind, start and end of the content of the element of DER that begins here."""
    if len(data) < at + 2:
        return None
    kind, length, start = data[at], data[at + 1], at + 2
    if length & 0x80:
        more = length & 0x7F
        length, start = int.from_bytes(data[start : start + more], "big"), start + more
    return kind, start, start + length
