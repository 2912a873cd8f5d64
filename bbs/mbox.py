"""Finds the messages in what mail programs leave behind: mbox files of every dialect, gzip, Maildir, single messages.

Of a message nothing is understood here but where it begins and ends. Memory does not grow with a file.
"""

from __future__ import annotations

import gzip
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from bbs.errors import Unreadable

MAX_BYTES = 4_000_000
"""Of a message, so much is read: the text stands before its attachments."""
MAX_ROW = 1 << 20
"""Of a line, so much is read at once."""
SEPARATOR_BYTES = 300
"""Of a line that begins with 'From ', so much is looked at."""
BOM = b"\xef\xbb\xbf"
GZIP = b"\x1f\x8b"

_DAY = rb"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?"
_MONTH = rb"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_TIME = rb"\d{1,2}:\d\d(?::\d\d)?"
_ZONE = rb"(?:[+-]\d{4}|[a-z]{1,5}|\([^)]*\))"
_DATED = re.compile(
    rb"From (?:\S.*? )??(?:" + _DAY + rb" +)?"
    rb"(?:(?P<month>"
    + _MONTH
    + rb") +(?P<day>\d{1,2}),?|(?P<day_first>\d{1,2})[ -](?P<month_second>"
    + _MONTH
    + rb"))[ -]+"
    rb"(?:(?P<year>\d{4}) +(?P<time>" + _TIME + rb")(?: +" + _ZONE + rb")*"
    rb"|(?P<time_first>" + _TIME + rb")(?: +(?P<zone>[+-]\d{4}))?(?: +" + _ZONE + rb")?"
    rb" +(?P<year_last>\d{4})(?: +" + _ZONE + rb")*)"
    rb"(?: +remote from \S+)?\s*$",
    re.IGNORECASE,
)
"""A separator with its date: in C's order or in mail's, with a zone before or after the year, or without one."""
_BARE = re.compile(rb"From(?: +(?:\S+@\S+|-|MAILER-DAEMON))? *\r?\n?$")
"""A separator without a date, as some programs write it."""
_HEADER = re.compile(rb"[!-9;-~]+[ \t]*:|>From ")
_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*(\d{1,12})", re.IGNORECASE)
_QUOTED = re.compile(rb">+From ")
_MAIL_HEADERS = re.compile(
    rb"^(?:from|date|message-id|received|return-path|subject)[ \t]*:", re.IGNORECASE | re.MULTILINE
)
_BINNED = re.compile(r":2,[A-Z]*T")
_BLANK = (b"\n", b"\r\n")


class RawMessage(NamedTuple):
    """A message as it stands in a file: its separator line ('' for none), its bytes, and how far the file is read."""

    envelope: bytes
    raw: bytes
    position: int
    is_deleted: bool = False
    """Whether the name of its file in a Maildir says that it is in the bin."""


def files(path: Path) -> list[Path]:
    """The files that a path stands for: itself, or for a folder (a Maildir, or one with mail files) those in it."""
    if not path.is_dir():
        return [path]
    inside = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
    maildir = [file for file in inside if file.parent.name in {"cur", "new"}]
    return maildir or [file for file in inside if file.parent.name != "tmp"]


def messages(path: Path) -> Iterator[RawMessage]:
    """The messages of a file, in its order. Raises: Unreadable, for a file that holds none."""
    with _opened(path) as file:
        message: _Message | None = None
        is_single = path.suffix.lower() == ".eml" or path.parent.name in {"cur", "new"}
        rows = _Rows(file)
        after_blank = begins = True
        for row in rows:
            if not is_single and row.startswith(b"From ") and _separates(row, rows.peek(), after_blank=after_blank):
                if message is not None:
                    yield message.ended(rows.position - len(row))
                message = _Message(row)
            elif message is not None:
                message.add(row, rows)
            elif begins and row.strip():
                begins = False
                if _HEADER.match(row):
                    message = _Message(b"")
                    message.add(row, rows)
                elif is_single and row.startswith(b"From "):
                    message = _Message(row)
            after_blank = row in _BLANK
        if message is None or not (message.envelope or message.looks_like_mail):
            raise Unreadable(_why_none(path))
        yield message.ended(rows.position)._replace(is_deleted=bool(is_single and _BINNED.search(path.name)))


def envelope_date(envelope: bytes) -> str:
    """The date of a separator line, in mail's order; '' for none."""
    match = _DATED.match(envelope[:SEPARATOR_BYTES])
    if match is None:
        return ""
    day, month = match["day"] or match["day_first"], match["month"] or match["month_second"]
    year, time = match["year"] or match["year_last"], match["time"] or match["time_first"]
    return b" ".join((day, month[:3], year, time, match["zone"] or b"+0000")).decode("ascii")


def _separates(row: bytes, following: bytes, *, after_blank: bool) -> bool:
    """Whether a line that begins with 'From ' begins a message, and is no sentence of the one before.

    What follows tells: a message begins with a header. A separator that has all of its date needs no blank line before
    it, one without a date does.
    """
    row = row[:SEPARATOR_BYTES]
    has_header = bool(_HEADER.match(following))
    if _DATED.match(row):
        return has_header or after_blank
    return has_header and after_blank and bool(_BARE.match(row))


class _Rows:
    """The lines of a file, each with its end; the next one can be looked at."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._next: bytes | None = None
        self.position = 0
        if file.read(len(BOM)) != BOM:
            file.seek(0)

    def __iter__(self) -> Iterator[bytes]:
        while row := self._take():
            self.position += len(row)
            yield row

    def _take(self) -> bytes:
        row, self._next = self._next, None
        return self._file.readline(MAX_ROW) if row is None else row

    def peek(self) -> bytes:
        if self._next is None:
            self._next = self._file.readline(MAX_ROW)
        return self._next

    def take_body(self, length: int) -> bytes:
        """The next `length` bytes, if a message ends behind them; else '': many a Content-Length is wrong."""
        here = self._file.tell()
        self._file.seek(here + length - 1 if length else here)
        last = self._file.read(1)
        following = self._file.read(SEPARATOR_BYTES).lstrip(b"\r\n")
        ends = bool(last) and (not following or bool(_DATED.match(following.split(b"\n", 1)[0])))
        self._file.seek(here)
        if not ends:
            return b""
        body = self._file.read(min(length, MAX_BYTES))
        self._file.seek(here + length)
        self.position += length
        return body


class _Message:
    """A message that is being read."""

    def __init__(self, envelope: bytes) -> None:
        self.envelope = envelope
        self._rows: list[bytes] = []
        self._size = 0
        self._is_head = True
        self._length = 0

    def add(self, row: bytes, rows: _Rows) -> None:
        if self._is_head:
            self._add_head(row, rows)
        else:
            self._keep(row[1:] if self.envelope and _QUOTED.match(row) else row)

    def _add_head(self, row: bytes, rows: _Rows) -> None:
        self._keep(row)
        if match := _LENGTH.match(row):
            self._length = int(match[1])
        if row in _BLANK:
            self._is_head = False
            if self._length and self.envelope:
                self._keep(rows.take_body(self._length))

    def _keep(self, data: bytes) -> None:
        if self._size < MAX_BYTES:
            self._rows.append(data)
            self._size += len(data)

    @property
    def looks_like_mail(self) -> bool:
        head = b"".join(self._rows[:200])[:20_000]
        return bool(_MAIL_HEADERS.search(head.partition(b"\n\n")[0].partition(b"\r\n\r\n")[0]))

    def ended(self, position: int) -> RawMessage:
        return RawMessage(self.envelope, b"".join(self._rows), position)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file, unpacked where it is packed. Raises: Unreadable, for a damaged one."""
    with path.open("rb", buffering=1 << 20) as file:
        is_packed = file.read(len(GZIP)) == GZIP
        file.seek(0)
        if not is_packed:
            yield file
            return
        with tempfile.TemporaryFile() as unpacked:
            try:
                shutil.copyfileobj(gzip.GzipFile(fileobj=file), unpacked, MAX_ROW)
            except (OSError, EOFError, zlib.error) as error:
                raise Unreadable(f"{path.name} is a damaged gzip file: {error}.") from None
            unpacked.seek(0)
            yield cast("BinaryIO", unpacked)


def _why_none(path: Path) -> str:
    if not path.stat().st_size:
        return f"{path.name} is empty."
    return (
        f"{path.name} holds no mail. What can be read is mbox files, Maildir folders and single messages, also in gzip."
    )
