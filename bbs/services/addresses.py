"""The addresses that members signed in from in the last 30 days: these are never shut out for what others do there."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bbs.models import KnownAddress
from bbs.store import now

KEPT = timedelta(days=30)
RENEWED = timedelta(days=1)
"""A sign-in renews the date of an address once a day."""


def signed_in_from(session: Session, source: str) -> None:
    known = session.get(KnownAddress, source)
    if known is None:
        session.add(KnownAddress(source=source, last_at=now(session)))
    elif now(session) - known.last_at >= RENEWED:
        known.last_at = now(session)


def known(session: Session) -> dict[str, datetime]:
    """Each source with the day of its last sign-in."""
    lately = KnownAddress.last_at > now(session) - KEPT
    return {row.source: row.last_at for row in session.scalars(select(KnownAddress).where(lately))}


def forget_old(session: Session) -> None:
    session.execute(delete(KnownAddress).where(KnownAddress.last_at <= now(session) - KEPT))
