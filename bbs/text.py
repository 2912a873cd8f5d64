"""Members' text made safe and comparable, and times in words. Imports nothing of ours.

What comes in is cleaned once, here; what goes out is filtered once more by the terminal driver.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

FORMER = "a former member"
"""The name of all who are forgotten."""
MAX_MARKS = 4
"""Combining marks kept on one base: enough for every living script, too few to climb over the line above."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufff9-\ufffb\U000e0000-\U000e007f]")
_BIDI_AND_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0]"
)
_LONE_JOINER = re.compile(
    "(?<![\u2190-\u2bff\u3030\u303d\ufe0f\U0001f000-\U0001faff])\u200d"
    "|\u200d(?![\u2190-\u2bff\u3030\u303d\U0001f000-\U0001faff])"
)
_BLANK_LINES = re.compile(r"\n{4,}")


def clean(text: str) -> str:
    """Text of many lines as it may be kept: NFC, `\\n` line ends, no control or invisible characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    lines = (line.rstrip() for line in clean_letters(text).expandtabs(4).split("\n"))
    return _BLANK_LINES.sub("\n\n\n", "\n".join(lines)).strip("\n")


def clean_letters(text: str) -> str:
    """A part of a text without control and invisible characters, in NFC; spaces, tabs and `\n` stay as they are."""
    text = _CONTROLS.sub("", text)
    if text.isascii():
        return text
    text = _LONE_JOINER.sub("", _BIDI_AND_INVISIBLE.sub("", text))
    text = unicodedata.normalize("NFC", _without_stacks(text))  # whose time grows with the square of a run of marks
    return _without_stacks(text)  # a few marks become two by it


def shown(text: str) -> str:
    """The last look at lines that go to a terminal as they are: no control or invisible character, whatever is kept."""
    return _BIDI_AND_INVISIBLE.sub("", _CONTROLS.sub("", text))


def _without_stacks(text: str) -> str:
    """At most MAX_MARKS combining marks on one base."""
    kept, run = [], 0
    for letter in text:
        run = run + 1 if unicodedata.category(letter) in {"Mn", "Me"} else 0
        if run <= MAX_MARKS:
            kept.append(letter)
    return "".join(kept)


def clean_line(text: str) -> str:
    """The same for a title or a name: one line, single spaces."""
    return " ".join(clean(text).split())


_NAMED_FOR = re.compile(r"LATIN (?:SMALL LETTER|LETTER SMALL CAPITAL|SMALL LIGATURE) ([A-Z]{1,2})(?: WITH .*)?")
_LATIN = (
    range(0x80, 0x2B0),
    range(0x1D00, 0x1DC0),
    range(0x1E00, 0x1F00),
    range(0x2C60, 0x2C80),
    range(0xA720, 0xA800),
)
_PLAINER = str.maketrans(
    {
        code: named[1].lower()
        for block in _LATIN
        for code in block
        if (named := _NAMED_FOR.fullmatch(unicodedata.name(chr(code), "")))
    }
    | {"ð": "d", "þ": "th", "ı": "i", "ȷ": "j", "ĸ": "k", "ŋ": "n", "ə": "e", "ǝ": "e", "ɛ": "e", "ɔ": "o", "ɵ": "o",
       "ʉ": "u", "ƿ": "w", "ɑ": "a", "ꝥ": "th"}
)  # fmt: skip
"""Letters that decompose into nothing plainer ('ł', 'ø', 'æ'), as they are typed where there is no key for them.

Unicode's names say of most what they are made of: LATIN SMALL LETTER L WITH STROKE.
"""


def fold(text: str) -> str:
    """A form to compare by: no case, no diacritics, plain letters ('Café' → 'cafe', 'Łódź' → 'lodz')."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_PLAINER)


_QUOTED = re.compile(r" {0,3}>")


def own_words(text: str) -> int:
    """Where the author's own words begin: after what is quoted above them, and after the line that says whose it is.

    0 where all of it is quoted.
    """
    begins = at = 0
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if line.strip() and not _QUOTED.match(line) and not _announces_quote(lines, number):
            break
        at += len(line)
        begins = at
    return begins if begins < len(text) else 0


def _announces_quote(lines: list[str], number: int) -> bool:
    """Whether a line such as 'On Tuesday Isla wrote:' stands right above a quotation."""
    following = next((line for line in lines[number + 1 : number + 3] if line.strip()), "")
    return lines[number].rstrip().endswith(":") and bool(_QUOTED.match(following))


def excerpt(text: str, length: int = 80) -> str:
    """The first of an author's own words on one line, cut at a word with '…'."""
    line = " ".join(text[own_words(text) :].split())
    if len(line) <= length:
        return line
    return line[: length - 1].rsplit(" ", 1)[0].rstrip(",.;:") + "…"


def capped(count: int) -> str:
    """A badge: '' for none, '99+' past 99."""
    return "" if count <= 0 else str(count) if count <= 99 else "99+"


def digest(text: str) -> str:
    """What is kept of a handle, a name or an address that is forgotten, so that it is known if it comes again."""
    return hashlib.sha256(text.encode()).hexdigest()


def plural(count: int, singular: str, many: str | None = None) -> str:
    """'1 reply', '2 replies'."""
    return f"{count:,} {singular if count == 1 else many or singular + 's'}"


def in_words(names: Sequence[str]) -> str:
    """'isla', 'isla and ross', 'finn, isla and ross'."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def ago(then: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A time in words: 'now', '12m', '3h', 'Tue', '3 Dec', '3 Dec 2019'."""
    seconds = (now - then).total_seconds()
    local, today = then.astimezone(zone), now.astimezone(zone)
    for limit, unit, letter in ((3600, 60, "m"), (86_400, 3600, "h")):
        if 0 <= seconds < limit:
            return f"{int(seconds // unit)}{letter}" if seconds >= 60 else "now"
    if 0 <= seconds < 6 * 86_400:
        return local.strftime("%a")
    return f"{local.day} {local:%b}" if local.year == today.year else f"{local.day} {local:%b %Y}"


def day(when: datetime, zone: ZoneInfo) -> str:
    """The date alone: '3 Dec 2026'."""
    local = when.astimezone(zone)
    return f"{local.day} {local:%b %Y}"


def moment(when: datetime, zone: ZoneInfo) -> str:
    """The full time with its zone: 'Thu 3 Dec 2026 14:00 GMT'."""
    local = when.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y %H:%M %Z}"


def lasting(minutes: int) -> str:
    """'2 hours', '90 minutes', '2 hours 30 minutes'."""
    hours, rest = divmod(minutes, 60)
    if not rest:
        return plural(hours, "hour")
    return plural(minutes, "minute") if hours < 2 else f"{plural(hours, 'hour')} {plural(rest, 'minute')}"


def short_moment(when: datetime, zone: ZoneInfo, now: datetime) -> str:
    """A time to come, as one says it: 'Thu 3 Dec 14:00', with the year where that is another."""
    local = when.astimezone(zone)
    year = f" {local.year}" if local.year != now.astimezone(zone).year else ""
    return f"{local:%a} {local.day} {local:%b}{year} {local:%H:%M}"


def on_both_clocks(when: datetime, there: str, here: ZoneInfo, now: datetime) -> tuple[str, ...]:
    """The time on the clocks of the zone `there`, and on the reader's own where those show another."""
    zone = ZoneInfo(there)
    if when.astimezone(zone).utcoffset() == when.astimezone(here).utcoffset():
        return (short_moment(when, here, now),)
    return f"{short_moment(when, zone, now)} {there}", f"{short_moment(when, here, now)} for you"


_SIGNATURE = re.compile(r"\n--\s?\n")
_FOOTER = re.compile(
    r"\n_{20,}\n(?=[^\n]*(?:mailing list|\blist\b))[^\n]*\n(?=[^\n]*(?:@| at |https?://))", re.IGNORECASE
)
MAX_SIGNATURE = 15
"""Lines: what is longer is no signature, but a post whose author likes dashes."""


def fold_mail(text: str) -> tuple[str, int]:
    """A mail's own words, and how many lines of signature and list footer follow them."""
    end = len(text)
    if found := _FOOTER.search(text):
        end = found.start()
    for found in _SIGNATURE.finditer(text[:end]):
        if text[found.end() : end].count("\n") < MAX_SIGNATURE:
            end = found.start()
            break
    return text[:end].rstrip(), text[end:].strip().count("\n") + 1 if text[end:].strip() else 0


def quote(text: str, author: str, *, lines: int) -> str:
    """A post as the start of an answer to it, in Markdown: its first lines, without a mail's signature."""
    rows = fold_mail(text)[0].split("\n")
    kept = rows[:lines] + (["[…]"] if len(rows) > lines else [])
    quoted = "\n".join(f"> {line}".rstrip() for line in kept)
    return f"> **{author}** wrote:\n>\n{quoted}\n\n"
