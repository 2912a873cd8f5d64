"""`bbs backup` and `bbs restore` on both engines: nothing is lost, and what cannot be restored is refused."""

import os
import sqlite3
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from bbs.backup.archive import glance, open_backup
from bbs.db import make_engine
from bbs.schema import alembic_config, newest, tables_at
from bbs.services import posts
from bbs.services.search_index import last
from tests.backup.conftest import Operator, altered, content
from tests.conftest import make_group


def fill(operator: Operator) -> None:
    """People, posts with every kind of character, and rows of many sizes."""

    def work(store: Any) -> None:
        group = make_group(store, operator.clock)
        for number in range(40):
            words = f'Words {number}, "quoted", comma\ttab\nnew line \\N £ é 漢 ' * (1 + number * 7 % 30)
            group.clock.forward(minutes=5)
            posted = group.do("ross", posts.start_thread, "general", f"Subject {number}", words)
            group.do("isla", posts.reply, posted.thread_id, "Short")

    operator.run(work)


def test_a_restored_forum_is_what_was_backed_up(operator: Operator) -> None:
    fill(operator)
    before = operator.content()
    assert before["posts"]
    operator("backup", "forum.backup", "--verify")
    operator("board", "add", "after", "--title", "After")
    operator("restore", "forum.backup", "--yes")
    assert operator.content() == before
    operator("board", "add", "another", "--title", "Another")  # numbers go on where they were
    seen = glance(Path("forum.backup"))
    assert seen is not None
    assert seen.verified


def test_a_backup_holds_every_table_of_the_schema(operator: Operator) -> None:
    operator("backup", "forum.backup")
    with open_backup(Path("forum.backup")) as backup:
        assert set(backup.manifest.rows) == set(tables_at(backup.manifest.schema_at))


def test_search_works_after_a_restore(operator: Operator) -> None:
    fill(operator)
    operator("backup", "forum.backup")
    operator("restore", "forum.backup", "--yes")

    def found(store: Any) -> int:
        return store.read_now(lambda session: last(session, "post"))  # type: ignore[no-any-return]

    assert operator.run(found) == max(row[0] for row in operator.content()["posts"])  # type: ignore[type-var]


def test_a_backup_is_compressed_and_goes_to_standard_output(operator: Operator) -> None:
    fill(operator)
    done = operator("backup", "-")
    assert "Wrote to standard output" in done.stderr
    Path("piped").write_bytes(done.stdout_bytes)
    Path("piped").chmod(0o600)
    operator("restore", "piped", "--yes")
    with zipfile.ZipFile("piped") as packed:
        assert sum(one.file_size for one in packed.infolist()) > 3 * len(done.stdout_bytes)


def test_every_restore_keeps_what_was_there_under_a_name_of_its_own(operator: Operator) -> None:
    operator("backup", "forum.backup")
    kept = []
    for name in ("one", "two", "three"):
        operator("board", "add", name, "--title", name)
        held = operator.content()
        done = operator("restore", "forum.backup", "--yes").stdout
        kept.append((Path(done.split("Kept what was there: ")[1].splitlines()[0]), held))
    assert len({path for path, _ in kept}) == 3
    for path, held in kept:
        assert path.stat().st_mode & 0o777 == 0o600
        if path.suffix == ".backup":
            operator("restore", str(path), "--yes")
            assert operator.content() == held
        else:
            assert content(f"sqlite:///{path}") == held


def test_a_host_key_comes_back_and_the_other_one_is_kept(operator: Operator) -> None:
    key = operator.settings.host_key
    key.write_text("old")
    key.chmod(0o600)
    operator("backup", "forum.backup")
    key.write_text("new")
    done = operator("restore", "forum.backup", "--yes").stdout
    assert key.read_text() == "old"
    assert key.stat().st_mode & 0o777 == 0o600
    assert [path.read_text() for path in key.parent.glob("host_key.before-restore-*")] == ["new"]
    assert "host_key.before-restore-" in done


def test_a_restore_makes_a_forum_where_there_is_none(on_sqlite: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    before = on_sqlite.content()
    on_sqlite("backup", "forum.backup")
    monkeypatch.setenv("BBS_DATA_DIR", "new/vps")
    assert "Kept" not in on_sqlite("restore", "forum.backup", "--yes").stdout
    assert on_sqlite.content() == before
    assert Path("new").stat().st_mode & 0o777 == 0o700


def test_no_forum_is_begun_where_backups_tell_of_one_that_is_gone(on_sqlite: Operator) -> None:
    """A disk that is not there, a folder that was moved, a file of no length: members would come to an empty forum."""
    before = on_sqlite.content()
    on_sqlite("backup", "data/backups/manual-a b.backup")
    for path in Path("data").glob("staffroom.db*"):
        path.unlink()
    for name in ("nothing", "an empty file"):
        if name == "an empty file":
            Path("data/staffroom.db").touch(0o600)
        for beginning in ("migrate", "serve"):
            said = on_sqlite.refused(beginning)
            assert "holds no forum, and data/backups has backups of one" in said
            assert "bbs restore 'data/backups/manual-a b.backup'" in said
    on_sqlite("restore", "data/backups/manual-a b.backup", "--yes")
    assert on_sqlite.content() == before


def test_nothing_is_done_without_a_yes(operator: Operator) -> None:
    operator("backup", "forum.backup")
    operator("board", "add", "after", "--title", "After")
    held = operator.content()
    operator("restore", "forum.backup", given="n\n", status=1)
    assert operator.content() == held


def test_a_backup_of_an_older_version_is_restored_and_brought_up_to_date(operator: Operator) -> None:
    fill(operator)
    before = operator.content()
    _at(operator, "downgrade", "0006")
    operator("backup", "older.backup", "--verify")
    assert "before-migration-" in operator("migrate").stdout
    operator("board", "add", "after", "--title", "After")
    operator("restore", "older.backup", "--yes")
    operator("restore", "older.backup", "--yes")  # over an older schema too
    assert "needs 'bbs migrate'" in operator("board", "list", status=1).stderr
    operator("migrate")
    after = operator.content()
    assert after.pop("refills") != before.pop("refills"), "the index of the older version has to be filled again"
    assert after == before


def _at(operator: Operator, direction: str, revision: str) -> None:
    engine = make_engine(operator.settings.url)
    config = alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        getattr(command, direction)(config, revision)
    engine.dispose()


def test_a_restore_that_is_killed_leaves_the_old_forum_or_the_new_one(operator: Operator) -> None:
    """Killed as soon as it has kept what was there: between that and putting the new one in its place."""
    fill(operator)
    old = operator.content()
    operator("backup", "forum.backup")
    operator("board", "add", "after", "--title", "After")
    new = operator.content()
    folder = operator.folder / "data"
    process = subprocess.Popen([sys.executable, "-m", "bbs", "restore", "forum.backup", "--yes"])
    while process.poll() is None and not [*folder.glob("*.before-restore-*"), *folder.glob("backups/before-restore-*")]:
        pass
    process.kill()
    process.wait()
    assert operator.content() in (old, new)
    operator("restore", "forum.backup", "--yes")
    assert operator.content() == old


# -- what is refused


def _flip(whole: bytes) -> bytes:
    return whole[:200] + bytes([whole[200] ^ 1]) + whole[201:]


def _pack(kind: str) -> bytes:
    made = Path("packed")
    if kind == "tar":
        with tarfile.open(made, "w:gz") as archive:
            archive.add("good", "forum.db")
    elif kind == "zip":
        with zipfile.ZipFile(made, "w") as packed:
            packed.write("good", "forum.db")
    else:
        with closing(sqlite3.connect(made)) as connection:
            connection.execute("CREATE TABLE other (id)")
    held = made.read_bytes()
    made.unlink()
    return held


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _whole: b"",
    "cut": lambda whole: whole[:-100],
    "half": lambda whole: whole[: len(whole) // 2],
    "flipped": _flip,
    "text": lambda _whole: b"-- PostgreSQL database dump\n" * 100,
    "another program's database": lambda _whole: _pack("sqlite"),
    "another archive": lambda _whole: _pack("tar"),
    "another zip": lambda _whole: _pack("zip"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_no_whole_backup_is_refused_and_nothing_changes(on_sqlite: Operator, damage: str) -> None:
    _refuses(on_sqlite, damage)


def test_damage_is_refused_on_postgresql_too(on_postgres: Operator) -> None:
    for damage in ("empty", "flipped", "half"):
        _refuses(on_postgres, damage)


def _refuses(operator: Operator, damage: str) -> None:
    operator("backup", "good")
    Path("bad").write_bytes(DAMAGE[damage](Path("good").read_bytes()))
    Path("bad").chmod(0o600)
    rows, files = operator.content(), operator.files()
    assert "bad is no backup of a Staffroom forum, or it is damaged" in operator.refused("restore", "bad", "--yes")
    assert operator.files() == files
    assert operator.content() == rows


def test_a_backup_that_others_can_read_is_refused_with_the_command_that_mends_it(operator: Operator) -> None:
    operator("backup", "good")
    for mode in (0o640, 0o604, 0o666):
        Path("good").chmod(mode)
        assert operator.refused("restore", "good", "--yes").endswith("Mend it with: chmod 600 good\n")
    Path("good").chmod(0o600)
    operator("restore", "good", "--yes")


def test_what_is_no_file_is_refused(on_sqlite: Operator) -> None:
    Path("folder").mkdir()
    os.mkfifo("pipe", 0o600)
    for name in ("folder", "pipe", "missing"):
        assert name in on_sqlite.refused("restore", name, "--yes")
    assert "pipe is there and is no whole backup" in on_sqlite.refused("backup", "pipe")


def test_a_backup_with_a_newer_schema_is_refused(operator: Operator) -> None:
    operator.run(lambda store: store.write_now(set_revision, "9999"))
    operator("backup", "newer")
    operator.run(lambda store: store.write_now(set_revision, newest()))
    rows = operator.content()
    assert "schema 9999, which this version of Staffroom does not know" in operator.refused("restore", "newer", "--yes")
    assert operator.content() == rows


def set_revision(session: Session, revision: str) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})


def test_a_forum_that_a_newer_version_wrote_can_be_replaced_and_is_kept(operator: Operator) -> None:
    operator("backup", "before-upgrade")
    rows = operator.content()
    operator.run(lambda store: store.write_now(set_revision, "9999"))
    assert "Kept what was there" in operator("restore", "before-upgrade", "--yes").stdout
    assert operator.content() == rows


def test_a_backup_of_the_other_engine_is_refused(operator: Operator) -> None:
    operator("backup", "good")
    other = "postgresql" if operator.settings.url.startswith("sqlite") else "sqlite"
    altered(Path("good"), Path("other"), lambda _parts, manifest: manifest.update(engine=other))
    assert "the settings name a database on" in operator.refused("restore", "other", "--yes")


def on_database(statement: str) -> Any:
    """Do something to the SQLite database in a backup."""

    def alter(parts: dict[str, bytes], manifest: dict[str, Any]) -> None:
        path = Path("altered.db")
        path.write_bytes(parts["forum.db"])
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA writable_schema=ON")
            connection.execute(statement)
        connection.close()
        parts["forum.db"] = path.read_bytes()
        path.unlink()
        manifest["rows"] = {}

    return alter


@pytest.mark.parametrize(("statement", "said"), [
    ("DROP TABLE alembic_version", "holds no forum"),
    ("DELETE FROM alembic_version", "holds no forum"),
    ("UPDATE alembic_version SET version_num = '0001'", "damaged"),
    ("INSERT INTO board_members VALUES (77, 88)", "board_members refers to"),
    ("DROP TABLE notices", "damaged"),
    ("DELETE FROM boards", "damaged"),
])  # fmt: skip
def test_a_database_that_is_no_whole_forum_is_refused(on_sqlite: Operator, statement: str, said: str) -> None:
    on_sqlite("backup", "good")
    altered(Path("good"), Path("bad"), on_database(statement))
    rows = on_sqlite.content()
    assert said in on_sqlite.refused("restore", "bad", "--yes")
    assert on_sqlite.content() == rows
    assert not list(on_sqlite.folder.glob("data/.staffroom-unfinished*"))


def test_a_database_with_other_columns_is_refused(on_sqlite: Operator) -> None:
    on_sqlite("backup", "good")

    def alter(parts: dict[str, bytes], manifest: dict[str, Any]) -> None:
        rows = manifest["rows"]
        on_database("ALTER TABLE members DROP COLUMN bell")(parts, manifest)
        manifest["rows"] = rows

    altered(Path("good"), Path("bad"), alter)
    assert "its table members is missing or different" in on_sqlite.refused("restore", "bad", "--yes")


def test_a_damaged_page_is_refused(on_sqlite: Operator) -> None:
    on_sqlite("backup", "good")

    def alter(parts: dict[str, bytes], _manifest: dict[str, Any]) -> None:
        whole = parts["forum.db"]
        parts["forum.db"] = whole[:8192] + b"\xff" * 8192 + whole[16384:]

    altered(Path("good"), Path("bad"), alter)
    on_sqlite.refused("restore", "bad", "--yes")


@pytest.mark.parametrize(("table", "row", "said"), [
    ("board_members", b"77,88\n", "violates foreign key constraint"),
    ("thanks", b"1,2\n", "missing data for column"),
    ("thanks", b'\xff\n', "invalid byte sequence"),
    ("boards", b"1\n", "damaged"),
    ("boards", b'\xff\n', "damaged"),
])  # fmt: skip
def test_rows_that_do_not_fit_are_refused_and_nothing_changes(
    on_postgres: Operator, table: str, row: bytes, said: str
) -> None:
    on_postgres("backup", "good")

    def alter(parts: dict[str, bytes], _manifest: dict[str, Any]) -> None:
        parts[f"{table}.csv"] += row

    altered(Path("good"), Path("bad"), alter)
    rows = on_postgres.content()
    assert said in on_postgres.refused("restore", "bad", "--yes")
    assert on_postgres.content() == rows


def test_a_table_that_is_missing_in_the_backup_is_noticed(on_postgres: Operator) -> None:
    on_postgres("backup", "good")
    altered(Path("good"), Path("bad"), lambda parts, _manifest: parts.pop("notices.csv"))
    assert "tables are missing" in on_postgres.refused("restore", "bad", "--yes")


def test_a_backup_does_not_overwrite_what_is_no_backup(on_sqlite: Operator) -> None:
    Path("thesis.txt").write_text("years of work")
    assert "is there and is no whole backup" in on_sqlite.refused("backup", "thesis.txt")
    assert Path("thesis.txt").read_text() == "years of work"
    on_sqlite("backup", "yesterday")
    on_sqlite("backup", "yesterday")


def test_a_backup_says_when_it_has_no_place(on_sqlite: Operator) -> None:
    assert "nowhere" in on_sqlite.refused("backup", "nowhere/forum.backup")
    assert not Path("nowhere").exists()


def test_standard_input_is_no_file_to_restore(on_sqlite: Operator) -> None:
    assert "write it to one first" in on_sqlite.refused("restore", "-", "--yes")


# -- PostgreSQL, the rights of the forum's role


def test_a_schema_is_found_whatever_its_name(on_postgres: Operator, administrator: psycopg.Connection) -> None:
    odd = """ "Room ""x"" é :a %s $1" """
    base = make_url(on_postgres.settings.url).database
    administrator.execute(f"ALTER ROLE careful IN DATABASE {base} SET search_path = {odd}, public")
    with psycopg.connect(administrator.info.dsn, dbname=base, autocommit=True) as inside:
        inside.execute(f"ALTER SCHEMA room RENAME TO {odd}")
    before = on_postgres.content()
    on_postgres("backup", "forum.backup", "--verify")
    on_postgres("restore", "forum.backup", "--yes")
    assert on_postgres.content() == before


def test_what_the_role_may_not_do_is_said_in_one_line(on_postgres: Operator, administrator: psycopg.Connection) -> None:
    on_postgres("backup", "forum.backup")
    rows = on_postgres.content()
    base = make_url(on_postgres.settings.url).database
    with psycopg.connect(administrator.info.dsn, dbname=base, autocommit=True) as inside:
        inside.execute("ALTER TABLE room.posts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        assert "The database refuses: query would be affected" in on_postgres.refused("backup", "less.backup")
        inside.execute("ALTER TABLE room.posts DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY")
        inside.execute("ALTER SCHEMA room OWNER TO CURRENT_USER")
        inside.execute("GRANT USAGE ON SCHEMA room TO careful")
        refused = on_postgres.refused("restore", "forum.backup", "--yes")
        assert "The forum's tables cannot be replaced: permission denied for schema room" in refused
    assert on_postgres.content() == rows


def test_tables_of_another_program_are_left_alone(on_postgres: Operator) -> None:
    """It has its migrations made by Alembic too, and its role is the forum's."""
    on_postgres("backup", "forum.backup")
    on_postgres.run(lambda store: store.write_now(set_revision, "a1b2c3d4"))
    on_postgres.run(lambda store: store.write_now(lambda s: s.execute(text("DROP TABLE board_states")) and None))
    assert "another program's" in on_postgres.refused("restore", "forum.backup", "--yes")
    assert "another program's" in on_postgres.refused("backup", "theirs.backup")


def test_what_is_not_the_forums_stays(on_postgres: Operator, least_rights: str) -> None:
    """An extension that an administrator has made, and tables elsewhere in the database."""
    on_postgres("backup", "forum.backup", "--verify")
    on_postgres("restore", "forum.backup", "--yes")
    there = on_postgres.run(lambda store: store.read_now(lambda s: list(s.scalars(text("SELECT id FROM public.elsewhere")))
                                                         + list(s.scalars(text("SELECT extname FROM pg_extension")))))  # fmt: skip
    assert there == [7, "plpgsql", "vector"]


def test_a_table_of_somebody_else_that_is_in_the_way_is_left_alone(on_postgres: Operator) -> None:
    """A view that depends on the forum's tables: the restore says its name, and nothing is changed."""
    on_postgres("backup", "forum.backup")
    on_postgres.run(lambda store: store.write_now(lambda s: s.execute(text("CREATE VIEW busy AS SELECT handle FROM members"))))  # fmt: skip
    rows = on_postgres.content()
    assert "view busy depends on table members" in on_postgres.refused("restore", "forum.backup", "--yes")
    assert on_postgres.content() == rows


def test_another_programs_table_in_the_forums_schema_is_left_alone(on_postgres: Operator) -> None:
    on_postgres.run(lambda store: store.write_now(lambda s: s.execute(text("CREATE TABLE ours AS SELECT 5 AS id"))))
    on_postgres("backup", "forum.backup")
    on_postgres.run(lambda store: store.write_now(lambda s: s.execute(text("UPDATE ours SET id = 6"))))
    on_postgres("restore", "forum.backup", "--yes")
    assert on_postgres.run(lambda store: store.read_now(lambda s: s.scalar(text("SELECT id FROM ours")))) == 6
