"""Makes sense of thirty years of mail, one message at a time. Knows no forum.

`headers`, `authors`, `subjects`, `ids` and `dates` read what stands above a message. `parts` (with `smime`) finds what
it is made of, and `bodies` its text, with `charsets`, `iso2022`, `flowed`, `html`, `inlaid` and `escapes`.

Nothing is fatal: what cannot be understood is replaced by the next best thing, and what is left out is named.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from bbs import mbox
from bbs.mail.authors import author_of
from bbs.mail.bodies import MAX_BODY, body_of
from bbs.mail.dates import sent_at
from bbs.mail.headers import Headers
from bbs.mail.ids import message_id, references
from bbs.mail.parts import read_parts
from bbs.mail.subjects import read_subject
from bbs.text import clean_line

__all__ = ["MAX_BODY", "LeftOut", "Mail", "parse", "understood"]

DELETED = "a mail program has marked it as deleted"
NOT_ARCHIVED = "its author asked that it is not archived"
MOZILLA_EXPUNGED = 0x0008
EVOLUTION_DELETED = 0x0002
_NO_ARCHIVE = {"x-no-archive": ("yes", "true", "1"), "x-archive": ("no",), "archive": ("no",)}
_NO_ARCHIVE_LINE = re.compile(rb"\s{0,100}x-no-archive:[ \t]*yes\b", re.IGNORECASE)
"""In Usenet it could also be the first line of the text."""
_HEX = re.compile("[0-9a-fA-F]{1,8}")
_EVOLUTION = re.compile("[0-9a-fA-F]{1,8}-([0-9a-fA-F]{1,8})")
_INTERNAL = "FOLDER INTERNAL DATA"
"""In the subject of the message with which UW-IMAP and Pine keep notes in a folder."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One message, cleaned. `references` run from the thread's root to the parent; `subject_key` is without 'Re:'."""

    message_id: str
    references: tuple[str, ...]
    subject: str
    subject_key: str
    is_reply: bool
    name: str
    address: str
    sent_at: datetime
    body: str
    is_cut: bool = False
    """Whether the body is not all of the text; its last line says so."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A message that is not brought in. `what` names it; `why` is a reason that others can share."""

    what: str
    why: str


def understood(message: mbox.RawMessage, what: str, last: datetime, now: datetime) -> Mail | LeftOut:
    """One message out of a file, or why it is left out; `last` is the date of one that has none. Raises nothing."""
    if message.is_deleted:
        return LeftOut(what, DELETED)
    try:
        mail = parse(message.raw, message.envelope, fallback=last, now=now)
    except Exception as error:  # noqa: BLE001 - the libraries fail in many ways on what people have sent
        return LeftOut(clean_line(f"{what}, {type(error).__name__}: {error}")[:160], "it cannot be understood")
    return mail if isinstance(mail, Mail) else LeftOut(f"{what} {mail.what}".rstrip(), mail.why)


def parse(raw: bytes, envelope: bytes, *, fallback: datetime, now: datetime) -> Mail | LeftOut:
    """One message. A date that cannot be is taken from the separator line, or from the message before."""
    text = raw.replace(b"\r\n", b"\n")
    message = read_parts(text)
    headers = message.part.headers
    if not headers:
        return LeftOut("", "it has no headers")
    own_id = message_id(headers, text.partition(b"\n\n")[2])
    if why := _why_left_out(headers, message.part.body):
        return LeftOut(f"<{own_id}>", why)
    subject = read_subject(headers.text("subject"))
    body, is_cut = body_of(message, headers.charset, is_whole=len(raw) < mbox.MAX_BYTES)
    if not body.strip():
        return LeftOut(f"<{own_id}>", "it has no text")
    author = author_of(headers, envelope)
    return Mail(
        message_id=own_id, references=references(headers, own_id), subject=subject.title, subject_key=subject.key,
        is_reply=subject.is_reply, name=author.name, address=author.address,
        sent_at=sent_at(headers, envelope, fallback, now), body=body, is_cut=is_cut,
    )  # fmt: skip


def _why_left_out(headers: Headers, body: bytes) -> str:
    """Why nobody wants to find this message in an archive; '' for one that may be there."""
    mozilla = headers.raw("x-mozilla-status")
    is_expunged = bool(_HEX.fullmatch(mozilla)) and bool(int(mozilla, 16) & MOZILLA_EXPUNGED)
    evolution = _EVOLUTION.fullmatch(headers.raw("x-evolution"))
    is_expunged = is_expunged or (evolution is not None and bool(int(evolution[1], 16) & EVOLUTION_DELETED))
    if is_expunged or "D" in headers.raw("x-status"):
        return DELETED
    if _NO_ARCHIVE_LINE.match(body) or any(
        headers.raw(name).casefold().startswith(wishes) for name, wishes in _NO_ARCHIVE.items()
    ):
        return NOT_ARCHIVED
    if _INTERNAL in headers.text("subject").upper() and _is_from_a_program(headers):
        return "it is a mail program's own note"
    return ""


def _is_from_a_program(headers: Headers) -> bool:
    sender = headers.raw("from").upper()
    return not sender or "MAILER-DAEMON" in sender or "MAIL SYSTEM" in sender or bool(headers.raw("x-imap"))
