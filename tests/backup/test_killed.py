"""Restores and migrations that are killed, and disks that fail, at some steps; `make soak` tries every one."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bbs.backup.archive import glance
from bbs.schema import newest
from bench.soak.failures import older, state_of
from bench.soak.faults import ALL, DIES, FAILS, FOREVER, IS_FULL, Commands, Faults, compiler
from tests.backup.conftest import Operator

pytestmark = pytest.mark.skipif(compiler() is None, reason="the disk that fails is written in C")


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Faults:
    return Faults(tmp_path_factory.mktemp("faults"))


@pytest.fixture
def run(operator: Operator, faults: Faults) -> Iterator[Commands]:
    """Runs the operator's commands in processes that can fail."""
    with ExitStack() as stack:
        yield stack.enter_context(Commands(operator.folder, faults.environment))
        faults.disarm()


def change_since_a_backup(operator: Operator) -> tuple[object, object]:
    """What the forum held at the backup, and what it holds now; the host key is another one, too."""
    key = operator.settings.host_key
    key.touch(0o600)
    key.write_text("the backup's")
    operator("backup", "forum.backup")
    then = operator.content()
    operator("board", "add", "after", "--title", "After")
    key.write_text("the present one")
    return then, operator.content()


def test_a_restore_that_is_killed_before_the_host_key_is_finished_by_the_next_command(
    operator: Operator, faults: Faults, run: Commands
) -> None:
    key = operator.settings.host_key
    then, _ = change_since_a_backup(operator)
    faults.arm(Path("data/host_key.before-restore"), DIES, 1)
    assert run("restore", "forum.backup", "--yes").status == -9
    assert key.read_text() == "the present one"
    assert operator.content() == then
    assert "Finished the restore that was interrupted" in operator("migrate").stdout
    assert key.read_text() == "the backup's"
    assert [path.read_text() for path in key.parent.glob("host_key.before-restore-*")] == ["the present one"]
    assert "Finished" not in operator("migrate").stdout


def test_a_restore_that_is_killed_before_the_database_changes_no_host_key(
    operator: Operator, faults: Faults, run: Commands
) -> None:
    key = operator.settings.host_key
    _, now = change_since_a_backup(operator)
    waiting = Path("data/host_key.to-be-restored")
    for step in (1, 3):  # made, synced
        faults.arm(waiting, DIES, step)
        assert run("restore", "forum.backup", "--yes").status == -9
        operator("migrate")
        assert not waiting.exists()
        assert key.read_text() == "the present one"
        assert operator.content() == now


def test_a_migration_that_is_killed_leaves_the_old_schema_and_a_backup_and_goes_on(
    operator: Operator, faults: Faults, run: Commands
) -> None:
    older(operator.settings.url, "0017")
    old = state_of(operator.settings.url)
    faults.arm(operator.folder / "data", DIES, FOREVER, kinds=ALL)
    migrated = run("migrate")
    assert migrated.status == 0, migrated
    new, steps = state_of(operator.settings.url), faults.steps
    assert new[0] == newest()
    older(operator.settings.url, "0017")
    for step in (steps // 2, steps - 8):
        faults.arm(operator.folder / "data", DIES, step, kinds=ALL)
        assert run("migrate").status == -9
        faults.disarm()
        left = state_of(operator.settings.url)
        assert left in {old, new}
        assert any(glance(path) for path in operator.settings.backups.glob("before-migration-*"))
    operator("migrate")
    assert state_of(operator.settings.url) == new


def test_a_command_on_a_disk_that_fails_says_so_in_one_line_and_leaves_nothing_half_done(
    operator: Operator, faults: Faults, run: Commands
) -> None:
    operator("backup", "forum.backup")
    before = operator.content()
    for arguments, error, step in ((("backup", "data/made.backup"), IS_FULL, 4),
                                   (("restore", "forum.backup", "--yes"), FAILS, 5)):  # fmt: skip
        faults.arm(operator.folder / "data", error, step, FOREVER)
        done = run(*arguments)
        faults.disarm()
        assert done.status == 5, done
        assert done.said.splitlines()[-1].startswith("bbs: ")
        assert "Traceback" not in done.said
        assert operator.content() == before
        assert not Path("data/made.backup").exists()
