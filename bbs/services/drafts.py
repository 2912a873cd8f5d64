"""What a member has typed and not sent: kept for each place, until it is sent or discarded."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bbs.errors import Invalid, NotFound
from bbs.events import DraftChanged
from bbs.models import Board, Draft, Meeting, Member, Thread
from bbs.store import now, record
from bbs.views.members import Actor

KEPT = timedelta(days=30)
MAX_BODY = 100_000
"""Letters that a draft holds: more than a post may have, so that an over-long paste is not lost."""


@dataclass(frozen=True, slots=True)
class DraftView:
    """`client_key` makes sending it twice one post."""

    place: str
    subject: str
    body: str
    answers_id: int | None
    client_key: str
    saved_at: datetime | None


def new_key() -> str:
    return secrets.token_hex(16)


def draft(session: Session, actor: Actor, place: str) -> DraftView | None:
    """The member's draft for a place."""
    row = _row(session, actor, place)
    return _view(row) if row else None


def drafts(session: Session, actor: Actor) -> tuple[DraftView, ...]:
    """All of the member's drafts, newest first."""
    rows = session.scalars(select(Draft).where(Draft.member_id == actor.id).order_by(Draft.saved_at.desc()))
    return tuple(_view(row) for row in rows)


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft in the list, and where it belongs in words."""

    draft: DraftView
    where: str


def draft_list(session: Session, actor: Actor) -> tuple[DraftLine, ...]:
    """The member's drafts, newest first, each with the name of its place."""
    return tuple(DraftLine(item, _where(session, item.place)) for item in drafts(session, actor))


def _where(session: Session, place: str) -> str:
    """The title of the thread or board, or the name of the person; these were the member's to see when they wrote."""
    kind, _, number = place.partition(":")
    if not number.isdecimal():
        return ""
    names = {
        "thread": select(Thread.title).where(Thread.id == int(number)),
        "board": select(Board.title).where(Board.id == int(number)),
        "message": select(Member.handle).where(Member.id == int(number)),
        "meeting": select(Meeting.title).where(Meeting.id == int(number)),
    }
    if kind not in names:
        return f"#{number}" if kind == "post" else ""
    return session.scalar(names[kind]) or ""


def recipient(session: Session, actor: Actor, member_id: int) -> str:
    """The handle to whom the draft for 'message:ID' is written."""
    if _row(session, actor, f"message:{member_id}") is None:
        raise NotFound("There is no such draft.")
    return session.get_one(Member, member_id).handle


def save_draft(session: Session, actor: Actor, view: DraftView) -> datetime:
    """Keep what is typed, as typed: it is cleaned when it is sent. An empty one is removed."""
    if len(view.body) > MAX_BODY:
        raise Invalid(f"A draft holds {MAX_BODY:,} characters; this one is kept on your screen only.", "body")
    at = now(session)
    row = _row(session, actor, view.place)
    if not view.body.strip() and not view.subject.strip():
        if row is not None:
            _forget(session, actor, view.place)
        return at
    if row is None:
        row = Draft(member_id=actor.id, place=view.place)
        session.add(row)
        record(session, DraftChanged(actor.id, view.place))
    row.subject, row.body, row.answers_id = view.subject[:120], view.body, view.answers_id
    row.client_key, row.saved_at = view.client_key, at
    return at


def discard_draft(session: Session, actor: Actor, place: str) -> None:
    """The member's explicit wish."""
    _forget(session, actor, place)


def sent(session: Session, actor: Actor, place: str) -> None:
    """What was a draft has become a post."""
    if _row(session, actor, place) is not None:
        _forget(session, actor, place)


def forget_old(session: Session) -> None:
    """Remove drafts that nobody has touched for thirty days."""
    session.execute(delete(Draft).where(Draft.saved_at < now(session) - KEPT))


def _forget(session: Session, actor: Actor, place: str) -> None:
    session.execute(delete(Draft).where(Draft.member_id == actor.id, Draft.place == place))
    record(session, DraftChanged(actor.id, place))


def _row(session: Session, actor: Actor, place: str) -> Draft | None:
    return session.scalar(select(Draft).where(Draft.member_id == actor.id, Draft.place == place))


def _view(row: Draft) -> DraftView:
    return DraftView(row.place, row.subject, row.body, row.answers_id, row.client_key, row.saved_at)
