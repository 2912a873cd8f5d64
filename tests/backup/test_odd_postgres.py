"""PostgreSQL as administrators set it up: the forum works as ever, or says in one line how to mend it."""

import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from bbs.__main__ import main
from bbs.store import Store
from tests.backup.conftest import Operator
from tests.backup.test_restore import fill

ODD = {
    "DateStyle": "German", "IntervalStyle": "sql_standard", "TimeZone": "'<+0345>-03:45'", "bytea_output": "escape",
    "standard_conforming_strings": "off", "backslash_quote": "on", "extra_float_digits": "-15", "client_encoding": "SQL_ASCII",
    "default_transaction_isolation": "'read committed'", "default_transaction_read_only": "on",
    "default_transaction_deferrable": "on", "synchronous_commit": "off", "gin_fuzzy_search_limit": "1",
    "default_text_search_config": "'pg_catalog.german'", "transform_null_equals": "on", "array_nulls": "off",
    "quote_all_identifiers": "on", "client_min_messages": "debug5", "enable_indexscan": "off", "work_mem": "64",
    **dict.fromkeys(("statement_timeout", "lock_timeout", "transaction_timeout", "idle_session_timeout",
                     "idle_in_transaction_session_timeout"), "'5s'"),
}  # fmt: skip
"""Whatever a role or a database may have set."""


@pytest.fixture
def base(on_postgres: Operator) -> str:
    """The name of the operator's database."""
    return str(make_url(on_postgres.settings.url).database)


def test_settings_of_the_role_change_nothing(
    on_postgres: Operator, administrator: psycopg.Connection, base: str
) -> None:
    for name, value in ODD.items():
        administrator.execute(f"ALTER ROLE careful IN DATABASE {base} SET {name} = {value}")
    fill(on_postgres)
    before = on_postgres.content()
    on_postgres("backup", "forum.backup", "--verify")
    on_postgres("board", "add", "after", "--title", "After")
    on_postgres("restore", "forum.backup", "--yes")
    assert on_postgres.content() == before
    administrator.execute(f"ALTER ROLE careful IN DATABASE {base} RESET ALL")
    administrator.execute(f"ALTER ROLE careful IN DATABASE {base} SET search_path = room, public")
    assert on_postgres.content() == before


def test_a_commit_lasts_and_no_statement_is_cut_off_whatever_is_set(
    on_postgres: Operator, administrator: psycopg.Connection, base: str
) -> None:
    for name, value in ODD.items():
        administrator.execute(f"ALTER DATABASE {base} SET {name} = {value}")
    wanted = {"synchronous_commit": "on", "gin_fuzzy_search_limit": "0", "DateStyle": "ISO, DMY", "TimeZone": "UTC"}
    wanted |= dict.fromkeys([name for name in ODD if name.endswith("_timeout")], "0")

    def in_force(session: Session) -> dict[str, str]:
        return {name: session.scalar(text("SELECT current_setting(:name)"), {"name": name}) or "" for name in wanted}

    store = Store(on_postgres.settings.url)
    assert store.read_now(in_force) == store.write_now(in_force) == wanted
    store.close()


def test_an_administrator_who_waits_for_more_than_this_disk_is_heard(
    on_postgres: Operator, administrator: psycopg.Connection, base: str
) -> None:
    administrator.execute(f"ALTER DATABASE {base} SET synchronous_commit = remote_apply")
    assert (
        on_postgres.run(lambda store: store.read_now(lambda s: s.scalar(text("SHOW synchronous_commit"))))
        == "remote_apply"
    )


def test_the_doctor_warns_of_a_postgresql_that_does_not_wait_for_the_disk(on_postgres: Operator) -> None:
    """As that of the tests."""
    done = CliRunner().invoke(main, ["doctor"])
    assert "because PostgreSQL does not wait for the disk" in done.output
    assert "ALTER SYSTEM SET fsync = on; ALTER SYSTEM SET full_page_writes = on;" in done.output


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_keep_every_letter_is_refused(
    on_postgres: Operator, administrator: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    other = f"odd_{encoding.lower()}"
    administrator.execute(f"CREATE DATABASE {other} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
    address = on_postgres.settings.url
    name = make_url(address).database
    monkeypatch.setenv("BBS_DATABASE_URL", address.replace(f"/{name}?", f"/{other}?"))
    for arguments in (("serve",), ("migrate",), ("board", "list"), ("backup", "some.backup")):
        said = on_postgres.refused(*arguments)
        assert f"is in the encoding {encoding}, and a forum needs UTF8" in said
    mend = said[said.index("CREATE DATABASE") :].strip()
    administrator.execute(mend)
    monkeypatch.setenv("BBS_DATABASE_URL", address.replace(f"/{name}?", f"/{other}_utf8?"))
    administrator.execute(f"ALTER ROLE careful IN DATABASE {other}_utf8 SET search_path = public")
    on_postgres("board", "list", status=1)  # no forum yet
    for made in (f"{other}_utf8", other):
        administrator.execute(f"DROP DATABASE {made} WITH (FORCE)")


def test_a_role_without_a_place_for_tables_is_told_how_to_get_one(
    on_postgres: Operator, administrator: psycopg.Connection, base: str
) -> None:
    """Since PostgreSQL 15 a role may make no tables in 'public' by itself."""
    administrator.execute(f"ALTER ROLE careful IN DATABASE {base} SET search_path = nowhere")
    said = on_postgres.refused("migrate")
    assert "'nowhere', and there is no such schema" in said
    administrator.execute(_command_in(said))
    said = on_postgres.refused("serve")
    assert "may not make tables in the schema public" in said
    with psycopg.connect(administrator.info.dsn, dbname=base, autocommit=True) as inside:
        inside.execute(_command_in(said))
    on_postgres("migrate")


def _command_in(said: str) -> str:
    return said.rpartition(" with: ")[2].strip()
