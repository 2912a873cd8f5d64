"""Whose each imported message is: an author for each person, who can have many names and can share an address."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bbs.mail import Mail
from bbs.models import ImportedAuthor, ImportedName
from bbs.models.imports import folded
from bbs.services.imports_names import Person, is_readable, people, repaired
from bbs.services.statements import add_rows, new_ids
from bbs.text import digest

Written = tuple[str, str]
"""An address, and the name beside it."""
MAX_ADDRESS = 254


@dataclass(slots=True)
class _Address:
    """Whose the names at one address are."""

    authors: dict[str, int] = field(default_factory=dict)
    newest: dict[str, datetime] = field(default_factory=dict)
    forgotten: set[int] = field(default_factory=set)

    def known(self, name: str) -> int | None:
        """The author of a name. A name that is new at the address of one who is forgotten is theirs."""
        alone = self.forgotten if len(set(self.authors.values()) | self.forgotten) == 1 else set()
        return self.authors.get(name) or next(iter(alone), None)


@dataclass(slots=True)
class _New:
    """Names at an address that nobody has yet, and whose they are."""

    address: str
    person: Person
    names: list[str]


def written_by(mails: Iterable[Mail]) -> dict[Written, datetime]:
    """When each name was last used at an address."""
    newest: dict[Written, datetime] = {}
    for mail in mails:
        key = (mail.address, mail.name)
        newest[key] = max(newest.get(key, mail.sent_at), mail.sent_at)
    return newest


def authors_of(
    session: Session, mails: Sequence[Mail], names: Mapping[str, Mapping[str, datetime]] | None = None
) -> dict[Written, int]:
    """An author's id for each name at an address; new ones are added.

    `names` are all names of a run by their addresses, each with its newest mail: who is one person is decided at once,
    and not by which name comes first.
    """
    written = written_by(mails)
    found = _at(session, written)
    here: dict[str, dict[str, datetime]] = {address: dict((names or {}).get(address, {})) for address in found}
    for (address, name), at in written.items():
        here[address][name] = max(at, here[address].get(name, at))
    new: list[_New] = []
    for address in sorted({address for address, name in written if found[address].known(name) is None}):
        for person in people(address, here[address], found[address].authors):
            unknown = [name for name in person.names if name not in found[address].authors]
            new += [_New(address, person, unknown)] if unknown else []
    _add(session, new, here, found)
    show_names(session, {item.person.author_id for item in new} | _note_newest(session, here, found))
    of = {(address, name): found[address].known(name) for address, name in written}
    return {key: author_id for key, author_id in of.items() if author_id is not None}


def erased(session: Session, mails: Sequence[Mail]) -> set[Written]:
    """Those of these writers who are forgotten, with all that they wrote."""
    gone = select(ImportedAuthor.id).where(ImportedAuthor.erased.is_(True))
    ids = set(session.scalars(gone))
    if not ids:
        return set()
    newest = written_by(mails)
    found = _at(session, newest)
    return {(address, name) for address, name in newest if found[address].known(name) in ids}


def _at(session: Session, written: Iterable[Written]) -> dict[str, _Address]:
    """What is known of these addresses. Of a forgotten author's names there are digests."""
    found: dict[str, _Address] = {}
    names: dict[str, list[str]] = {}
    for address, name in written:
        found.setdefault(address, _Address())
        names.setdefault(address, []).append(name)
    digests = {digest(address): address for address in found}
    asked = [*found, *digests]
    for start in range(0, len(asked), 500):
        rows = session.scalars(select(ImportedName).where(ImportedName.address.in_(asked[start : start + 500])))
        for row in rows:
            if row.address in digests:
                address = digests[row.address]
                found[address].forgotten.add(row.author_id)
                meant = next((name for name in names[address] if digest(name) == row.name), None)
                found[address].authors |= {meant: row.author_id} if meant else {}
            else:
                found[row.address].authors[row.name] = row.author_id
                found[row.address].newest[row.name] = row.newest_at
    return found


def _add(
    session: Session, new: list[_New], here: Mapping[str, Mapping[str, datetime]], found: Mapping[str, _Address]
) -> None:
    """Add the persons who are new, and the names that are."""
    nobody_yet = [item for item in new if not item.person.author_id]
    keys = _unique(session, [(item.address, item.names[0]) for item in nobody_yet])
    if nobody_yet:
        rows = [{"address": key, "name": item.names[0][:80]} for key, item in zip(keys, nobody_yet, strict=True)]
        ids = new_ids(session, ImportedAuthor, len(rows))
        add_rows(session, ImportedAuthor, [{"id": each, **row} for each, row in zip(ids, rows, strict=True)])
        for item, author_id in zip(nobody_yet, ids, strict=True):
            item.person.author_id = author_id
    names = []
    for item in new:
        known, author_id = found[item.address], item.person.author_id
        as_kept = digest if author_id in known.forgotten else str
        names += [
            {"address": as_kept(item.address), "name": as_kept(name), "author_id": author_id,
             "newest_at": here[item.address][name]}
            for name in item.names
        ]  # fmt: skip
        known.authors |= dict.fromkeys(item.names, author_id)
    add_rows(session, ImportedName, names)


def _unique(session: Session, wanted: Sequence[Written]) -> list[str]:
    """For each new author the address, or for one more person at it 'Name <address>', with a number if need be."""
    asked = sorted({key[:MAX_ADDRESS] for address, name in wanted for key in (address, f"{name} <{address}>")})
    taken: set[str] = set()
    for start in range(0, len(asked), 500):
        there = select(ImportedAuthor.address).where(ImportedAuthor.address.in_(asked[start : start + 500]))
        taken |= set(session.scalars(there))
    found = []
    for address, name in wanted:
        key, number = address if address not in taken else f"{name} <{address}>"[:MAX_ADDRESS], 1
        while key in taken:
            number += 1
            key = f"{name[:40]} {number} <{address}>"[:MAX_ADDRESS]
        taken.add(key)
        found.append(key)
    return found


def _note_newest(
    session: Session, here: Mapping[str, Mapping[str, datetime]], found: Mapping[str, _Address]
) -> set[int]:
    """Note when a name was last used; the authors whose name that was."""
    later = [
        {"address": address, "name": name, "newest_at": at}
        for address, names in here.items()
        for name, at in names.items()
        if name in found[address].newest and found[address].newest[name] < at
    ]
    if later:
        session.execute(update(ImportedName), later)
    return {found[str(row["address"])].authors[str(row["name"])] for row in later}


def show_names(session: Session, author_ids: Iterable[int]) -> None:
    """Show each of these authors under the newest of their names that can be read."""
    ids = sorted(author_ids)
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        rows = session.execute(
            select(ImportedName.author_id, ImportedName.address, ImportedName.name, ImportedName.newest_at)
            .where(ImportedName.author_id.in_(part))
            .order_by(ImportedName.newest_at, ImportedName.name)
        )
        best: dict[int, tuple[bool, str]] = {}
        for row in rows:
            readable = is_readable(row.name, row.address)
            if readable or not best.get(row.author_id, (False, ""))[0]:
                best[row.author_id] = (readable, repaired(row.name)[:80])
        shown = {row.id: row.name for row in session.execute(
            select(ImportedAuthor.id, ImportedAuthor.name).where(ImportedAuthor.id.in_(best)))}  # fmt: skip
        changed = [
            {"id": key, "name": name, "folded_name": folded(name)}
            for key, (_, name) in best.items()
            if shown.get(key) != name
        ]
        if changed:
            session.execute(update(ImportedAuthor), changed)
