"""ISO-2022, in which Japanese, Korean and Chinese mail travels as seven bits (RFC 1468, 1557, 1922).

Python's codecs know the standards and fail at what was really sent: NEC's characters, half-width kana, a missing way
back to ASCII. Here every sequence of every variant is understood, and a new line begins in ASCII.
"""

import re

_STARTS = re.compile(rb"\x1b\$(?:[@AB]|\([@ABCDOPQ]|\)[AC])")
_SHIFTS = re.compile(rb"\x1b(?:\$\(?[@ABCDOPQ]|\$\)[ACEG]|\([A-Z])|[\x0e\x0f]")
_PAIRS = re.compile(rb"(?:[\x21-\x7e]{2})+")
_SINGLES = re.compile(rb"[\x21-\x7e]+")
_CODECS = {
    b"A": "gb18030", b"C": "cp949", b"D": "euc_jp", b"O": "euc_jis_2004", b"P": "euc_jis_2004", b"Q": "euc_jis_2004",
}  # fmt: skip
"""By the last byte of a sequence, the codec that has the set as its eight-bit pairs."""
_THREE_BYTES = (b"D", b"P")
"""Sets that such a codec has behind 0x8F."""
_HIGH = bytes(range(128, 256)) * 2
_EUC_PAIRS = re.compile(rb"(?:[\xa1-\xfe]{2})+")


def is_iso2022(data: bytes) -> bool:
    """Whether seven-bit bytes change to a set of two-byte characters, whatever charset is named."""
    return data.isascii() and _STARTS.search(data) is not None


def decode_iso2022(data: bytes) -> str:
    """The text; escape sequences that choose no set stay in it."""
    shifted_out = b""
    rows = []
    for row in data.split(b"\n"):
        text, shifted_out = _row(row, shifted_out)
        rows.append(text)
    return "\n".join(rows)


def _row(row: bytes, shifted_out: bytes) -> tuple[str, bytes]:
    """A line, which begins in ASCII; and the set that a byte SO changes to, which stays."""
    parts: list[str] = []
    chosen = b""
    at = 0
    for found in _SHIFTS.finditer(row):
        parts.append(_decode(row[at : found.start()], chosen))
        at = found.end()
        sequence = found[0]
        if sequence == b"\x0e":
            chosen = shifted_out
        elif sequence == b"\x0f":
            chosen = b""
        elif sequence.startswith(b"\x1b$)"):
            shifted_out = sequence[-1:]
        elif sequence.startswith(b"\x1b("):
            chosen = b"I" if sequence.endswith(b"I") else b""
        else:
            chosen = sequence[-1:]
    return "".join([*parts, _decode(row[at:], chosen)]), shifted_out


def decode_euc_jp(data: bytes) -> str | None:
    """EUC-JP with NEC's and IBM's characters, which Python's codec does not have; None if it is something else."""
    try:
        return _EUC_PAIRS.sub(lambda pairs: _jis(pairs[0].translate(bytes(range(128)) * 2)).encode(), data).decode()
    except ValueError:
        return None


def _decode(data: bytes, chosen: bytes) -> str:
    if not chosen:
        return data.decode("ascii", "replace")
    parts: list[str] = []
    at = 0
    for found in (_SINGLES if chosen == b"I" else _PAIRS).finditer(data):
        parts += data[at : found.start()].decode("ascii", "replace"), _characters(found[0], chosen)
        at = found.end()
    return "".join([*parts, data[at:].decode("ascii", "replace")])


def _characters(data: bytes, chosen: bytes) -> str:
    if chosen in (b"B", b"@"):
        return _jis(data)
    high = data.translate(_HIGH)
    if chosen in _THREE_BYTES:
        high = b"".join(b"\x8f" + high[at : at + 2] for at in range(0, len(high), 2))
    return high.decode(_CODECS.get(chosen, "cp932"), "replace")


def _jis(pairs: bytes) -> str:
    """Two-byte characters of JIS X 0208, by way of Windows' charset, which has NEC's too."""
    moved = bytearray()
    for row, cell in zip(pairs[::2], pairs[1::2], strict=True):
        moved.append(((row - 0x21) >> 1) + (0x81 if row < 0x5F else 0xC1))
        moved.append(cell + (0x7E if row % 2 == 0 else 0x1F if cell < 0x60 else 0x20))
    return moved.decode("cp932", "replace")
