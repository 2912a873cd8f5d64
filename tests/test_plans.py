"""No screen makes a database look through a table that grows with the forum: the plans of what is really executed."""

import re
from typing import Any

from sqlalchemy import Connection, text

from bbs.store import Store
from bench.reads import screens, searches
from tests.filled import EACH_KIND, Statement, executed

GROWING = (
    "posts", "threads", "thread_states", "board_states", "thanks", "post_revisions", "messages", "conversations",
    "conversation_states", "notices", "drafts", "rsvps", "post_search", "message_search",
)  # fmt: skip
_SQLITE_SCAN = re.compile(rf"SCAN ({'|'.join(GROWING)})(_\d+)?(?! VIRTUAL TABLE INDEX \d+:M)\b")
_POSTGRES_SCAN = re.compile(rf"Seq Scan on ({'|'.join(GROWING)})\b")


def plan(connection: Connection, statement: Statement) -> list[str]:
    """The lines of a statement's plan."""
    on_sqlite = connection.dialect.name == "sqlite"
    explained = f"EXPLAIN {'QUERY PLAN ' if on_sqlite else ''}{statement[0]}"
    return [str(row[-1]) for row in connection.exec_driver_sql(explained, statement[1])]


def full_scans(store: Store, asked: dict[str, Any]) -> dict[str, list[str]]:
    """The lines that tell of one, by statement."""
    scan = _SQLITE_SCAN if store.is_sqlite else _POSTGRES_SCAN
    with store._read_engine.connect() as connection:
        if not store.is_sqlite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))  # in a small table the fastest way is to scan it
        plans = {statement: plan(connection, (statement, values)) for statement, values in asked.items()}
    found = {statement: [line for line in lines if scan.search(line)] for statement, lines in plans.items()}
    return {statement: lines for statement, lines in found.items() if lines}


def all_that_is_asked(store: Store) -> dict[str, Any]:
    reads = [*screens(store, EACH_KIND[0]).values(), *searches().values()]
    return dict(asked for read in reads for reader in EACH_KIND for asked in executed(store, reader, read))


def test_no_screen_scans_a_table_that_grows(filled_forums: list[Store]) -> None:
    assert full_scans(filled_forums[-1], all_that_is_asked(filled_forums[-1])) == {}


def test_a_scan_would_be_seen(filled_forums: list[Store]) -> None:
    store = filled_forums[-1]
    assert full_scans(store, {"SELECT count(*) FROM posts WHERE body LIKE '%%x'": ()})


def test_postgresql_walks_through_the_newest_texts_and_looks_others_up_by_their_words(
    filled_forums: list[Store],
) -> None:
    store = filled_forums[-1]
    asked = {one: values for one, values in all_that_is_asked(store).items() if "post_search.words" in one}
    used = set()
    with store._read_engine.connect() as connection:
        for statement, values in asked.items():
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            read = "\n".join(plan(connection, (statement, values)))
            walks = "IS true" in statement
            assert ("Index Scan Backward using pk_post_search" in read) == walks, read
            assert ("Bitmap Index Scan on ix_post_search_words" in read) == (not walks), read
            used.add(walks)
    assert used == (set() if store.is_sqlite else {True, False})
