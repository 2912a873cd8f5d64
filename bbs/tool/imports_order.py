"""Keeps the messages of one run on disk until all are read, and hands them out in the order of their dates."""

import pickle
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from bbs.mail import Mail
from bbs.services.imports_threads import is_same

_TABLE = """
CREATE TABLE mail (
    number INTEGER PRIMARY KEY, message_id TEXT, is_first INTEGER, parent TEXT, sent_at REAL, address TEXT, name TEXT,
    mail BLOB
);
CREATE INDEX mail_by_id ON mail (message_id);
CREATE INDEX mail_by_parent ON mail (parent);
CREATE TABLE turns (turn INTEGER PRIMARY KEY, number INTEGER);
"""
_ORDER = """
WITH RECURSIVE placed (number, message_id, is_first, at, depth) AS (
    SELECT number, message_id, is_first, sent_at, 0 FROM mail
    WHERE NOT EXISTS (SELECT 1 FROM mail AS other WHERE other.message_id = mail.parent)
    UNION ALL
    SELECT mail.number, mail.message_id, mail.is_first, max(mail.sent_at, placed.at), placed.depth + 1
    FROM placed JOIN mail ON mail.parent = placed.message_id
    WHERE placed.is_first
)
INSERT INTO turns (number)
SELECT mail.number FROM mail LEFT JOIN placed ON placed.number = mail.number
ORDER BY coalesce(placed.at, mail.sent_at), coalesce(placed.depth, 0), mail.number
"""
"""An answer comes after what it answers, whatever its clock said. Those that answer each other go by their dates."""


class InOrder:
    """A file without a name, which goes with the process; SQLite puts it where there is room on the disk."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.executescript(f"PRAGMA cache_size = -8192; PRAGMA journal_mode = OFF; {_TABLE} BEGIN;")
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._count

    def add(self, mail: Mail) -> bool:
        """Keep a message; False for one that is here already."""
        same = "SELECT mail FROM mail WHERE message_id = ? ORDER BY number"
        others = [row[0] for row in self._file.execute(same, (mail.message_id,))]
        if any(is_same(pickle.loads(other), mail) for other in others):  # noqa: S301 - we have written it
            return False
        self._count += 1
        self._file.execute(
            "INSERT INTO mail VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (self._count, mail.message_id, not others, mail.references[-1] if mail.references else None,
             mail.sent_at.timestamp(), mail.address, mail.name, pickle.dumps(mail)),
        )  # fmt: skip
        return True

    def names(self) -> dict[str, dict[str, datetime]]:
        """All names at each address, and when each was last used."""
        found: dict[str, dict[str, datetime]] = {}
        newest = "SELECT address, name, max(sent_at) FROM mail GROUP BY address, name"
        for address, name, at in self._file.execute(newest):
            found.setdefault(address, {})[name] = datetime.fromtimestamp(at, UTC)
        return found

    def batches(self, most: int) -> Iterator[list[Mail]]:
        """The messages by date, so many at a time."""
        self._file.execute(_ORDER)
        rows = self._file.execute("SELECT mail FROM turns JOIN mail USING (number) ORDER BY turn")
        while part := rows.fetchmany(most):
            yield [pickle.loads(row[0]) for row in part]  # noqa: S301 - we have written it
