"""What a restore would undo that somebody has decided since: accounts as they are now beside those of the backup."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bbs.backup.facts import Rows
from bbs.views.members import role_words

BANNED, REFUSED = "banned", "refused"
NOUNS = {"banned": "ban", "suspended": "suspension", "silenced": "silence", "warned": "warning"}
WRITTEN = {"posts": "posts", "messages": "messages", "meetings": "meetings"}
MOST_NAMES = 20
"""New accounts that are named; there can be hundreds."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Of moderators against a member. `board` is its number, '' for everywhere; `until` is None without end."""

    kind: str
    board: str
    until: datetime | None

    @property
    def end(self) -> str:
        return f" until {self.until:%Y-%m-%d %H:%M} UTC" if self.until else ""

    @property
    def where(self) -> str:
        return " in one board" if self.board else ""


@dataclass(frozen=True, slots=True)
class Account:
    """What of a member's account a moderator, an operator or the member has decided."""

    state: str
    roles: frozenset[str]
    measures: frozenset[Measure]
    """Those that were not lifted; some may have ended."""
    password: str
    keys: frozenset[str]


def accounts(rows: Rows) -> dict[str, Account]:
    """All accounts of a database or a backup, by handle."""
    keys: dict[str, set[str]] = defaultdict(set)
    for key in rows("member_keys"):
        keys[str(key["member_id"])].add(key["fingerprint"])
    roles: dict[str, set[str]] = defaultdict(set)
    for held in rows("member_roles"):
        roles[str(held["member_id"])].add(held["role"])
    measures: dict[str, set[Measure]] = defaultdict(set)
    for row in rows("sanctions"):
        if not row["lifted_at"] and not row["acknowledged_at"]:
            measures[str(row["member_id"])].add(Measure(row["kind"], str(row["board_id"] or ""), _time(row["until"])))
    return {
        member["handle"]: Account(
            _state(member), frozenset(roles[str(member["id"])]),
            frozenset(measures[str(member["id"])] | set(_of_older_version(member))),
            member.get("password_hash") or "", frozenset(keys[str(member["id"])]),
        )
        for member in rows("members")
    }  # fmt: skip


def _state(member: Mapping[str, Any]) -> str:
    state = member.get("state") or ""
    return "active" if state == BANNED else state


def _of_older_version(member: Mapping[str, Any]) -> Iterator[Measure]:
    """Measures that stood in the member's row, before they had a table of their own."""
    if member.get("state") == BANNED:
        yield Measure(BANNED, "", None)
    if until := _time(member.get("suspended_until")):
        yield Measure("silenced", "", until)


def _time(value: Any) -> datetime | None:
    """A time as either database or a backup gives it."""
    if not value:
        return None
    time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def undone(now: dict[str, Account], then: dict[str, Account], at: datetime) -> list[str]:
    """Lines that say by name what would be undone; `at` is the present."""
    lines: list[str] = []
    for handle in sorted(now.keys() & then.keys()):
        lines += (f"{handle}: {what}" for what in _of_one(now[handle], then[handle], at))
    return [*lines, *_joined(sorted(now.keys() - then.keys()))]


def _of_one(now: Account, then: Account, at: datetime) -> Iterator[str]:
    if now.state != then.state:
        yield _of_state(now.state, then.state)
    for gone in _in_force(now.measures - then.measures, at):
        yield f"the {NOUNS[gone.kind]}{gone.where}{gone.end} is undone"
    for back in _in_force(then.measures - now.measures, at):
        yield f"{back.kind} again{back.where}{back.end}"
    if now.roles != then.roles:
        yield f"{role_words(then.roles)} again, not {role_words(now.roles)}"
    if now.password != then.password:
        yield "the password changed since is undone: the one from before is valid again"
    for key in sorted(then.keys - now.keys):
        yield f"the removed key {key} opens the account again"
    for key in sorted(now.keys - then.keys):
        yield f"the key {key}, added since, is lost"


def _in_force(measures: frozenset[Measure], at: datetime) -> list[Measure]:
    holding = [measure for measure in measures if measure.until is None or measure.until > at]
    return sorted(holding, key=lambda measure: (measure.kind, measure.board, measure.end))


def _of_state(now: str, then: str) -> str:
    if now == REFUSED:
        return "the refusal of the application is undone"
    return f"{then} again, not {now}"


def written_since(now: Mapping[str, int], then: Mapping[str, int]) -> list[str]:
    """A line that says how much would be lost, by the rows of each table now and in the backup."""
    more = {noun: now.get(table, 0) - then.get(table, 0) for table, noun in WRITTEN.items()}
    counted = [f"{count:,} {noun}" for noun, count in more.items() if count > 0]
    return [f"what was written since is lost: {', '.join(counted)}"] if counted else []


def _joined(handles: list[str]) -> Iterator[str]:
    for handle in handles[:MOST_NAMES]:
        yield f"{handle}: the account, made since, is lost"
    if (more := len(handles) - MOST_NAMES) > 0:
        yield f"{more} more accounts, made since, are lost"
