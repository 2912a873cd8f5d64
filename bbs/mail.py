"""Makes sense of thirty years of mail, one message at a time. Knows no forum.

Nothing here is fatal: what cannot be understood is replaced by the next best thing, and a message without anything to
read is told as broken.
"""

import email
import email.policy
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path

from bbs import mbox
from bbs.errors import Unreadable
from bbs.text import clean, clean_line

MAX_BODY = 200_000
MAX_HTML = 60_000
MAX_HEADER = 4_000
"""The library's readers of HTML and headers take time that grows with the square of what makes no sense to them."""
REPLY = re.compile(r"^\s*(re|aw|sv|vs|antw|fwd?|wg|rv|ref|r|odp)(\[\d+\])?\s*:\s*", re.IGNORECASE)
LIST_TAG = re.compile(r"^\s*\[(?!(?:patch|rfc|ann|job|event|solved)\b)[^\]\s\d]{1,40}\]\s*", re.IGNORECASE)
"""'[lis-scotland] ' before a subject; other brackets belong to it."""
IS_REPLY = re.compile(r"^\s*(\[[^\]]{1,40}\]\s*)*(re|aw|sv|vs|antw|rv|ref|odp)(\[\d+\])?\s*:", re.IGNORECASE)
MESSAGE_ID = re.compile(r"<([^<>\s]+)>")
DELETED = "a mail program has marked it as deleted"
MOZILLA_EXPUNGED = 0x0008
NO_ARCHIVE = (("X-No-Archive", "yes"), ("X-Archive", "no"), ("Archive", "no"))
INTERNAL = "FOLDER INTERNAL DATA"
"""In the subject of the message with which UW-IMAP and Pine keep notes in a folder."""
_HEX = re.compile("[0-9a-fA-F]{1,8}")
OBFUSCATED = re.compile(r"^\s*(\S+) at (\S+)(?:\s+\((.*)\))?\s*$")
FIRST_MAIL = datetime(1971, 1, 1, tzinfo=UTC)
CHARSETS = {
    "gb2312": "gb18030", "gbk": "gb18030", "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "shift_jis": "cp932",
    "iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252", "iso-8859-8-i": "iso-8859-8",
    "windows-874": "cp874", "x-mac-roman": "mac-roman", "utf8": "utf-8", "utf-7": "utf-7",
}  # fmt: skip
"""What mailers say, and what they mean."""


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


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A message that is not brought in. `what` names it; `why` is a reason that others can share."""

    what: str
    why: str


def read_mail(
    path: Path, *, now: datetime, read_bytes: Callable[[int], None] = lambda _: None
) -> Iterator[Mail | LeftOut]:
    """The messages of a file or a folder, in its order; memory does not grow with it.

    `read_bytes` is told the progress in bytes of the file. Raises: Unreadable, for a file that holds no message; in a
    folder such a file is one that is left out.
    """
    last = FIRST_MAIL
    for file in mbox.files(path):
        told = 0
        try:
            for number, message in enumerate(mbox.messages(file), 1):
                mail = _understood(message, f"message {number}" if path == file else file.name, last, now)
                last = mail.sent_at if isinstance(mail, Mail) else last
                yield mail
                read_bytes(message.position - told)
                told = message.position
        except Unreadable as error:
            if path == file:
                raise
            yield LeftOut(file.name, error.message)


def _understood(message: mbox.RawMessage, what: str, last: datetime, now: datetime) -> Mail | LeftOut:
    if message.is_deleted:
        return LeftOut(what, DELETED)
    try:
        mail = parse(message.raw, message.envelope, fallback=last, now=now)
    except Exception as error:  # noqa: BLE001 - the library fails in many ways on what people have sent
        return LeftOut(f"{what}, {type(error).__name__}: {error}"[:160], "it cannot be understood")
    return mail if isinstance(mail, Mail) else LeftOut(f"{what} {mail.what}".rstrip(), mail.why)


def parse(raw: bytes, envelope: bytes, *, fallback: datetime, now: datetime) -> Mail | LeftOut:
    """One message. A date that cannot be is taken from the separator line, or from the message before."""
    message = email.message_from_bytes(_shortened(raw), policy=email.policy.compat32)
    message_id = _message_id(message, raw)
    if not raw.strip() or not message.keys():
        return LeftOut("", "it has no headers")
    if why := _why_left_out(message):
        return LeftOut(f"<{message_id}>", why)
    subject = clean_line(_header(message, "Subject")) or "(no subject)"
    name, address = _author(message, envelope)
    body = clean(_body(message))[:MAX_BODY]
    if not body.strip():
        return LeftOut(f"<{message_id}>", "it has no text")
    return Mail(
        message_id=message_id, references=_references(message, message_id), subject=_without_tag(subject)[:120],
        subject_key=_subject_key(subject), is_reply=bool(IS_REPLY.match(subject)), name=name, address=address,
        sent_at=_date(message, envelope, fallback, now), body=body,
    )  # fmt: skip


def _shortened(raw: bytes) -> bytes:
    """The message without the excess of header lines that are no header's."""
    head, blank, body = raw.partition(b"\n\n")
    if len(head) < MAX_HEADER:
        return raw
    return b"\n".join(row[:MAX_HEADER] for row in head.split(b"\n")) + blank + body


def _why_left_out(message: Message) -> str:
    """Why nobody wants to find this message in an archive; '' for one that may be there."""
    mozilla = str(message.get("X-Mozilla-Status", "0")).strip()
    is_expunged = bool(_HEX.fullmatch(mozilla)) and bool(int(mozilla, 16) & MOZILLA_EXPUNGED)
    if is_expunged or "D" in str(message.get("X-Status", "")):
        return DELETED
    if any(str(message.get(name, "")).strip().casefold() == wish for name, wish in NO_ARCHIVE):
        return "its author asked that it is not archived"
    if INTERNAL in str(message.get("Subject", "")).upper():
        return "it is a mail program's own note"
    return ""


# -- headers


def _header(message: Message, name: str) -> str:
    """A header's text, whatever it was encoded in."""
    value = message.get(name)
    if value is None:
        return ""
    raw = str(value)[:MAX_HEADER]
    if not raw.isascii() or any("\udc80" <= c <= "\udcff" for c in raw):
        raw = _decode(raw.encode("utf-8", "surrogateescape"), "utf-8")
    try:
        parts = decode_header(raw)
    except (HeaderParseError, ValueError):
        return raw
    return "".join(_decode(text, charset or "utf-8") if isinstance(text, bytes) else text for text, charset in parts)


def _message_id(message: Message, raw: bytes) -> str:
    """The Message-ID, or for mail without one a digest, which is the same in a second run."""
    found = MESSAGE_ID.search(str(message.get("Message-ID", "")))
    return found[1][:255] if found else f"{hashlib.sha256(raw).hexdigest()[:40]}@no-message-id"


def _references(message: Message, own: str) -> tuple[str, ...]:
    found = [*MESSAGE_ID.findall(str(message.get("References", ""))),
             *MESSAGE_ID.findall(str(message.get("In-Reply-To", "")))[:1]]  # fmt: skip
    return tuple(dict.fromkeys(item[:255] for item in found[-20:] if item[:255] != own))


def _without_tag(subject: str) -> str:
    """The subject as a thread's title: without 'Re:' and the list's [tag]."""
    subject = subject[:400]
    while (found := REPLY.match(subject) or LIST_TAG.match(subject)) and len(subject) > found.end():
        subject = subject[found.end() :]
    return subject


def _subject_key(subject: str) -> str:
    return _without_tag(subject).casefold()[:120]


def _author(message: Message, envelope: bytes) -> tuple[str, str]:
    """(name, address); archives write 'isla at example.org (Isla)' to hide addresses from machines."""
    sender = _header(message, "From") or envelope.decode("utf-8", "replace").removeprefix("From ").split(" ")[0]
    hidden = OBFUSCATED.match(sender)
    if hidden:
        name, address = hidden[3] or "", f"{hidden[1]}@{hidden[2]}"
    else:
        name, address = parseaddr(sender)
    address = clean_line(address).casefold()[:254] or "unknown"
    name = clean_line(name).strip("\"' ")[:80] or address.split("@")[0]
    return name, address


def _date(message: Message, envelope: bytes, fallback: datetime, now: datetime) -> datetime:
    for text in (str(message.get("Date", "")), *_received(message), mbox.envelope_date(envelope)):
        try:
            found = parsedate_to_datetime(text)
            found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (TypeError, ValueError, OverflowError, IndexError):
            continue
        if FIRST_MAIL <= found <= now + timedelta(days=1):
            return found
    return fallback


def _received(message: Message) -> list[str]:
    return [str(value).rpartition(";")[2] for value in message.get_all("Received", [])[:1]]


# -- bodies


def _body(message: Message) -> str:
    """The text of all parts that have any; HTML only where a message has nothing else; attachments by name."""
    plain: list[str] = []
    html: list[str] = []
    named: list[str] = []
    for part in message.walk():
        if part.is_multipart():
            continue
        kind, filename = part.get_content_type(), part.get_filename()
        if filename or part.get_content_disposition() == "attachment" or not kind.startswith("text/"):
            if kind not in {"application/pgp-signature", "application/pkcs7-signature"}:
                named.append(f"[Attachment: {_filename(filename) or 'without a name'}, {kind}]")
        elif kind == "text/html":
            html.append(_text_of(part))
        else:
            plain.append(_text_of(part))
    text = "\n".join(plain)
    if not text.strip():
        text = "\n".join(_text_of_html(source) for source in html)
    return "\n".join([text.rstrip(), *([""] if named else []), *named])


def _filename(name: str | None) -> str:
    if not name:
        return ""
    try:
        parts = decode_header(name)
    except (HeaderParseError, ValueError):
        return clean_line(name)[:80]
    decoded = "".join(_decode(t, c or "utf-8") if isinstance(t, bytes) else t for t, c in parts)
    return clean_line(decoded)[:80]


def _text_of(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    text = _decode(payload, str(part.get_content_charset("") or "utf-8"))
    if str(part.get_param("format", "")).casefold() == "flowed":
        text = _unflowed(text)
    return text


def _unflowed(text: str) -> str:
    """RFC 3676: a line that ends in a space goes on; a line that began with one was stuffed."""
    rows = [row.removeprefix(" ") for row in text.replace("\r\n", "\n").split("\n")]
    joined: list[str] = []
    goes_on = False
    for row in rows:
        joined += [] if goes_on and row and not row.startswith(">") else ["\n"]
        joined.append(row)
        goes_on = row.endswith(" ") and row != "-- "
    return "".join(joined[1:])


def _decode(data: bytes, charset: str) -> str:
    """Bytes in the charset that was named, in what it usually means, in UTF-8, or in Windows' Latin."""
    name = charset.strip("\"' ").casefold()
    for candidate in ("utf-8" if name in {"us-ascii", "ascii"} else CHARSETS.get(name, name), name, "utf-8"):
        try:
            return data.decode(candidate)
        except (LookupError, UnicodeError, ValueError):
            continue
    return data.decode("cp1252", "replace")


_BREAKS = {"p", "div", "br", "tr", "li", "ul", "ol", "table", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr"}
_SILENT = {"script", "style", "head", "title"}


class _HtmlText(HTMLParser):
    """The words of a page, with the line breaks that a reader would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0
        self._address = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "a":
            self._address = dict(attrs).get("href") or ""
        elif tag in _BREAKS:
            self.parts.append("\n• " if tag == "li" else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "a" and self._address.startswith("http"):
            if self._address not in "".join(self.parts[-2:]):
                self.parts.append(f" <{self._address}>")
            self._address = ""
        elif tag in {"p", "div", "blockquote", "table", "ul", "ol"}:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(re.sub(r"\s+", " ", data))


def _text_of_html(source: str) -> str:
    reader = _HtmlText()
    reader.feed(source[:MAX_HTML])
    reader.close()
    rows = (row.strip() for row in "".join(reader.parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(rows)).strip()
