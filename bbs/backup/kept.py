"""The folder of backups: their names, which of them are kept, and how old the newest is."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bbs.backup.archive import Glance, glance

AUTOMATIC, BY_HAND, BEFORE_MIGRATION = "auto", "manual", "before-migration"
NAME = re.compile(r"auto-(\d{8}-\d{6})\.backup")
OLD = timedelta(days=2)
"""A newest backup that is older is a fault: two have not been made."""
SLACK = timedelta(hours=1)
"""What is newer than the present by more was made while the clock was wrong. It stands for nothing, and is kept."""


def new_name(kind: str, at: datetime) -> str:
    """'auto-20261126-030000.backup': in UTC, so that names are in the order of time."""
    return f"{kind}-{at.astimezone(UTC):%Y%m%d-%H%M%S}.backup"


def _is_to_come(at: datetime) -> bool:
    return at > datetime.now(UTC) + SLACK


def automatic(folder: Path) -> dict[datetime, Path]:
    """The backups that the server has made by itself, by their times, the newest first. None of a time to come."""
    found = {at: path for path in folder.glob(f"{AUTOMATIC}-*.backup") if (at := _time_in(path.name))}
    return dict(sorted(((at, path) for at, path in found.items() if not _is_to_come(at)), reverse=True))


def _time_in(name: str) -> datetime | None:
    if found := NAME.fullmatch(name):
        with suppress(ValueError):  # somebody else has named it
            return datetime.strptime(found[1], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    return None


def wanted(times: list[datetime], *, daily: int, weekly: int) -> set[datetime]:
    """Of these times, the newest first, those to keep: the last of each day and of each week, for so many of them."""
    days = _last_of_each(times, lambda at: at.date(), daily)
    weeks = _last_of_each(times, lambda at: at.isocalendar()[:2], weekly)
    return days | weeks


def _last_of_each(times: list[datetime], span: Callable[[datetime], object], most: int) -> set[datetime]:
    last: dict[object, datetime] = {}
    for at in times:
        last.setdefault(span(at), at)
    return set(list(last.values())[:most])


def prune(folder: Path, *, daily: int, weekly: int) -> list[Path]:
    """Remove the automatic backups that are kept no longer; what was removed."""
    found = automatic(folder)
    keep = wanted(list(found), daily=daily, weekly=weekly)
    gone = [path for at, path in found.items() if at not in keep]
    for path in gone:
        path.unlink()
    return gone


def newest(folder: Path) -> tuple[Path, Glance] | None:
    """The newest backup in the folder that was made on purpose, and what is seen of it. None of a time to come."""
    past = ((path, seen) for path, seen in _made(folder) if not _is_to_come(seen.made_at))
    return max(past, key=lambda one: one[1].made_at, default=None)


def to_come(folder: Path) -> list[Path]:
    """Those that were made while the clock was wrong."""
    return sorted(path for path, seen in _made(folder) if _is_to_come(seen.made_at))


def _made(folder: Path) -> Iterator[tuple[Path, Glance]]:
    for kind in (AUTOMATIC, BY_HAND, BEFORE_MIGRATION):
        for path in folder.glob(f"{kind}-*.backup"):
            if seen := glance(path):
                yield path, seen
