"""What taking a backup finds out, and the room that it needs."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bbs.errors import Unusable

RESERVE = 50_000_000
"""Bytes of the disk that a backup leaves free: the forum goes on writing."""


class Rows(Protocol):
    """Reads a forum's rows, in a database or a backup, one after another: a table can be larger than the memory."""

    def __call__(self, table: str, *columns: str) -> Iterator[Mapping[str, Any]]:
        """Each by the names of those columns that are there; none of a table that is not there."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Of the database as it is in a backup: its schema's revision, the rows of each table, where numbers went on."""

    schema_at: str
    rows: dict[str, int]
    sequences: dict[str, int] = field(default_factory=dict)


def need_room(folder: Path, size: int) -> None:
    """Raises Unusable when so many bytes would fill the disk."""
    free = shutil.disk_usage(folder).free
    if free - size < RESERVE:
        has, needs = free // 1_000_000, (size + RESERVE) // 1_000_000
        raise Unusable(f"Too little room in {folder.resolve()}: {has:,} MB are free, {needs:,} MB are needed.")
