"""Where each account stands: what moderators, operators and the member have decided of it.

Read from a database or a backup, of whichever schema of ours: a table or column that it does not have is left out.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bbs.backup.facts import Rows

BANNED = "banned"
IN_BOARDS = {"board_members": "reads", "board_writers": "writes in", "board_moderators": "moderates"}
"""What a member may do who stands in one of these tables."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Of moderators against a member. `board` is its number, '' for everywhere; `until` is None without end."""

    kind: str
    board: str
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.until is None or self.until > at


@dataclass(frozen=True, slots=True)
class Account:
    """`rights` are (what, number of the board or ''). `keys` are their names by their fingerprints."""

    state: str
    rights: frozenset[tuple[str, str]]
    measures: frozenset[Measure]
    """Those that were not lifted; some may have ended."""
    password: str
    keys: Mapping[str, str]


def accounts(rows: Rows) -> dict[str, Account]:
    """All accounts, by handle."""
    keys: dict[str, dict[str, str]] = defaultdict(dict)
    for key in rows("member_keys", "member_id", "fingerprint", "name"):
        keys[str(key["member_id"])][key["fingerprint"]] = key.get("name") or ""
    rights: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for held in rows("member_roles", "member_id", "role"):
        rights[str(held["member_id"])].add((held["role"], ""))
    for table, what in IN_BOARDS.items():
        for named in rows(table, "member_id", "board_id"):
            rights[str(named["member_id"])].add((what, str(named["board_id"])))
    measures: dict[str, set[Measure]] = defaultdict(set)
    for row in rows("sanctions", "member_id", "kind", "board_id", "until", "lifted_at", "acknowledged_at"):
        if not row["lifted_at"] and not row["acknowledged_at"]:
            measures[str(row["member_id"])].add(Measure(row["kind"], str(row["board_id"] or ""), time_of(row["until"])))
    return {
        member["handle"]: Account(
            _state(member), frozenset(rights[str(member["id"])] | set(_role_of_older_version(member))),
            frozenset(measures[str(member["id"])] | set(_measures_of_older_version(member))),
            member.get("password_hash") or "", keys[str(member["id"])],
        )
        for member in rows("members", "id", "handle", "state", "password_hash", "role", "suspended_until")
    }  # fmt: skip


def _state(member: Mapping[str, Any]) -> str:
    state = member.get("state") or ""
    return "active" if state == BANNED else state


def _role_of_older_version(member: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The role that stood in the member's row, before a member could have several."""
    if (role := member.get("role") or "member") != "member":
        yield role, ""


def _measures_of_older_version(member: Mapping[str, Any]) -> Iterator[Measure]:
    """Measures that stood in the member's row, before they had a table of their own."""
    if member.get("state") == BANNED:
        yield Measure(BANNED, "", None)
    if until := time_of(member.get("suspended_until")):
        yield Measure("silenced", "", until)


def time_of(value: Any) -> datetime | None:
    """A time as either database or a backup gives it."""
    if not value:
        return None
    time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
