"""Backups that run by themselves, which of them are kept, and what the doctor says of them."""

import asyncio
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bbs.backup.archive import glance
from bbs.backup.kept import automatic, new_name, prune, wanted
from bbs.backup.schedule import Schedule
from bbs.inuse import holding
from bbs.services import members, notices
from bbs.store import Store
from tests.backup.conftest import Operator, altered
from tests.conftest import make_group

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)


def test_the_last_of_seven_days_and_four_weeks_are_kept() -> None:
    days = [NOW - timedelta(days=number) for number in range(60)]
    kept = sorted((NOW - at).days for at in wanted(days, daily=7, weekly=4))
    assert kept == [0, 1, 2, 3, 4, 5, 6, 11, 18]  # Thursdays ago: seven days, and the Sundays of the weeks before
    twice = [NOW, NOW - timedelta(hours=1), NOW - timedelta(hours=2)]
    assert wanted(twice, daily=7, weekly=4) == {NOW}


def test_days_on_which_the_server_stood_still_do_not_count() -> None:
    seldom = [NOW - timedelta(days=30 * number) for number in range(20)]
    assert len(wanted(seldom, daily=7, weekly=4)) == 7


def test_only_automatic_backups_are_ever_removed(tmp_path: Path) -> None:
    others = ["manual-20200101-000000.backup", "before-restore-20200101-000000.backup", "auto-mine.backup", "notes.txt"]
    for name in [*others, *(new_name("auto", NOW - timedelta(days=number)) for number in range(60))]:
        (tmp_path / name).touch()
    assert len(prune(tmp_path, daily=7, weekly=4)) == 51
    assert {path.name for path in tmp_path.iterdir()} >= set(others)
    assert len(automatic(tmp_path)) == 9


def test_a_backup_of_a_time_to_come_stands_for_nothing_and_stays(on_sqlite: Operator) -> None:
    """Made while the clock was wrong: until then no other would be made, and the doctor would be content."""
    folder = on_sqlite.settings.backups
    on_sqlite("backup", "good")
    altered(Path("good"), ahead := folder / "auto-20991231-000000.backup",
            lambda _parts, manifest: manifest.update(made_at=datetime(2099, 12, 31, tzinfo=UTC)))  # fmt: skip
    (folder / "auto-20261399-250000.backup").touch(0o600)
    assert Schedule(on_sqlite.settings).is_due()
    assert prune(folder, daily=1, weekly=0) == []
    said = on_sqlite("doctor").stdout
    assert f"rm {ahead}" in said
    assert "none in data/backups" in said


async def made_by(schedule: Schedule, folder: Path) -> Path:
    schedule.start()
    try:
        async with asyncio.timeout(60):
            while not automatic(folder):
                await asyncio.sleep(0.05)
    finally:
        await schedule.stop()
    return next(iter(automatic(folder).values()))


def test_the_server_makes_a_verified_backup_by_itself(operator: Operator) -> None:
    folder = operator.settings.backups
    made = asyncio.run(made_by(Schedule(operator.settings, first=0), folder))
    seen = glance(made)
    assert seen is not None
    assert seen.verified
    assert made.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == [made.name]


def test_a_backup_is_due_a_day_after_the_last(on_sqlite: Operator) -> None:
    folder = on_sqlite.settings.backups
    schedule = Schedule(on_sqlite.settings)
    assert schedule.is_due()
    (folder / new_name("auto", datetime.now(UTC) - timedelta(hours=25))).touch()
    assert schedule.is_due()
    (folder / new_name("auto", datetime.now(UTC) - timedelta(hours=23))).touch()
    assert not schedule.is_due()


def test_with_nothing_to_keep_none_is_made(on_sqlite: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BBS_BACKUP_DAILY", "0")
    monkeypatch.setenv("BBS_BACKUP_WEEKLY", "0")

    async def start() -> bool:
        schedule = Schedule(on_sqlite.settings, first=0)
        schedule.start()
        running = schedule.is_running
        await schedule.stop()
        return running

    assert not asyncio.run(start())


def test_a_server_that_ends_leaves_nothing_unfinished(on_sqlite: Operator) -> None:
    """The backup under way is told to end, and takes what it has begun away."""

    async def interrupted() -> None:
        schedule = Schedule(on_sqlite.settings, first=0)
        schedule.start()
        async with asyncio.timeout(60):
            while not any(on_sqlite.settings.backups.glob(".staffroom-unfinished*/*")):
                await asyncio.sleep(0.001)
        await schedule.stop()

    asyncio.run(interrupted())
    assert not list(on_sqlite.settings.backups.glob(".staffroom-unfinished*"))


def test_what_a_killed_backup_left_is_removed_and_what_another_one_makes_is_not(on_sqlite: Operator) -> None:
    folders = [on_sqlite.settings.backups / f".staffroom-unfinished-{name}" for name in ("killed", "busy")]
    for folder in folders:
        folder.mkdir()
        (folder / "forum.db").touch()
        os.utime(folder, (0, 0))
    with holding(folders[1]):
        on_sqlite("backup")
    assert [folder.exists() for folder in folders] == [False, True]


# -- the doctor


def found(operator: Operator, status: int = 0) -> dict[str, str]:
    rows = [json.loads(line) for line in operator("doctor", "--json", status=status).stdout.splitlines()]
    row = next(row for row in rows if row["what"] == "backup")
    return {"state": row["state"], "says": row["says"]}


def aged(name: str, days: float) -> None:
    def alter(_parts: dict[str, bytes], manifest: dict[str, Any]) -> None:
        manifest["made_at"] = datetime.now(UTC) - timedelta(days=days)

    altered(Path("good"), Path("data/backups") / name, alter)


def test_the_doctor_wants_a_backup_that_is_new_and_verified(on_sqlite: Operator) -> None:
    assert found(on_sqlite)["state"] == "warning"  # a forum without members has just begun
    on_sqlite("backup", "good")
    aged("auto-20200101-000000.backup", 3)
    assert "older than two days" in found(on_sqlite, status=1)["says"]
    on_sqlite("backup")
    said = found(on_sqlite)
    assert said["state"] == "warning"
    assert "never verified" in said["says"]
    on_sqlite("backup", "--verify")
    assert found(on_sqlite)["state"] == "ok"
    Path("data/backups/auto-20200101-000000.backup").chmod(0o644)
    assert "chmod 600 data/backups/auto-20200101-000000.backup" in found(on_sqlite, status=1)["says"]


def test_the_doctor_misses_backups_of_a_forum_that_has_members(on_sqlite: Operator) -> None:
    on_sqlite.clock.at = datetime(2026, 1, 1, tzinfo=UTC)
    on_sqlite.run(lambda store: store.write_now(members.add_member, "isla"))
    assert found(on_sqlite, status=1)["says"].startswith("none in data/backups")


def test_a_backup_that_is_cut_short_is_none(on_sqlite: Operator) -> None:
    on_sqlite("backup", "--verify")
    path = next(Path("data/backups").iterdir())
    path.write_bytes(path.read_bytes()[:-1])
    assert found(on_sqlite)["state"] == "warning"


async def failed(store: Store, operator: Operator, times: int) -> None:
    schedule = Schedule(operator.settings, store)
    for _ in range(times):
        await schedule._failed("bbs: Too little room")


def test_operators_are_told_once_when_backups_fail_for_days(on_sqlite: Operator) -> None:
    """Who reads a log each day? A day without one is tried again; a notice that is unread says it already."""
    store = Store(on_sqlite.settings.url)
    group = make_group(store, on_sqlite.clock)
    on_sqlite("backup")
    asyncio.run(failed(store, on_sqlite, 1))
    assert not group.read("morag", notices.inbox).notices
    for path in on_sqlite.settings.backups.iterdir():
        path.unlink()
    asyncio.run(failed(store, on_sqlite, 2))
    (told,) = group.read("morag", notices.inbox).notices
    assert told.words == "No backup could be made yet. bbs: Too little room"
    assert [line.place for line in group.read("morag", notices.news)] == ["The server"]
    assert not group.read("heather", notices.inbox).notices
    group.do("morag", notices.mark_read)
    asyncio.run(failed(store, on_sqlite, 1))
    assert len(group.read("morag", notices.inbox).notices) == 2
    store.close()
