"""A mailing list's history as threads and posts. Messages come in batches, each in one transaction.

What becomes of a message is decided first (`examine`) and then written, so that a dry run says what a run would do.
Another run, or a server at work, may come between two batches: each looks at the database anew. All of it is the
operator's command, which may write to any board.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from bbs.errors import NotFound
from bbs.events import BoardsChanged
from bbs.mail import Mail
from bbs.models import Board, ImportedMessage, ImportRun, Post, Thread
from bbs.services import search
from bbs.services.imports_authors import authors_of, erased
from bbs.services.imports_threads import APART, Filing, Place, Span
from bbs.services.merging import join_threads, refresh_threads
from bbs.services.statements import add_rows, new_ids
from bbs.store import now, record

T = TypeVar("T", int, str)
Names = Mapping[str, Mapping[str, datetime]]
"""All names of a run by their addresses, each with its newest mail."""
ASKED = 500
"""Values in one question to the database."""
ERASED = "its author is forgotten, and all that they wrote"


@dataclass(slots=True)
class Batch:
    """What one batch did, or would do; `threads` are the ids of those that got something."""

    imported: int = 0
    again: list[Mail] = field(default_factory=list)
    """There already."""
    different: list[Mail] = field(default_factory=list)
    """Imported, though another message has the same Message-ID."""
    cut: list[Mail] = field(default_factory=list)
    left_out: list[tuple[Mail, str]] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)
    joined: set[int] = field(default_factory=set)
    """Threads that are part of another one now."""

    @property
    def duplicates(self) -> int:
        return len(self.again)


@dataclass(slots=True)
class _Fresh:
    """A message that is new here, and the Message-ID that it is kept under."""

    mail: Mail
    key: str


def begin_run(session: Session, board_id: int, source: str) -> int:
    """The number of a run, by which it can be undone."""
    run = ImportRun(board_id=board_id, source=source[:200], started_at=now(session))
    session.add(run)
    session.flush()
    return run.id


def end_run(session: Session, run_id: int) -> None:
    """Tell live sessions that a history has come; a run that brought nothing leaves no trace."""
    brought = select(ImportedMessage.post_id).where(ImportedMessage.run_id == run_id)
    if session.scalar(brought.limit(1)) is None:
        session.execute(delete(ImportRun).where(ImportRun.id == run_id))
    else:
        record(session, BoardsChanged())


def add_messages(
    session: Session, board_id: int, mails: Sequence[Mail], *, run_id: int | None = None, names: Names | None = None
) -> Batch:
    """Put messages on a board, those already there left out. They are best given in the order of their dates."""
    filing = Filing(board_id)
    fresh, batch = _examined(session, mails, filing)
    if not fresh:
        return batch
    authors = authors_of(session, [item.mail for item in fresh], names)
    made = _make_threads(session, filing)
    for gone, kept in filing.joined.items():
        if gone > 0:
            join_threads(session, gone, filing.thread_of(kept))
    placed = [made.get(number := filing.thread_of(filing.known[item.key].thread_id), number) for item in fresh]
    posts = _insert_posts(session, fresh, placed, authors, filing)
    begun = {thread_id: mail.subject for number, mail in filing.made if (thread_id := made.get(number))}
    search.put_posts(session, [(post, begun.pop(post.thread_id, "")) for post in posts])
    _remember(session, filing, run_id, {item.key: item.mail for item in fresh}, made)
    refresh_threads(session, set(placed))
    batch.threads = set(placed)
    return batch


def examine(session: Session, mails: Sequence[Mail], filing: Filing) -> Batch:
    """What would become of messages; `filing` remembers it for those that come after."""
    fresh, batch = _examined(session, mails, filing)
    batch.threads = {filing.thread_of(filing.known[item.key].thread_id) for item in fresh}
    filing.forget_texts()
    return batch


def _examined(session: Session, mails: Sequence[Mail], filing: Filing) -> tuple[list[_Fresh], Batch]:
    """The messages that are new, each with its thread; and what there is to say of all."""
    filing.learn(_known(session, filing.board_id, mails), _spans(session, filing.board_id, mails))
    batch, fresh = Batch(), []
    unwanted = erased(session, mails)
    for mail in mails:
        key = _key(mail, filing)
        if key is None:
            batch.again.append(mail)
        elif (mail.address, mail.name) in unwanted:
            batch.left_out.append((mail, ERASED))
        else:
            filing.file(mail, key)
            fresh.append(_Fresh(mail, key))
            batch.different += [mail] if key != mail.message_id else []
            batch.cut += [mail] if mail.is_cut else []
    batch.imported, batch.joined = len(fresh), set(filing.joined)
    return fresh, batch


def _key(mail: Mail, filing: Filing) -> str | None:
    """The Message-ID under which a message is new; None for one that is there."""
    place = filing.known.get(mail.message_id)
    if place is None or place.post_id is None:
        return mail.message_id
    other = _other_key(mail)
    return None if place.is_of(mail) or other in filing.known else other


def _other_key(mail: Mail) -> str:
    """What a message is kept under whose Message-ID another one has: the same in a second run."""
    said = f"{mail.address} {int(mail.sent_at.timestamp())} {' '.join(mail.body.split())}"
    return f"{mail.message_id[:230]}#{hashlib.sha256(said.encode('utf-8', 'replace')).hexdigest()[:20]}"


def _parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    return (values[start : start + ASKED] for start in range(0, len(values), ASKED))


def _known(session: Session, board_id: int, mails: Sequence[Mail]) -> dict[str, Place]:
    """Where the Message-IDs that these messages are or name stand already, with the text of those that came again."""
    known = _places(session, board_id, {i for mail in mails for i in (mail.message_id, *mail.references)})
    again = [mail for mail in mails if mail.message_id in known and known[mail.message_id].post_id]
    if again:
        known |= _places(session, board_id, {_other_key(mail) for mail in again})
        _read_texts(session, {known[mail.message_id].post_id or 0: known[mail.message_id] for mail in again})
    return known


def _places(session: Session, board_id: int, message_ids: set[str]) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for part in _parts(sorted(message_ids)):
        rows = session.execute(
            select(ImportedMessage.message_id, ImportedMessage.thread_id, ImportedMessage.post_id, Thread.board_id)
            .join(Thread, Thread.id == ImportedMessage.thread_id)
            .where(ImportedMessage.board_id == board_id, ImportedMessage.message_id.in_(part))
        )
        found.update((row.message_id, Place(row.thread_id, row.board_id, row.post_id)) for row in rows)
    return found


def _read_texts(session: Session, places: dict[int, Place]) -> None:
    """What the posts of these places say."""
    changed = or_(Post.revision > 0, Post.deleted_at.is_not(None), Post.hidden_at.is_not(None)).label("changed")
    for part in _parts(sorted(places)):
        for row in session.execute(select(Post.id, Post.body, Post.created_at, changed).where(Post.id.in_(part))):
            place = places[row.id]
            place.body, place.sent_at, place.is_changed = row.body, row.created_at, bool(row.changed)


def _spans(session: Session, board_id: int, mails: Sequence[Mail]) -> list[tuple[str, Span]]:
    """When there were messages with the subjects of these, in which threads."""
    keys = sorted({mail.subject_key for mail in mails if mail.is_reply})
    if not keys:
        return []
    dates = [mail.sent_at for mail in mails]
    near = ImportedMessage.sent_at.between(min(dates) - APART, max(dates) + APART)
    found: list[tuple[str, Span]] = []
    for part in _parts(keys):
        rows = session.execute(
            select(
                ImportedMessage.subject_key, ImportedMessage.thread_id,
                func.min(ImportedMessage.sent_at).label("first"), func.max(ImportedMessage.sent_at).label("last"),
            )
            .where(ImportedMessage.board_id == board_id, ImportedMessage.subject_key.in_(part), near)
            .group_by(ImportedMessage.subject_key, ImportedMessage.thread_id)
        )  # fmt: skip
        found += [(row.subject_key, Span(row.thread_id, row.first, row.last)) for row in rows]
    return found


def _make_threads(session: Session, filing: Filing) -> dict[int, int]:
    """The ids of the new threads, by the numbers that stood for them."""
    wanted = [(number, mail) for number, mail in filing.made if number not in filing.joined]
    rows = [
        {"board_id": filing.board_id, "title": mail.subject, "created_at": mail.sent_at, "last_post_at": mail.sent_at}
        for _, mail in wanted
    ]
    if not rows:
        return {}
    ids = new_ids(session, Thread, len(rows))
    add_rows(session, Thread, [{"id": number, **row} for number, row in zip(ids, rows, strict=True)])
    return {number: thread_id for (number, _), thread_id in zip(wanted, ids, strict=True)}


def _insert_posts(
    session: Session, fresh: Sequence[_Fresh], threads: Sequence[int], authors: dict[tuple[str, str], int],
    filing: Filing,
) -> list[Post]:  # fmt: skip
    """The new posts, in order.

    A thread may have been moved to another board since its first messages came.
    """
    at = now(session)
    of_board = select(Thread.id, Thread.board_id).where(Thread.id.in_(set(threads)))
    boards = {row.id: row.board_id for row in session.execute(of_board)}
    rows: list[dict[str, Any]] = [
        {
            "thread_id": thread_id, "board_id": boards[thread_id], "body": item.mail.body,
            "imported_author_id": authors[item.mail.address, item.mail.name],
            "created_at": min(item.mail.sent_at, at),
        }
        for item, thread_id in zip(fresh, threads, strict=True)
    ]  # fmt: skip
    ids = new_ids(session, Post, len(rows))
    for item, post_id in zip(fresh, ids, strict=True):
        filing.known[item.key].post_id = post_id
    for item, post_id, row in zip(fresh, ids, rows, strict=True):
        parent = _parent(item.mail, filing)
        row |= {"id": post_id, "answers_id": parent if parent and parent < post_id else None}
    add_rows(session, Post, rows)
    return [Post(**row) for row in rows]


def _parent(mail: Mail, filing: Filing) -> int | None:
    place = filing.known.get(mail.references[-1]) if mail.references else None
    return (place.post_id or None) if place else None


def _remember(
    session: Session, filing: Filing, run_id: int | None, mails: dict[str, Mail], made: dict[int, int]
) -> None:
    """Keep what each Message-ID became, and the threads of those that were only named."""
    wanted = sorted({*mails, *(reference for mail in mails.values() for reference in mail.references)})
    there = {
        key
        for part in _parts(wanted)
        for key in session.scalars(
            select(ImportedMessage.message_id).where(
                ImportedMessage.board_id == filing.board_id, ImportedMessage.message_id.in_(part)
            )
        )
    }
    new, came = [], []
    for key in wanted:
        place, mail = filing.known[key], mails.get(key)
        row = {
            "board_id": filing.board_id, "message_id": key, "post_id": place.post_id if mail else None,
            "subject_key": mail.subject_key if mail else "", "sent_at": mail.sent_at if mail else None,
            "run_id": run_id if mail else None,
        }  # fmt: skip
        number = filing.thread_of(place.thread_id)
        if key not in there:
            new.append({**row, "thread_id": made.get(number, number)})
        elif mail:
            came.append(row)
    add_rows(session, ImportedMessage, new)
    if came:
        session.execute(update(ImportedMessage), came)


def board_id_of(session: Session, slug: str) -> int:
    """Raises NotFound."""
    found = session.scalar(select(Board.id).where(Board.slug == slug.casefold()))
    if found is None:
        raise NotFound(f"There is no board {slug}; 'bbs board list' lists them.")
    return found
