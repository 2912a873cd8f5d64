"""What a restore would undo that somebody has decided since: accounts as they are now beside those of the backup."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bbs.backup.facts import Rows
from bbs.views.members import role_words

BANNED, REFUSED = "banned", "refused"
WRITTEN = {"posts": "posts", "messages": "messages", "meetings": "meetings"}
MOST_NAMES = 20
"""New accounts that are named; there can be hundreds."""


@dataclass(frozen=True, slots=True)
class Account:
    """What of a member's account a moderator, an operator or the member has decided."""

    state: str
    roles: frozenset[str]
    suspended_until: datetime | None
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
    return {
        member["handle"]: Account(
            member.get("state") or "", frozenset(roles[str(member["id"])]), _time(member.get("suspended_until")),
            member.get("password_hash") or "", frozenset(keys[str(member["id"])]),
        )
        for member in rows("members")
    }  # fmt: skip


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
    if now.suspended_until != then.suspended_until:
        if now.suspended_until and now.suspended_until > at:
            yield f"the suspension until {now.suspended_until:%Y-%m-%d %H:%M} UTC is undone"
        if then.suspended_until and then.suspended_until > at:
            yield f"suspended again until {then.suspended_until:%Y-%m-%d %H:%M} UTC"
    if now.roles != then.roles:
        yield f"{role_words(then.roles)} again, not {role_words(now.roles)}"
    if now.password != then.password:
        yield "the password changed since is undone: the one from before is valid again"
    for key in sorted(then.keys - now.keys):
        yield f"the removed key {key} opens the account again"
    for key in sorted(now.keys - then.keys):
        yield f"the key {key}, added since, is lost"


def _of_state(now: str, then: str) -> str:
    if now == BANNED:
        return f"the ban is undone; the account is {then} again"
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
