"""Bytes as text: in the charset that was named, in what its name usually means, or in the one that fits best."""

import codecs
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bbs.mail.iso2022 import decode_euc_jp, decode_iso2022, is_iso2022

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatch

MAX_NAME = 40
SAMPLE = 4_000
"""Bytes that are enough to recognise a charset by."""
MIN_SAMPLE = 8
"""Bytes beyond ASCII below which a guess is worse than Western Europe's charset, in which most such mail is."""
_MEANT = {
    "ascii": "", "latin_1": "cp1252", "iso8859_9": "cp1254", "iso8859_11": "cp874", "tis_620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949", "shift_jis": "cp932",
}  # fmt: skip
"""What mail programs name, and the larger charset that they use; '' says nothing."""
_OTHER_NAMES = {
    "macintosh": "mac_roman", "mac": "mac_roman", "x-mac-roman": "mac_roman", "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-ce": "mac_latin2", "unicode-1-1-utf-7": "utf-7", "unicode-2-0-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7", "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949",
    "iso-8859-8-i": "iso8859_8", "iso-8859-8-e": "iso8859_8", "gb_2312-80": "gb18030", "x-gbk": "gb18030",
    "x-sjis": "cp932", "x-euc-jp": "euc_jp", "hz-gb-2312": "hz", "big5-eten": "cp950", "x-big5": "cp950",
    "tis620": "cp874",
}  # fmt: skip
_WINDOWS = re.compile(r"(?:x-?)?(?:windows?|win|cp|ms|ibm)[-_]?(\d{3,4})")
_ISO = re.compile(r"(?:x-?)?iso[-_]?8859[-_]?(\d{1,2})(?!\d)")
_NO_CHARSETS = {
    "idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape",
    "cp037", "cp273", "cp424", "cp500", "cp875", "cp1026", "cp1140",
}  # fmt: skip
"""What Python has under the name of a codec and no mail is written in. The first two take quadratic time."""
_ONE_BYTE = ("iso8859", "cp125", "latin", "koi8", "mac", "cp437", "cp8")
_PLAUSIBLE = ["cp1252", "koi8_r", "cp1251", "cp1253", "cp1250", "iso8859_2", "gb18030", "big5", "cp949", "euc_jp",
              "cp932", "mac_roman", "cp1255", "cp1256"]  # fmt: skip
"""The charsets of old mail, likely ones first. Left alone, charset-normalizer sees Japanese in a short Russian text."""
_ORDER = {codec: number for number, codec in enumerate(_PLAUSIBLE)}
MAX_WORDS = 60
"""Letters up to which a text is a few words."""


def decode(data: bytes, name: str = "", hint: str = "") -> str:
    """Bytes in the charset that was named; `hint` is one that stands elsewhere in the message. Never fails."""
    codec = codec_of(name)
    if b"\x1b" in data and (is_iso2022(data) or codec.startswith("iso2022")):
        return decode_iso2022(data)
    if data.isascii() and not codec.startswith(("utf_7", "hz")) and b"\0" not in data:
        return data.decode("ascii")
    # Eight-bit charsets accept every byte: that a text is UTF-8 by chance does not happen.
    candidates = ["utf_8", codec] if not codec or codec.startswith(_ONE_BYTE) else [codec, "utf_8"]
    for candidate in (*candidates, codec_of(hint)):
        text = _strict(data, candidate)
        if text is not None:
            return text
    return _mended(data, codec)


@lru_cache(maxsize=200)
def codec_of(name: str) -> str:
    """Python's codec for a charset's name as it stands in mail ('UTF-8*en', '_iso-2022-jp$esc'); '' for none."""
    plain = re.split(r"[*$;,\s\"']", name.strip(" \t\"'")[:MAX_NAME].casefold(), maxsplit=1)[0]
    plain = plain.lstrip("_").removeprefix("charset=")
    if found := _WINDOWS.match(plain):
        plain = f"cp{found[1]}"
    elif found := _ISO.match(plain):
        plain = _OTHER_NAMES.get(plain) or f"iso8859_{found[1]}"
    elif plain.startswith(("utf-8", "utf8", "x-utf-8", "unicode-utf-8")):
        plain = "utf-8"
    try:
        codec = codecs.lookup(_OTHER_NAMES.get(plain, plain)).name.replace("-", "_")
    except (LookupError, ValueError):
        return ""
    codec = {"iso8859_1": "latin_1"}.get(codec, codec)
    return "" if codec in _NO_CHARSETS else _MEANT.get(codec, codec)


def _strict(data: bytes, codec: str) -> str | None:
    """The text, or None if it cannot be in that charset."""
    if not codec or (codec.startswith(("utf_16", "utf_32")) and b"\0" not in data and data.isascii()):
        return None
    try:
        return data.decode(codec)
    except (LookupError, ValueError):
        return decode_euc_jp(data) if codec == "euc_jp" else None


def _mended(data: bytes, codec: str) -> str:
    """A text with bytes that its charset does not have: that charset if only a few are wrong, or another that fits."""
    for candidate in dict.fromkeys((codec, "utf_8")):
        if candidate and not candidate.startswith(("utf_7", "utf_16", "utf_32")):
            try:
                text = data.decode(candidate, "replace")
            except (LookupError, ValueError):
                continue
            beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
            if text.count("\ufffd") * 4 <= beyond_ascii:
                return data.decode("utf-8", _WESTERN) if candidate == "utf_8" else text
    return data.decode(_guess(data), "replace")


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415 - a server that imports nothing need not hold it

    # The lines that are not English tell most.
    rows = (row for row in data.split(b"\n") if not row.isascii())
    sample = b""
    for row in rows:
        sample += row[:SAMPLE] + b"\n"
        if len(sample) > SAMPLE:
            break
    beyond_ascii = len(sample) - len(sample.decode("ascii", "ignore"))
    if beyond_ascii < MIN_SAMPLE // 2 or (beyond_ascii < MIN_SAMPLE and beyond_ascii * 2 < len(sample)):
        return "cp1252"
    best = min(from_bytes(sample[:SAMPLE], cp_isolation=_PLAUSIBLE), key=_oddity, default=None)
    if best is None:
        return "cp1252"
    # Both have the same bytes; only Japanese has kana, in two rows.
    is_kana = sample.count(b"\xa4") + sample.count(b"\xa5") > beyond_ascii // 8
    return "euc_jp" if best.encoding == "cp949" and is_kana else best.encoding


def _oddity(match: "CharsetMatch") -> tuple[float, ...]:
    """How little a text looks like one: what the library measures, and what it does not see in a few words."""
    text = str(match)
    kana = sum("\uff61" <= letter <= "\uff9f" for letter in text) * 3 > len(text)
    capitals = sum(map(_is_capital_inside, text, text[1:])) if len(text) < MAX_WORDS else 0
    return kana, round(match.chaos, 2), capitals, -match.coherence, _ORDER.get(match.encoding, len(_ORDER))


def _is_capital_inside(letter: str, following: str) -> bool:
    return letter.islower() and following.isupper()


def _western(error: UnicodeError) -> tuple[str, int]:
    """The bytes that are wrong in UTF-8, in Western Europe's charset."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


_WESTERN = "staffroom_western"
codecs.register_error(_WESTERN, _western)
