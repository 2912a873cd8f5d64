"""The host key of a restore: it is put in its place once the database is, whatever ends the restore between the two.

It is written down before the database is replaced, with a mark by which the replaced database is known: on SQLite the
file that was renamed to it, on PostgreSQL the transaction.
"""

import itertools
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Base64Bytes, BaseModel, ConfigDict, ValidationError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from bbs import private
from bbs.backup import postgres
from bbs.config import Settings
from bbs.db import database_file, is_sqlite

KEPT = "before-restore"
COMMITTED, IN_PROGRESS = "committed", "in progress"
_STATUS = text("SELECT pg_xact_status(CAST(:mark AS xid8))")


class Waiting(BaseModel):
    """A host key that waits for the database with this mark."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mark: str
    key: Base64Bytes


def mark_of_file(path: Path) -> str:
    """It stays with the file when it is renamed."""
    seen = path.stat()
    return f"{seen.st_dev}:{seen.st_ino}"


def mark_of_transaction(connection: Connection) -> str:
    return str(connection.scalar(text("SELECT pg_current_xact_id()")))


def _waits_at(settings: Settings) -> Path:
    return settings.host_key.with_name(f"{settings.host_key.name}.to-be-restored")


def wait(settings: Settings, key: bytes | None, mark: str) -> None:
    """Write a key down before the database with that mark is put in its place."""
    path = _waits_at(settings)
    path.unlink(missing_ok=True)
    if key is not None:
        private.write(path, Waiting(mark=mark, key=b64encode(key)).model_dump_json().encode())
        private.sync(path.parent)


def settle(settings: Settings, connection: Connection | None = None, *, is_sure: bool = False) -> list[Path]:
    """Put the key that waits in its place, if its database is; the file in which another one is kept, if there was one.

    Nobody else may be restoring on SQLite meanwhile; `connection` is one to PostgreSQL that is there already. `is_sure`
    is for who has just put the database there.
    """
    path = _waits_at(settings)
    try:
        waiting = Waiting.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return []
    except ValidationError:  # it was cut off in writing it, and so before the database was touched
        path.unlink()
        return []
    there = is_sure or _is_there(settings, waiting.mark, connection)
    kept = _put(settings, waiting.key) if there else []
    if there is not None:
        path.unlink()
    return kept


def _is_there(settings: Settings, mark: str, connection: Connection | None) -> bool | None:
    """Whether the database with this mark is in its place; None while that is being done."""
    if is_sqlite(settings.url):
        database = database_file(settings.url)
        return database.exists() and mark_of_file(database) == mark
    if connection is None:
        with postgres.reading(settings.url) as own:
            return _is_there(settings, mark, own)
    with suppress(DBAPIError), connection.begin_nested():  # a number that another server has given
        status = connection.scalar(_STATUS, {"mark": mark})
        return None if status == IN_PROGRESS else status == COMMITTED
    return False


def _put(settings: Settings, key: bytes) -> list[Path]:
    target = settings.host_key
    there = target.read_bytes() if target.exists() else None
    if key == there:
        return []
    kept = []
    if there is not None:
        kept = [free_name(target.with_name(f"{target.name}.{KEPT}"))]
        private.write(kept[0], there)
    private.put(target, key)
    return kept


def free_name(beginning: Path, ending: str = "") -> Path:
    """A name with the time in it, which nothing has yet."""
    stamp = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    names = (beginning.with_name(f"{beginning.name}-{stamp}{number}{ending}") for number in _numbers())
    return next(path for path in names if not path.exists())


def _numbers() -> Iterator[str]:
    yield ""
    yield from (f"-{number}" for number in itertools.count(2))
