"""Nobody else can read what the forum keeps, and a settings file names the same forum wherever a command is run."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from bbs import private
from bbs.__main__ import main
from bbs.config import load_settings
from tests.backup.conftest import Operator
from tests.e2e.client import Server


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def test_all_that_is_made_is_private_whatever_the_umask(here: Path, no_umask: None) -> None:
    (here / "data").mkdir(mode=0o777)
    server = Server(here, BBS_BACKUP_DIR=str(here / "made/for/backups"))
    server.start()
    server.bbs("backup", "forum.backup")
    server.bbs("backup")
    server.stop()
    server.bbs("restore", "forum.backup", "--yes")
    assert Path("data").stat().st_mode & 0o777 == 0o777  # it was there
    for path in (path for path in here.rglob("*") if path.name not in {"log", "data"}):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
    assert {"data/staffroom.db", "data/host_key", "forum.backup"} <= {str(p.relative_to(here)) for p in here.rglob("*")}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
@pytest.mark.parametrize("what", ["host_key", "staffroom.db", "staffroom.db-wal"])
def test_what_others_can_read_is_refused_with_the_command_that_mends_it(
    on_sqlite: Operator, what: str, mode: int
) -> None:
    path = on_sqlite.folder / "data" / what
    path.touch()
    path.chmod(mode)
    for command in (["serve"], ["migrate"], ["board", "list"], ["backup", "forum.backup"]):
        said = on_sqlite.refused(*command)
        assert said.rstrip().endswith(f"Mend it with: chmod 600 {said.rsplit(' ', 1)[1].strip()}")
        assert what in said
    assert "chmod 600" in on_sqlite("doctor", status=1).stdout
    path.touch()  # the doctor has put a write-ahead log away
    subprocess.run(shlex.split(said.split("Mend it with: ")[1]), check=True)
    on_sqlite("board", "list")


def test_a_path_with_a_blank_is_quoted_in_the_command(tmp_path: Path) -> None:
    path = tmp_path / "my key"
    path.touch()
    path.chmod(0o644)
    assert private.shared_words("host key", path).endswith(f"chmod 600 '{path}'")


# -- which forum a settings file names


@pytest.fixture
def elsewhere(here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A forum in /…/forum with its settings file; commands are run in an empty folder."""
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.setenv("BBS_CONFIG", str(here / "staffroom.toml"))
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("settings", [
    'data_dir = "data"', "", 'database_url = "sqlite:///data/staffroom.db"', 'data_dir = "./data"\nbackup_dir = "kept"',
])  # fmt: skip
def test_a_relative_path_in_the_settings_file_is_relative_to_the_file(
    here: Path, elsewhere: Path, settings: str
) -> None:
    (here / "staffroom.toml").write_text(settings)
    operator = Operator(elsewhere)
    operator("migrate")
    operator("board", "add", "general", "--title", "General")
    operator("backup")
    operator("backup", "forum.backup")
    operator("doctor")
    assert (here / "data/staffroom.db").exists()
    assert list((here / ("kept" if "kept" in settings else "data/backups")).iterdir())
    assert [path.name for path in elsewhere.iterdir()] == ["forum.backup"]


def test_a_path_in_the_environment_is_relative_to_the_working_folder(
    here: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "staffroom.toml").write_text('data_dir = "data"')
    monkeypatch.setenv("BBS_DATA_DIR", "mine")
    Operator(elsewhere)("migrate")
    assert (elsewhere / "mine/staffroom.db").exists()


@pytest.mark.parametrize("command", [
    ["backup"], ["backup", "x"], ["backup", "-"], ["board", "list"], ["member", "list"], ["invite"], ["doctor"], ["config"],
    ["import", "claim", "a@b.c", "isla"], ["restore", "x", "--yes"],
], ids=" ".join)  # fmt: skip
def test_no_command_makes_anything_where_there_is_no_forum(here: Path, command: list[str]) -> None:
    done = CliRunner().invoke(main, command)
    assert list(here.iterdir()) == []
    if command not in (["doctor"], ["config"]):
        assert done.exit_code != 0
        assert done.stderr.count("\n") == 1


def test_a_backup_needs_neither_ssh_nor_the_screens(on_sqlite: Operator) -> None:
    """It runs beside the server, on a machine with little memory."""
    look = ("import sys, bbs.tool.backup; "
            "print({'asyncssh', 'textual', 'psycopg', 'alembic'} & sys.modules.keys())")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_tilde_is_the_home_folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(here / "home"))
    monkeypatch.setenv("BBS_DATA_DIR", "~/forum")
    Path("staffroom.toml").write_text('backup_dir = "~/backups"')
    settings = load_settings()
    assert (settings.data_dir, settings.backups) == (here / "home/forum", here / "home/backups")
    assert settings.url == f"sqlite:///{here}/home/forum/staffroom.db"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_makes_belongs_to_whoever_has_the_folder(here: Path) -> None:
    """'sudo bbs backup' beside a server that runs as 'forum' must not shut it out."""
    os.chown(here, 12345, 12345)
    for arguments in (["migrate"], ["board", "list"], ["backup"], ["backup", "data/backups/one.backup"]):
        done = CliRunner().invoke(main, arguments)
        assert done.exit_code == 0, done.output
    made = list(here.rglob("*"))
    assert {"staffroom.db", "staffroom.db.lock", "one.backup", "backups"} <= {path.name for path in made}
    assert {path.stat().st_uid for path in made} == {12345}
