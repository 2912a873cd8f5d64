"""When a message was sent, for what its Date says may be wrong."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from bbs import mbox
from bbs.mail.headers import Headers

FIRST_MAIL = datetime(1971, 1, 1, tzinfo=UTC)
FASTEST = timedelta(days=-1)
SLOWEST = timedelta(days=30)
"""Between its date and the first server that took it: what is outside of that was written by a wrong clock."""
_ZONES = {
    "BST": "+0100", "WET": "+0000", "WEST": "+0100", "CET": "+0100", "CEST": "+0200", "MET": "+0100", "MEST": "+0200",
    "MESZ": "+0200", "MEZ": "+0100", "EET": "+0200", "EEST": "+0300", "MSK": "+0300", "MSD": "+0400", "IST": "+0530",
    "JST": "+0900", "KST": "+0900", "AEST": "+1000", "AEDT": "+1100", "NZST": "+1200", "NZDT": "+1300",
}  # fmt: skip
"""Zones that old mail names and the library does not know: it knows those of America only."""
_ZONE_NAME = re.compile(r"\s([A-Z]{3,4})\s*$")
_ZONE_COLON = re.compile(r"([+-]\d\d):(\d\d)\s*$")
_YEAR_2000 = re.compile(r"\b(?:19)?(1[0-3]\d)(?=\s+\d{1,2}:)")
"""Programs that counted years from 1900 wrote '100', or '19100', after 1999."""


def sent_at(headers: Headers, envelope: bytes, fallback: datetime, now: datetime) -> datetime:
    """The date; or that of the first server, if the date cannot be; then that of the separator, or the fallback."""
    date = _parsed(headers.raw("date"), now)
    received = headers.all("received")
    # Each server puts its line above the others.
    lines = (*reversed(received[-3:]), *received[:1])
    passed = [found for row in lines if (found := _parsed(row.rpartition(";")[2], now))]
    if date and (not passed or any(FASTEST <= found - date <= SLOWEST for found in passed)):
        return date
    return next(iter(passed), None) or date or _parsed(mbox.envelope_date(envelope), now) or fallback


def _read(text: str) -> datetime:
    if text[:4].isdecimal() and text[4:5] == "-":
        return datetime.fromisoformat(text)
    return parsedate_to_datetime(_ZONE_COLON.sub(r"\1\2", text))


def _parsed(text: str, now: datetime) -> datetime | None:
    """A date that mail can have, or None."""
    if not text:
        return None
    if found := _ZONE_NAME.search(text[-10:]):
        text = text.rstrip()[: -len(found[1])] + _ZONES.get(found[1], found[1])
    text = _YEAR_2000.sub(lambda year: str(1900 + int(year[1])), text[:200])
    try:
        date = _read(text.strip())
        date = date.replace(tzinfo=date.tzinfo or UTC).astimezone(UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return date if FIRST_MAIL <= date <= now + timedelta(days=1) else None
