"""Time zones: which there are, and their rules as a calendar file says them (RFC 5545 3.6.5), from clock changes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from itertools import groupby
from zoneinfo import ZoneInfo, available_timezones

FIRST = datetime(1997, 1, 1, tzinfo=UTC)
"""Some readers want a zone to begin before 2000."""
LAST = datetime(2101, 2, 1, tzinfo=UTC)
"""After the last meeting that there can be."""
STEP = timedelta(days=7)
"""No zone has changed its clocks twice in so short a time since then."""
FOR_EVER = 12
"""Years that a rule has to hold to the end: fewer can come in a row by chance, as in Cairo, whose month varies."""
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
Rule = dict[str, str | int | list[int]]


@dataclass(frozen=True, slots=True)
class Observance:
    """An offset, and when it begins on the clocks until then: at these times, or from the first on by a yearly rule."""

    begins: tuple[datetime, ...]
    rule: Rule | None
    before: timedelta
    offset: timedelta
    name: str
    is_summer: bool


@dataclass(frozen=True, slots=True)
class _Change:
    local: datetime
    before: timedelta
    offset: timedelta
    name: str
    is_summer: bool

    @property
    def kind(self) -> tuple[object, ...]:
        return self.before, self.offset, self.name, self.is_summer


@cache
def names() -> frozenset[str]:
    """All that are known, such as Europe/London. Python walks through the folders of the zones for them, in 20 ms."""
    return frozenset(available_timezones())


@lru_cache(64)
def observances(name: str) -> tuple[Observance, ...]:
    """What holds from 1997 on, in the order in which it begins. A zone that changes by no rule has each change."""
    zone = ZoneInfo(name)
    start = FIRST.astimezone(zone)
    offset = start.utcoffset() or timedelta()
    local = start.replace(tzinfo=None)
    found = [Observance((local,), None, offset, offset, _name(start), bool(start.dst()))]
    changes = list(_changes(zone))
    for _, same in groupby(sorted(changes, key=lambda change: (repr(change.kind), change.local)), lambda one: one.kind):
        found += _told(list(same))
    return tuple(sorted(found, key=lambda one: one.begins[0]))


def _changes(zone: ZoneInfo) -> Iterator[_Change]:
    """Every clock change, each found to the second."""
    at, known = FIRST, FIRST.astimezone(zone)
    while at < LAST:
        following = (at + STEP).astimezone(zone)
        before = known.utcoffset() or timedelta()
        if following.utcoffset() != before:
            begun = _begin(zone, at, at + STEP)
            new = begun.astimezone(zone)
            offset = new.utcoffset() or timedelta()
            is_summer = offset > before and bool(
                new.dst() or known.dst()
            )  # in Dublin it is winter that is not standard
            yield _Change((begun + before).replace(tzinfo=None), before, offset, _name(new), is_summer)
        at, known = at + STEP, following


def _begin(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The second in between at which the offset of `high` begins."""
    old = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low).total_seconds() // 2)
        if middle.astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return high


def _name(at: datetime) -> str:
    return at.tzname() or "LMT"


def _told(changes: list[_Change]) -> Iterator[Observance]:
    """Changes of one kind: by a rule from the year on in which they follow it to the end, and one by one before."""
    ruled = _ruled(changes)
    earlier, one = changes[: len(changes) - len(ruled)], changes[0]
    if earlier:
        begins = tuple(change.local for change in earlier)
        yield Observance(begins, None, one.before, one.offset, one.name, one.is_summer)
    if ruled:
        yield Observance((ruled[0].local,), _rule(ruled), one.before, one.offset, one.name, one.is_summer)


def _ruled(changes: list[_Change]) -> list[_Change]:
    """The last of them that one rule says, if it goes on to the end."""
    if changes[-1].local.year < LAST.year - 1:
        return []
    for start in range(len(changes)):
        some = changes[start:]
        years = [change.local.year for change in some]
        if years == list(range(years[0], years[0] + len(years))) and len(years) >= FOR_EVER and _rule(some):
            return some
    return []


def _rule(changes: list[_Change]) -> Rule | None:
    """The yearly rule by which all of these come; None where none does."""
    if len({(change.local.month, change.local.weekday(), change.local.time()) for change in changes}) > 1:
        return None
    local = changes[0].local
    month, day = local.month, _DAYS[local.weekday()]
    earliest, latest = min(c.local.day for c in changes), max(c.local.day for c in changes)
    if latest - earliest > 6:
        return None
    rule: Rule = {"freq": "YEARLY", "bymonth": month}
    length = (datetime(2001, month % 12 + 1, 1) - timedelta(days=1)).day if month != 2 else 28  # noqa: DTZ001 - a length
    if earliest > length - 7 and month != 2:
        return rule | {"byday": f"-1{day}"}
    if latest % 7 == 0 or (earliest - 1) // 7 == (latest - 1) // 7:
        return rule | {"byday": f"{(earliest - 1) // 7 + 1}{day}"}
    return rule | {"byday": day, "bymonthday": list(range(latest - 6, latest + 1))}
