"""What a member has written and what the forum holds of them, as one zip: each part as JSON and as text.

What a member may not see is not in it: others' words that are hidden, boards that are closed to them.
"""

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import IO, Any

from sqlalchemy import ColumnElement, Select, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from bbs.models import (
    Board,
    Conversation,
    Draft,
    HeldPost,
    ImportedAuthor,
    Meeting,
    Member,
    MemberKey,
    Message,
    Post,
    Rsvp,
    RsvpReply,
    Thread,
)
from bbs.services import in_force, notices, roles
from bbs.services.permission import visible_boards
from bbs.store import now
from bbs.text import moment
from bbs.views.members import Actor

AT_ONCE = 200
"""Rows that are read at a time: a member can have written tens of thousands."""

Item = dict[str, Any]
"""One thing of a part, by the names that stand in the JSON."""

README = """\
What you have written in {forum}, and what it holds of you, on {at}.

profile      your page, your settings and your public keys
posts        your posts, and what you wrote to a list before the forum, in the order in which they were written
messages     your conversations, with what others wrote to you
answers      your answers to meetings
drafts       what you have typed and not sent, and what waits for a moderator
measures     what moderators decided about your account, and why

Each is there twice: as JSON for programs, with times in UTC, and as text to read. Posts that you have removed, what
moderators have hidden of others' words, and posts in boards that are closed to you are not in it.
"""


def takeout(session: Session, actor: Actor, *, forum: str = "Staffroom") -> bytes:
    """The zip. It holds the member's own part alone and is made for them alone."""
    target = io.BytesIO()
    at = moment(now(session), actor.zone)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as into:
        into.writestr(_entry(session, "README.txt"), README.format(forum=forum, at=at))
        for name, read, say in _PARTS:
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


def _rows(session: Session, statement: Select[*tuple[Any, ...]]) -> Iterator[Item]:
    """Columns by their names, some rows at a time."""
    for row in session.execute(statement.execution_options(yield_per=AT_ONCE)).mappings():
        yield dict(row)


# -- the parts

_PAGE = ("handle", "display_name", "job_title", "organisation", "sector", "region", "about", "can_help",
         "wants_to_learn", "zone", "shows_online", "application", "joined_at", "last_seen_at")  # fmt: skip


def _profile(session: Session, actor: Actor) -> Iterator[Item]:
    row = session.get_one(Member, actor.id)
    keys = session.scalars(select(MemberKey).where(MemberKey.member_id == actor.id).order_by(MemberKey.id))
    wishes = notices.wishes(session, actor)
    yield {name: getattr(row, name) for name in _PAGE} | {
        "roles": roles.of(session, actor.id),
        "settings": {name: getattr(wishes, name) for name in wishes.__slots__},
        "keys": [{"public_key": key.public_key, "added_at": key.added_at, "last_used_at": key.last_used_at}
                 for key in keys],
    }  # fmt: skip


def _say_profile(item: Item, actor: Actor) -> str:
    lines = [f"{name.replace('_', ' ')}: {_said(item[name], actor)}" for name in (*_PAGE, "roles") if item[name]]
    lines += [f"setting {name.replace('_', ' ')}: {_said(value, actor)}" for name, value in item["settings"].items()]
    lines += [f"key: {key['public_key']}, added {_said(key['added_at'], actor)}" for key in item["keys"]]
    return "\n".join(lines)


def _said(value: object, actor: Actor) -> str:
    if isinstance(value, datetime):
        return moment(value, actor.zone)
    if isinstance(value, bool):
        return "on" if value else "off"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _posts(session: Session, actor: Actor) -> Iterator[Item]:
    claimed = select(ImportedAuthor.id).where(ImportedAuthor.claimed_by_id == actor.id)
    mine = or_(Post.author_id == actor.id, Post.imported_author_id.in_(claimed))
    statement = (
        select(
            Post.id, Board.slug.label("board"), Thread.id.label("thread_id"), Thread.title.label("thread"),
            Post.created_at, Post.edited_at, Post.answers_id, Post.hidden_at, Post.hidden_reason, Post.body,
        )
        .join(Thread, Thread.id == Post.thread_id)
        .join(Board, Board.id == Post.board_id)
        .where(mine, Post.deleted_at.is_(None), visible_boards(actor))
        .order_by(Post.created_at, Post.id)
    )  # fmt: skip
    return _rows(session, statement)


def _say_post(item: Item, actor: Actor) -> str:
    hidden = f"\nHidden by a moderator. Reason: {item['hidden_reason']}" if item["hidden_at"] else ""
    return (f"#{item['id']} in {item['thread']} ({item['board']})\n{moment(item['created_at'], actor.zone)}{hidden}"
            f"\n\n{item['body']}")  # fmt: skip


_sender = aliased(Member)


def _messages(session: Session, actor: Actor) -> Iterator[Item]:
    """Of the member's own conversations: those of others with the moderators are not theirs."""
    low, high = aliased(Member), aliased(Member)
    statement = (
        select(
            Message.id, _sender.handle.label("from"), low.handle.label("one"),
            func.coalesce(high.handle, "moderators").label("other"), Message.sent_at, Message.hidden_at,
            Message.hidden_reason, Message.body,
        )
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(_sender, _sender.id == Message.sender_id)
        .join(low, low.id == Conversation.low_member_id)
        .outerjoin(high, high.id == Conversation.high_member_id)
        .where(or_(low.id == actor.id, high.id == actor.id))
        .order_by(Message.conversation_id, Message.id)
    )  # fmt: skip
    for item in _rows(session, statement):
        one, other, mine = item.pop("one"), item.pop("other"), item["from"] == actor.handle
        if not mine and item["hidden_at"]:
            item["body"] = ""
        item["hidden_reason"] = item["hidden_reason"] if mine else ""
        yield {"with": other if one == actor.handle else one} | item


def _say_message(item: Item, actor: Actor) -> str:
    hidden = "\nHidden by a moderator." if item["hidden_at"] else ""
    when = moment(item["sent_at"], actor.zone)
    return f"With {item['with']}: {item['from']} wrote\n{when}{hidden}\n\n{item['body']}"


def _answers(session: Session, actor: Actor) -> Iterator[Item]:
    statement = (
        select(
            Meeting.title,
            Meeting.starts_at,
            Meeting.place,
            Rsvp.answer,
            Rsvp.guests,
            Rsvp.online,
            Rsvp.note,
            Rsvp.answered_at,
            _replies(actor),
        )
        .join(Meeting, Meeting.id == Rsvp.meeting_id)
        .where(Rsvp.member_id == actor.id)
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return _rows(session, statement)


def _replies(actor: Actor) -> ColumnElement[str]:
    """What the member replied to the meeting's questions."""
    mine = select(func.aggregate_strings(RsvpReply.words, "\n"))
    return func.coalesce(
        mine.where(RsvpReply.meeting_id == Meeting.id, RsvpReply.member_id == actor.id)
        .correlate(Meeting)
        .scalar_subquery(),
        "",
    ).label("replies")


def _say_answer(item: Item, actor: Actor) -> str:
    more = [f"Guests: {item['guests']}"] if item["guests"] else []
    more += [str(item[part]) for part in ("note", "replies") if item[part]]
    said = f"You answered {item['answer']} on {moment(item['answered_at'], actor.zone)}."
    return "\n".join((f"{item['title']}, {moment(item['starts_at'], actor.zone)}", said, *more))


def _drafts(session: Session, actor: Actor) -> Iterator[Item]:
    mine = select(Draft.place, Draft.subject, Draft.body, Draft.saved_at).where(Draft.member_id == actor.id)
    yield from _rows(session, mine.order_by(Draft.saved_at, Draft.id))
    waits = literal("waits for a moderator").label("place")
    held = select(waits, HeldPost.title.label("subject"), HeldPost.body, HeldPost.at.label("saved_at"))
    yield from _rows(session, held.where(HeldPost.member_id == actor.id).order_by(HeldPost.id))


def _say_draft(item: Item, actor: Actor) -> str:
    return f"{item['place']}  {item['subject']}\n{moment(item['saved_at'], actor.zone)}\n\n{item['body']}"


def _measures(session: Session, actor: Actor) -> Iterator[Item]:
    for each in in_force.history(session, actor.id):
        yield {"kind": each.kind, "board": each.board, "reason": each.reason, "at": each.at, "until": each.until,
               "in_force": each.in_force}  # fmt: skip


def _say_measure(item: Item, actor: Actor) -> str:
    where = f" in {item['board']}" if item["board"] else ""
    until = f" until {moment(item['until'], actor.zone)}" if item["until"] else ""
    over = "" if item["in_force"] else " (no longer in force)"
    return f"{item['kind']}{where}{until}{over}, on {moment(item['at'], actor.zone)}\nReason: {item['reason']}"


_PARTS: tuple[tuple[str, Callable[[Session, Actor], Iterator[Item]], Callable[[Item, Actor], str]], ...] = (
    ("profile", _profile, _say_profile), ("posts", _posts, _say_post), ("messages", _messages, _say_message),
    ("answers", _answers, _say_answer), ("drafts", _drafts, _say_draft), ("measures", _measures, _say_measure),
)  # fmt: skip
