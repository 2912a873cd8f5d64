"""What a restore would undo that somebody has decided since, and what would be lost: the worst first.

The forum as it is now is held beside the backup. Whatever keeps somebody out or hides something comes first: after the
restore it has to be done again.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bbs.backup.facts import Rows
from bbs.backup.standing import Account, Measure, accounts, time_of
from bbs.text import clean_line

MEASURES = {"banned": "Banned", "suspended": "Suspended", "silenced": "Silenced"}
WARNED = "warned"
REFUSED, ACTIVE, FORGOTTEN = "refused", "active", "forgotten"
WRITTEN = {"posts": "posts", "post_revisions": "edits", "messages": "messages", "meetings": "meetings"}
TRUE = frozenset({"True", "1", "t"})
MOST_NAMES = 20
"""Of what is lost and hurts nobody: there can be hundreds."""
MOST_POSTS = 60
"""A ban can hide all that somebody has written."""
FINGERPRINT = 19
"""Letters of a key's fingerprint: more than enough to tell one from another."""
LONGEST = 60
INDENT = "    "


@dataclass(frozen=True, slots=True)
class Undone:
    """One kind of thing that would be undone, and whom or what it is about."""

    what: str
    names: list[str]
    most: int | None = None
    """So many names are said on a terminal, and the others are counted; None for all."""

    @property
    def heading(self) -> str:
        return f"{self.what} ({len(self.names):,})"


def undone(now: Rows, then: Rows, at: datetime) -> list[Undone]:
    """All that would be undone, the worst first; `at` is the present."""
    groups = [*_let_in(now, then, at), *_shown_again(now, then), *_lost(now, then, at)]
    return [group for group in groups if group.names]


def lines(groups: list[Undone], width: int, *, whole: bool) -> Iterator[str]:
    """A line for each kind, and under it the names, in lines of so many letters at most. `whole`: every name."""
    for group in groups:
        yield f"{group.heading}:"
        names = [clean_line(name)[:LONGEST] for name in group.names[: None if whole else group.most]]
        if more := len(group.names) - len(names):
            names.append(f"and {more:,} more")
        yield from _wrapped(names, width)


def _wrapped(names: list[str], width: int) -> Iterator[str]:
    """No name is broken over two lines: it is copied from there."""
    line = INDENT
    for name in [*(f"{name}, " for name in names[:-1]), *names[-1:]]:
        if line != INDENT and len(line + name.rstrip()) > width:
            yield line.rstrip()
            line = INDENT
        line += name
    yield line


def written_since(now: Mapping[str, int], then: Mapping[str, int]) -> str:
    """How much would be lost, by the rows of each table now and in the backup; '' for nothing."""
    more = {noun: now.get(table, 0) - then.get(table, 0) for table, noun in WRITTEN.items()}
    counted = [f"{count:,} {noun}" for noun, count in more.items() if count > 0]
    return f"What was written since is lost: {', '.join(counted)}." if counted else ""


# -- who gets in again


def _let_in(now: Rows, then: Rows, at: datetime) -> Iterator[Undone]:
    present, past, slugs = accounts(now), accounts(then), _slugs(now)
    both = [(handle, present[handle], past[handle]) for handle in sorted(present.keys() & past.keys())]
    yield Undone("Members forgotten since, and there again", list(_members_again(now, then)))
    for kind, done in MEASURES.items():
        yield Undone(f"{done} since, and free of it again", _measures(both, slugs, kind, at))
    yield Undone("Refused since, and no longer", [h for h, one, other in both if REFUSED == one.state != other.state])
    yield Undone("Keys removed since, which sign in again", [
        f"{handle} {_key(fingerprint, other.keys)}" for handle, one, other in both
        for fingerprint in sorted(other.keys.keys() - one.keys.keys())
    ])  # fmt: skip
    changed = [handle for handle, one, other in both if other.password not in {"", one.password}]
    yield Undone("Passwords changed since: those from before are valid again", changed)
    yield Undone("Rights taken away since, and held again", [
        f"{handle} {what}" for handle, one, other in both for what in _rights(other, one, slugs)
    ])  # fmt: skip
    yield Undone("Invitation codes used or withdrawn since, and good again", list(_invitations(now, then, at)))


def _members_again(now: Rows, then: Rows) -> Iterator[str]:
    gone = {str(row["id"]) for row in now("members", "id", "state") if row["state"] == FORGOTTEN}
    for row in then("members", "id", "handle", "state") if gone else ():
        if str(row["id"]) in gone and row["state"] != FORGOTTEN:
            yield row["handle"]


def _measures(both: list[tuple[str, Account, Account]], slugs: Mapping[str, str], kind: str, at: datetime) -> list[str]:
    """Those of one kind that are in force now and were not then."""
    return [
        f"{handle}{_of_measure(measure, slugs)}" for handle, one, other in both
        for measure in _sorted(one.measures - other.measures) if measure.kind == kind and measure.holds(at)
    ]  # fmt: skip


def _sorted(measures: Collection[Measure]) -> list[Measure]:
    return sorted(measures, key=lambda measure: (measure.kind, measure.board, str(measure.until)))


def _of_measure(measure: Measure, slugs: Mapping[str, str]) -> str:
    where = f" in {slugs.get(measure.board, measure.board)}" if measure.board else ""
    return where + (f" until {measure.until:%Y-%m-%d %H:%M} UTC" if measure.until else "")


def _key(fingerprint: str, names: Mapping[str, str]) -> str:
    short = fingerprint if len(fingerprint) <= FINGERPRINT else f"{fingerprint[:FINGERPRINT]}…"
    return f"{short} '{names[fingerprint]}'" if names[fingerprint] else short


def _rights(held: Account, others: Account, slugs: Mapping[str, str]) -> list[str]:
    """What one has and the other has not: 'moderator', 'reads committee'."""
    return sorted(f"{what} {slugs.get(board, board)}".strip() for what, board in held.rights - others.rights)


def _invitations(now: Rows, then: Rows, at: datetime) -> Iterator[str]:
    handles = {str(row["id"]): row["handle"] for row in now("members", "id", "handle")}
    used = {str(row["invitation_id"]): handles.get(str(row["member_id"]), "")
            for row in now("invitation_uses", "invitation_id", "member_id")}  # fmt: skip
    left = {str(row["id"]): int(row["uses_left"]) for row in now("invitations", "id", "uses_left")}
    for code in then("invitations", "id", "uses_left", "expires_at", "by_id", "role"):
        number, until = str(code["id"]), time_of(code["expires_at"])
        if left.get(number, 0) < int(code["uses_left"]) and (until is None or until > at):
            by = handles.get(str(code.get("by_id") or ""), "the operator's")
            use = f"used by {used[number]}" if number in used else "withdrawn or used"
            makes = ", makes an operator" if code["role"] == "operator" else ""
            yield f"{by} ({use}{makes})"


# -- what is seen again


def _shown_again(now: Rows, then: Rows) -> Iterator[Undone]:
    slugs, closed, closed_then = _slugs(now), _closed(now), _closed(then)
    opened = closed & _slugs(then).keys() - closed_then
    yield Undone("Boards made private since, and open again", sorted(slugs[number] for number in opened))
    yield Undone("Threads moved into a private board since, and open again",
                 list(_opened_threads(now, then, closed, closed_then)))  # fmt: skip
    hidden, deleted = _posts_again(now, then)
    yield Undone("Posts hidden since, and shown again", hidden, MOST_POSTS)
    yield Undone("Posts deleted since, and shown again", deleted, MOST_POSTS)
    yield Undone("Messages hidden since, and shown again, of", _messages_of(now, then))
    yield Undone(
        "Posts from which words were edited out since, and have them again", _edited_out(now, then), MOST_POSTS
    )
    yield Undone("People of the imported history forgotten since, and named again", list(_forgotten(now, then)))
    gone = {str(row["id"]) for row in now("import_runs", "id", "undone_at") if row["undone_at"]}
    yield Undone("Imports undone since, and there again", [
        row["source"] for row in then("import_runs", "id", "source", "undone_at")
        if str(row["id"]) in gone and not row["undone_at"]
    ])  # fmt: skip
    off = {str(row["id"]) for row in now("meetings", "id", "state") if row.get("state") == "cancelled"}
    yield Undone("Meetings cancelled since, and on again", [
        row["title"] for row in then("meetings", "id", "title", "state", "cancelled_at")
        if str(row["id"]) in off and row.get("state") != "cancelled" and not row.get("cancelled_at")
    ])  # fmt: skip


def _slugs(rows: Rows) -> dict[str, str]:
    return {str(row["id"]): row["slug"] for row in rows("boards", "id", "slug")}


def _closed(rows: Rows) -> set[str]:
    """The numbers of the private boards. Before boards had kinds, a column said it."""
    found = rows("boards", "id", "kind", "private")
    return {str(row["id"]) for row in found if row.get("kind") == "private" or _is_true(row.get("private"))}


def _is_true(value: object) -> bool:
    return str(value) in TRUE


def _opened_threads(now: Rows, then: Rows, closed: set[str], closed_then: set[str]) -> Iterator[str]:
    """Those whose board was another one, which all may read, before and after."""
    inside = {str(row["id"]): row["title"] for row in now("threads", "id", "title", "board_id")
              if str(row["board_id"]) in closed}  # fmt: skip
    for row in then("threads", "id", "board_id") if inside else ():
        if str(row["id"]) in inside and str(row["board_id"]) not in closed_then | closed:
            yield inside[str(row["id"])]


def _posts_again(now: Rows, then: Rows) -> tuple[list[str], list[str]]:
    """The numbers of posts that are hidden now and were not, and of those that are deleted now and were not."""
    hidden, deleted = set(), set()
    for row in now("posts", "id", "hidden_at", "deleted_at"):
        if row["deleted_at"]:
            deleted.add(str(row["id"]))
        elif row["hidden_at"]:
            hidden.add(str(row["id"]))
    shown: tuple[list[str], list[str]] = ([], [])
    for row in then("posts", "id", "hidden_at", "deleted_at") if hidden or deleted else ():
        number = str(row["id"])
        if number in hidden and not row["hidden_at"]:
            shown[0].append(f"#{number}")
        elif number in deleted and not row["deleted_at"] and not row["hidden_at"]:
            shown[1].append(f"#{number}")
    return shown


def _messages_of(now: Rows, then: Rows) -> list[str]:
    """Who sent them: a message has no number that people know."""
    hidden = {str(row["id"]): str(row["sender_id"]) for row in now("messages", "id", "sender_id", "hidden_at")
              if row.get("hidden_at")}  # fmt: skip
    shown = {hidden[str(row["id"])] for row in (then("messages", "id", "hidden_at") if hidden else ())
             if str(row["id"]) in hidden and not row.get("hidden_at")}  # fmt: skip
    return sorted(row["handle"] for row in now("members", "id", "handle") if str(row["id"]) in shown)


def _edited_out(now: Rows, then: Rows) -> list[str]:
    def withheld(rows: Rows) -> set[int]:
        found = rows("post_revisions", "post_id", "withheld")
        return {int(row["post_id"]) for row in found if _is_true(row.get("withheld"))}

    return [f"#{number}" for number in sorted(withheld(now) - withheld(then))]


def _forgotten(now: Rows, then: Rows) -> Iterator[str]:
    gone = {str(row["id"]) for row in now("imported_authors", "id", "forgotten_at") if row.get("forgotten_at")}
    for row in then("imported_authors", "id", "name", "forgotten_at") if gone else ():
        if str(row["id"]) in gone and not row.get("forgotten_at"):
            yield row["name"]


# -- what is lost


def _lost(now: Rows, then: Rows, at: datetime) -> Iterator[Undone]:
    present, past, slugs = accounts(now), accounts(then), _slugs(now)
    both = [(handle, present[handle], past[handle]) for handle in sorted(present.keys() & past.keys())]
    back = [(handle, other, one) for handle, one, other in both]
    for kind, done in MEASURES.items():
        yield Undone(f"{done} then, and again", _measures(back, slugs, kind, at))
    yield Undone("Let in since, and no longer", [h for h, one, other in both if ACTIVE == one.state != other.state])
    yield Undone("Keys added since, and lost", [
        f"{handle} {_key(fingerprint, one.keys)}" for handle, one, other in both
        for fingerprint in sorted(one.keys.keys() - other.keys.keys())
    ])  # fmt: skip
    yield Undone(
        "First passwords chosen since, and lost", [h for h, one, other in both if one.password and not other.password]
    )
    yield Undone("Rights given since, and lost", [
        f"{handle} {what}" for handle, one, other in both for what in _rights(one, other, slugs)
    ])  # fmt: skip
    yield Undone("Warnings given since, and lost", [
        handle for handle, one, other in both for each in one.measures - other.measures if each.kind == WARNED
    ], MOST_NAMES)  # fmt: skip
    made = sorted(handle for handle in present.keys() - past.keys() if present[handle].state != FORGOTTEN)
    yield Undone("Accounts made since, and lost", made, MOST_NAMES)
