"""Which thread each imported message belongs to. Decides, and writes nothing: so a dry run decides the same.

Threads follow References and In-Reply-To, and the subject of an answer whose references lead nowhere
(jwz.org/doc/threading.html). A message that leads to two threads joins them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bbs.mail import Mail
from bbs.text import fold_mail

APART = timedelta(days=92)
"""An answer with the same subject after a longer time is about something else: 'Re: Next meeting'."""
NO_SUBJECT = "(no subject)"
NEW_MESSAGE = 0
"""The post of a message that is being brought in."""
ALIKE = 0.5
"""Of two texts with one Message-ID and one date, the share of words they have in common: read by another version of
ours, or with a list's footer, they are one message still.
"""
_SIGNS = re.compile(r"[\W_]+")


@dataclass(slots=True)
class Place:
    """Where a Message-ID stands: its thread, that thread's board, and its post (None while it was only referred to)."""

    thread_id: int
    board_id: int
    post_id: int | None
    body: str = ""
    sent_at: datetime | None = None
    is_changed: bool = False
    """Edited, hidden or removed since: no longer what the mail said."""

    def is_of(self, mail: Mail) -> bool:
        """Whether this is the same message, and not another one with the same Message-ID."""
        if self.is_changed or _letters(self.body) == _letters(mail.body):
            return True
        if self.sent_at is None or abs(self.sent_at - mail.sent_at) >= timedelta(seconds=1):
            return False
        ours, theirs = set(self.body.casefold().split()), set(mail.body.casefold().split())
        return len(ours & theirs) >= ALIKE * max(len(ours), len(theirs), 1)


def is_same(one: Mail, other: Mail) -> bool:
    """Whether two mails with one Message-ID are one message."""
    return Place(0, 0, None, one.body, one.sent_at).is_of(other)


def _letters(body: str) -> str:
    """A text without its signature and a list's footer, without spaces and signs."""
    return _SIGNS.sub("", fold_mail(body)[0]).casefold()


@dataclass(slots=True)
class Span:
    """From when to when a thread has messages with one subject."""

    thread_id: int
    first: datetime
    last: datetime

    def distance(self, at: datetime) -> timedelta:
        return max(self.first - at, at - self.last, timedelta(0))


@dataclass(slots=True)
class Filing:
    """What is known, and what was decided. Threads that are yet to be made have numbers below 0."""

    board_id: int
    known: dict[str, Place] = field(default_factory=dict)
    spans: dict[str, list[Span]] = field(default_factory=dict)
    made: list[tuple[int, Mail]] = field(default_factory=list)
    """New threads, each with the message that begins it."""
    joined: dict[int, int] = field(default_factory=dict)
    """Threads that are part of another one now."""
    _numbers: int = 0

    def learn(self, places: dict[str, Place], spans: Iterable[tuple[str, Span]]) -> None:
        """What the database knows; what was decided since stands."""
        for message_id, place in places.items():
            self.known.setdefault(message_id, place)
        for key, span in spans:
            if not any(span.thread_id == other.thread_id for other in self.spans.setdefault(key, [])):
                self.spans[key].append(span)

    def file(self, mail: Mail, key: str) -> None:
        """Decide where a message goes that is new under this Message-ID, and remember it."""
        leading = [self.known[i] for i in (key, *reversed(mail.references)) if i in self.known]
        thread_id = self._joined(leading) if leading else self._by_subject(mail) or self._new(mail)
        board_id = leading[0].board_id if leading else self.board_id
        self.known[key] = Place(thread_id, board_id, NEW_MESSAGE, mail.body, mail.sent_at)
        for reference in mail.references:
            self.known.setdefault(reference, Place(thread_id, board_id, None))
        self._span(mail, thread_id)

    def forget_texts(self) -> None:
        """Let go of what only the messages of one batch are compared by."""
        self.made.clear()
        for place in self.known.values():
            place.body = ""

    def thread_of(self, thread_id: int) -> int:
        """The thread that this one is part of now."""
        while thread_id in self.joined:
            thread_id = self.joined[thread_id]
        return thread_id

    def _joined(self, places: list[Place]) -> int:
        """Make one thread of those that a message leads to. One that was moved to another board stays there."""
        kept = self.thread_of(places[0].thread_id)
        for place in places[1:]:
            other = self.thread_of(place.thread_id)
            if other != kept and place.board_id == places[0].board_id:
                kept, gone = sorted((kept, other), key=lambda number: (number < 0, abs(number)))
                self.joined[gone] = kept
        return kept

    def _by_subject(self, mail: Mail) -> int | None:
        """The thread with the same subject that is nearest in time, for an answer."""
        if not mail.is_reply or mail.subject_key in {"", NO_SUBJECT}:
            return None
        near = [span for span in self.spans.get(mail.subject_key, ()) if span.distance(mail.sent_at) <= APART]
        nearest = min(near, key=lambda span: (span.distance(mail.sent_at), -span.last.timestamp()), default=None)
        return self.thread_of(nearest.thread_id) if nearest else None

    def _new(self, mail: Mail) -> int:
        self._numbers += 1
        self.made.append((-self._numbers, mail))
        return -self._numbers

    def _span(self, mail: Mail, thread_id: int) -> None:
        spans = self.spans.setdefault(mail.subject_key, [])
        for span in spans:
            if self.thread_of(span.thread_id) == thread_id:
                span.first, span.last = min(span.first, mail.sent_at), max(span.last, mail.sent_at)
                return
        spans.append(Span(thread_id, mail.sent_at, mail.sent_at))
