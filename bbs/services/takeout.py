"""What a member has written and what the forum holds of them, as one zip: each part as JSON and as text.

What a member may not see is not in it: others' words that are hidden, boards that are closed to them. A test walks the
models: each column that names a member is in a part, or there is a reason.
"""

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import IO

from sqlalchemy.orm import Session

from bbs.services import takeout_account as account
from bbs.services import takeout_meetings as meetings
from bbs.services import takeout_words as words
from bbs.services.takeout_items import Item, in_lines
from bbs.store import now
from bbs.text import moment
from bbs.views.members import Actor

README = """\
What you have written in {forum}, and what it holds of you, on {at}.

profile      your page, your settings, your public keys, where you are signed in, and the boards that name you
posts        your posts, and what you wrote to a list before the forum, in the order in which they were written
versions     what your posts said before you or a moderator edited them
messages     your conversations, with what others wrote to you
answers      your answers to meetings
votes        your answers in polls
called       meetings and polls that you called or run
drafts       what you have typed and not sent, and what waits for a moderator
notices      what you were told of
follows      what you follow or have muted, and how far you have read it
thanks       the posts for which you thanked
reports      what you have reported
asked        what you have asked moderators for
invitations  those that you have made
measures     what moderators decided about your account, and why
log          what you did for the forum, and what others did that concerns you

Each is there twice: as JSON for programs, with times in UTC, and as text to read. Posts that you have removed, what
moderators have hidden of others' words, and what is in boards that are closed to you are not in it. Nor are reports of
what you wrote: those who made them count on it.
"""

Part = tuple[str, Callable[[Session, Actor], Iterator[Item]], Callable[[Item, Actor], str]]
PARTS: tuple[Part, ...] = (
    ("profile", account.profile, account.say_profile),
    ("posts", words.posts, words.say_post),
    ("versions", words.versions, words.say_version),
    ("messages", words.messages, words.say_message),
    ("answers", meetings.answers, meetings.say_answer),
    ("votes", meetings.votes, meetings.say_vote),
    ("called", meetings.called, in_lines),
    ("drafts", words.drafts, words.say_draft),
    ("notices", account.told, account.say_notice),
    ("follows", account.follows, in_lines),
    ("thanks", words.thanks, in_lines),
    ("reports", account.reports, in_lines),
    ("asked", account.asked, in_lines),
    ("invitations", account.invited, in_lines),
    ("measures", account.measures, account.say_measure),
    ("log", account.logged, in_lines),
)
"""Name, what is in it, and how an item reads."""


def takeout(session: Session, actor: Actor, *, forum: str = "Staffroom") -> bytes:
    """The zip. It holds the member's own part alone and is made for them alone."""
    target = io.BytesIO()
    at = moment(now(session), actor.zone)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as into:
        into.writestr(_entry(session, "README.txt"), README.format(forum=forum, at=at))
        for name, read, say in PARTS:
            with into.open(_entry(session, f"{name}.json"), "w") as file:
                _write_json(file, read(session, actor))
            with into.open(_entry(session, f"{name}.txt"), "w") as file:
                _write_text(file, (say(item, actor) for item in read(session, actor)))
    return target.getvalue()


def _entry(session: Session, name: str) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name, now(session).timetuple()[:6])
    made.compress_type = zipfile.ZIP_DEFLATED
    return made


def _write_json(file: IO[bytes], items: Iterator[Item]) -> None:
    """A list, an item a line, written as it is read."""
    before = "[\n"
    for item in items:
        file.write((before + json.dumps(item, default=_plain, ensure_ascii=False)).encode())
        before = ",\n"
    file.write(("[]\n" if before == "[\n" else "\n]\n").encode())


def _write_text(file: IO[bytes], texts: Iterable[str]) -> None:
    for number, text in enumerate(texts):
        file.write(f"{'' if number == 0 else RULE}{text.rstrip()}\n".encode())


RULE = f"\n{'-' * 72}\n\n"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
