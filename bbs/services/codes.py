"""Codes that somebody types: made at random and kept as a hash. Those of one member are good once, and not for long."""

import hashlib
import re
import secrets
from datetime import timedelta
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bbs.models import OneTimeCode
from bbs.store import now
from bbs.views.members import MadeCode, OpenCode

ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""No I, L, O, U, 0 or 1: a code is read over the telephone."""
LETTERS = 12
_WRITTEN = re.compile(rf"[{ALPHABET}]{{4}}([- ]?)[{ALPHABET}]{{4}}\1[{ALPHABET}]{{4}}")

Purpose = Literal["device", "recovery"]
GOOD_FOR: dict[Purpose, timedelta] = {"device": timedelta(minutes=10), "recovery": timedelta(days=3)}
"""The first is carried from one screen to the next; the second has to reach somebody who meets the moderator."""


def new_code() -> str:
    """'ABCD-EFGH-JKMN'."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))
    return "-".join((letters[:4], letters[4:8], letters[8:]))


def looks_like_code(text: str) -> bool:
    """Whether it is written as a code is, where a password may stand too, which may look the same."""
    return _WRITTEN.fullmatch(text.strip().upper()) is not None


def hash_of(code: str) -> str:
    """However it is typed. Codes have 58 random bits, and guesses are slowed down, so a plain hash is enough."""
    return hashlib.sha256("".join(c for c in code.upper() if c in ALPHABET).encode()).hexdigest()


def make(session: Session, member_id: int, purpose: Purpose) -> MadeCode:
    """A new one-time code, in the stead of the one before for the same purpose."""
    withdraw(session, member_id, purpose)
    code, expires_at = new_code(), now(session) + GOOD_FOR[purpose]
    session.add(OneTimeCode(member_id=member_id, purpose=purpose, code_hash=hash_of(code), expires_at=expires_at))
    session.flush()
    return MadeCode(code, expires_at)


def purpose_of(session: Session, member_id: int, code: str) -> str:
    """What a member's code is good for; '' when it is not good."""
    found = _good(session, member_id, code)
    return found.purpose if found else ""


def take(session: Session, member_id: int, code: str) -> bool:
    """Use a member's code up; False when it is not good."""
    found = _good(session, member_id, code)
    if found is not None:
        session.delete(found)
    return found is not None


def _good(session: Session, member_id: int, code: str) -> OneTimeCode | None:
    mine = OneTimeCode.member_id == member_id, OneTimeCode.code_hash == hash_of(code)
    return session.scalar(select(OneTimeCode).where(*mine, OneTimeCode.expires_at > now(session)))


def still_open(session: Session, member_id: int) -> tuple[OpenCode, ...]:
    good = OneTimeCode.member_id == member_id, OneTimeCode.expires_at > now(session)
    rows = session.scalars(select(OneTimeCode).where(*good).order_by(OneTimeCode.purpose))
    return tuple(OpenCode(row.purpose, row.expires_at) for row in rows)


def withdraw(session: Session, member_id: int, purpose: Purpose) -> bool:
    """Make a code useless; False when there was none."""
    theirs = OneTimeCode.member_id == member_id, OneTimeCode.purpose == purpose
    return session.scalar(delete(OneTimeCode).where(*theirs).returning(OneTimeCode.id)) is not None


def forget_old(session: Session) -> None:
    session.execute(delete(OneTimeCode).where(OneTimeCode.expires_at <= now(session)))
