"""The schema: from nothing, from data, down and up again, and the same as the models."""

from functools import partial

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

import bbs.models  # noqa: F401 - registers the tables
from bbs.db import Base
from bbs.errors import BBSError
from bbs.schema import alembic_config, changing, current, is_compared, migrate, newest, revisions
from bbs.services import imports_people, log, members, people, posts, sanctions
from bbs.store import Store
from tests.conftest import Group
from tests.services.test_imports import bring, letter


def run(engine: Engine, direction: str, target: str) -> None:
    config = alembic_config()
    with changing(engine) as connection:
        config.attributes["connection"] = connection
        getattr(command, direction)(config, target)


def test_there_is_one_head_and_files_are_named_for_their_revisions() -> None:
    script = ScriptDirectory.from_config(alembic_config())
    assert script.get_heads() == [newest()]
    assert sorted(found.revision for found in script.walk_revisions()) == revisions()


def test_the_migrations_make_what_the_models_say(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": is_compared})
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_twice_does_nothing_the_second_time(store: Store) -> None:
    assert migrate(store.engine) is False
    assert current(store.engine) == newest()


def test_all_the_way_down_and_up_again_with_data_in_it(group: Group) -> None:
    group.do("ross", posts.start_thread, "general", "T", "B")
    run(group.store.engine, "downgrade", "base")
    assert set(inspect(group.store.engine).get_table_names()) <= {"alembic_version", "sqlite_sequence"}
    assert migrate(group.store.engine)


def test_authors_of_an_older_import_are_known_by_their_names_and_dates(group: Group) -> None:
    bring(group, letter(1, name="Isla Roy"), letter(2, to=(1,), name="Ross Kay", address="kay@x.org", days=1))
    run(group.store.engine, "downgrade", "0006")
    with group.store.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM posts WHERE imported_author_id IS NOT NULL")) == 2
    assert migrate(group.store.engine)
    assert [person.claim_as for person in group.store.read_now(imports_people.people)] == [
        "isla@example.org",
        "kay@x.org",
    ]
    again = bring(group, letter(1, name="Isla Roy"), letter(3, to=(2,), name="Roy, Isla", days=2))
    assert (again.imported, again.duplicates) == (1, 1)
    assert len(group.store.read_now(imports_people.people)) == 2


def test_a_database_of_a_newer_version_is_left_alone(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BBSError, match="newer one has written it"):
        migrate(store.engine)


def test_bans_and_suspensions_of_an_older_version_are_measures_now(group: Group) -> None:
    """A suspension kept its member from writing; of a banned member the log tells what they were before."""
    write = group.store.write_now
    for handle, state in (("una", "refused"), ("finn", "applied"), ("angus", "active")):
        write(partial(members.add_member, handle=handle, state=state, application="Let me in"))
    write(log.write, None, "refused", "una")
    write(partial(log.write, actor=None, action="suspended until then", target="isla", reason="Loud"))
    for handle in ("ross", "una", "finn", "angus"):
        write(partial(log.write, actor=None, action="banned", target=handle, reason="Spam"))
    run(group.store.engine, "downgrade", "0012")
    with group.store.engine.begin() as connection:
        old = text("UPDATE members SET state = 'banned' WHERE handle IN ('ross', 'una', 'finn', 'angus')")
        connection.execute(old)
        connection.execute(text("UPDATE members SET last_seen_at = joined_at WHERE handle = 'angus'"))
        connection.execute(text("UPDATE members SET suspended_until = '2999-01-01 00:00:00' WHERE handle = 'isla'"))
    assert migrate(group.store.engine)
    pages = {
        handle: group.read("heather", people.profile, handle) for handle in ("isla", "ross", "una", "finn", "angus")
    }
    assert {handle: [(each.kind, each.reason) for each in page.sanctions] for handle, page in pages.items()} == {
        "isla": [("silenced", "Loud")], "ross": [("banned", "Spam")], "una": [("banned", "Spam")],
        "finn": [("banned", "Spam")], "angus": [("banned", "Spam")],
    }  # fmt: skip
    for handle in ("ross", "una", "finn", "angus"):
        group.do("heather", sanctions.reinstate, handle)
    states = {handle: group.read("heather", people.profile, handle).state for handle in pages}
    assert states == {"isla": "active", "ross": "active", "una": "refused", "finn": "applied", "angus": "active"}
