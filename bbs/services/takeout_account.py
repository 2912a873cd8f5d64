"""The parts of a takeout about the account: the profile and its keys, what the member was told, follows, has reported
and made, and what was decided about them.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, and_, case, func, literal, select
from sqlalchemy.orm import Session, aliased

from bbs.models import (
    Board,
    BoardMember,
    BoardModerator,
    BoardState,
    BoardWriter,
    Conversation,
    ConversationState,
    ImportedAuthor,
    Member,
    MemberKey,
    Post,
    QueueItem,
    ReadAhead,
    Report,
    Thread,
    ThreadState,
)
from bbs.services import codes, in_force, invitations, log, notices, roles, sessions
from bbs.services.permission import is_thread_there, seen_measures, visible_boards
from bbs.services.takeout_items import Item, in_lines, rows, said
from bbs.text import moment
from bbs.views.members import Actor

PAGE = ("handle", "display_name", "job_title", "organisation", "sector", "region", "about", "can_help",
        "wants_to_learn", "zone", "shows_online", "application", "joined_at", "last_seen_at")  # fmt: skip
"""Columns of the member."""


def profile(session: Session, actor: Actor) -> Iterator[Item]:
    row = session.get_one(Member, actor.id)
    keys = session.scalars(select(MemberKey).where(MemberKey.member_id == actor.id).order_by(MemberKey.id))
    wishes = notices.wishes(session, actor)
    lists = select(ImportedAuthor.address, ImportedAuthor.name).where(ImportedAuthor.claimed_by_id == actor.id)
    yield {name: getattr(row, name) for name in PAGE} | {
        "roles": roles.of(session, actor.id),
        "invited_by": session.scalar(select(invitations.inviter()).where(Member.id == actor.id)) or "",
        **{f"named_to_{right}": _named(session, actor, table) for right, table in _NAMINGS.items()},
        "wrote_to_lists_as": tuple(f"{author.name}, {author.address}" for author in session.execute(lists)),
        "settings": {name: getattr(wishes, name) for name in wishes.__slots__},
        "keys": [{"name": key.name, "public_key": key.public_key, "added_at": key.added_at,
                  "last_used_at": key.last_used_at} for key in keys],
        "sessions": [{"address": each.address, "client": each.client, "began_at": each.began_at}
                     for each in sessions.own_sessions(session, actor)],
        "codes": [{"purpose": each.purpose, "expires_at": each.expires_at}
                  for each in codes.still_open(session, actor.id)],
    }  # fmt: skip


_NAMINGS: dict[str, type[BoardMember | BoardWriter | BoardModerator]] = {
    "read": BoardMember,
    "write": BoardWriter,
    "moderate": BoardModerator,
}


def _named(session: Session, actor: Actor, table: type[BoardMember | BoardWriter | BoardModerator]) -> tuple[str, ...]:
    """The boards that name the member."""
    named = select(Board.slug).join(table, table.board_id == Board.id).where(table.member_id == actor.id)
    return tuple(session.scalars(named.where(visible_boards(actor)).order_by(Board.slug)))


def say_profile(item: Item, actor: Actor) -> str:
    listed = {"settings", "keys", "sessions", "codes"}
    lines = [in_lines({name: value for name, value in item.items() if name not in listed}, actor)]
    lines += [f"setting {name.replace('_', ' ')}: {said(value, actor)}" for name, value in item["settings"].items()]
    lines += [f"key: {key['name']} {key['public_key']}, added {said(key['added_at'], actor)}" for key in item["keys"]]
    lines += [f"signed in: from {each['address']} with {each['client']} since {said(each['began_at'], actor)}"
              for each in item["sessions"]]  # fmt: skip
    lines += [f"code: for {each['purpose']}, until {said(each['expires_at'], actor)}" for each in item["codes"]]
    return "\n".join(lines)


def told(session: Session, actor: Actor) -> Iterator[Item]:
    """Notices, the oldest first."""
    for line in notices.every(session, actor):
        yield {name: getattr(line, name) for name in ("kind", "what", "by", "title", "words", "at", "read")}


def say_notice(item: Item, actor: Actor) -> str:
    unread = "" if item["read"] else " (unread)"
    by = f", by {item['by']}" if item["by"] else ""
    words = "\n".join(filter(None, (item["title"], item["words"])))
    return f"{item['what'] or item['kind']}{by}, {moment(item['at'], actor.zone)}{unread}\n{words}"


def follows(session: Session, actor: Actor) -> Iterator[Item]:
    """What the member follows or has muted, and how far they have read it."""
    board = _place("board", Board.slug, BoardState.following, BoardState.muted, BoardState.floor_post_id)
    of_boards = board.join(Board, Board.id == BoardState.board_id).where(BoardState.member_id == actor.id)
    yield from rows(session, of_boards.where(visible_boards(actor)).order_by(Board.id))
    thread = _place("thread", Thread.title, ThreadState.following, ThreadState.muted, ThreadState.last_post_id)
    of_threads = thread.join(Thread, Thread.id == ThreadState.thread_id).join(Board, Board.id == Thread.board_id)
    mine = (ThreadState.member_id == actor.id, visible_boards(actor), is_thread_there())
    yield from rows(session, of_threads.where(*mine).order_by(Thread.id))
    post = _place("post", literal(""), literal(None), literal(value=False), ReadAhead.post_id)
    of_posts = post.join(Post, Post.id == ReadAhead.post_id).join(Board, Board.id == Post.board_id)
    yield from rows(session, of_posts.where(ReadAhead.member_id == actor.id, visible_boards(actor)))
    other = aliased(Member)
    handle = func.coalesce(other.handle, "moderators")
    talk = _place("conversation", handle, literal(None), literal(value=False), ConversationState.last_message_id)
    of_talks = (
        talk.join(Conversation, Conversation.id == ConversationState.conversation_id)
        .outerjoin(other, and_(other.id.in_((Conversation.low_member_id, Conversation.high_member_id)),
                               other.id != actor.id))
        .where(ConversationState.member_id == actor.id)
        .order_by(Conversation.id)
    )  # fmt: skip
    yield from rows(session, of_talks)


def _place(kind: str, name: Any, following: Any, muted: Any, read_to: Any) -> Select[*tuple[Any, ...]]:
    return select(literal(kind).label("kind"), name.label("name"), following.label("following"), muted.label("muted"),
                  read_to.label("read_to"))  # fmt: skip


def reports(session: Session, actor: Actor) -> Iterator[Item]:
    """What the member has reported, and what came of it. The words reported are another's."""
    made = select(QueueItem.post_id, QueueItem.message_id, Report.reason, Report.reported_at, QueueItem.outcome)
    made = made.join(QueueItem, QueueItem.id == Report.item_id).where(Report.reporter_id == actor.id)
    return rows(session, made.order_by(Report.id))


def asked(session: Session, actor: Actor) -> Iterator[Item]:
    """What the member has asked moderators for: to be let in, or to get back in.

    Without the words of who could not sign in: they say how to reach them, and another may hold the account by now.
    """
    kinds = ("application", "handle", "recovery")
    words = case((QueueItem.kind != "recovery", QueueItem.words), else_="").label("words")
    mine = select(QueueItem.kind, words, QueueItem.opened_at, QueueItem.outcome, QueueItem.note)
    mine = mine.where(QueueItem.member_id == actor.id, QueueItem.kind.in_(kinds))
    return rows(session, mine.order_by(QueueItem.id))


def invited(session: Session, actor: Actor) -> Iterator[Item]:
    """Invitations that the member has made."""
    for line in invitations.own_invitations(session, actor):
        yield {"made_at": line.made_at, "expires_at": line.expires_at, "used": line.used,
               "used_by": line.used_by, "withdrawn": line.withdrawn}  # fmt: skip


def measures(session: Session, actor: Actor) -> Iterator[Item]:
    for each in seen_measures(session, actor, in_force.history(session, actor.id)):
        yield {"kind": each.kind, "board": each.board, "reason": each.reason, "at": each.at, "until": each.until,
               "in_force": each.in_force}  # fmt: skip


def say_measure(item: Item, actor: Actor) -> str:
    where = f" in {item['board']}" if item["board"] else ""
    until = f" until {moment(item['until'], actor.zone)}" if item["until"] else ""
    over = "" if item["in_force"] else " (no longer in force)"
    return f"{item['kind']}{where}{until}{over}, on {moment(item['at'], actor.zone)}\nReason: {item['reason']}"


def logged(session: Session, actor: Actor) -> Iterator[Item]:
    """What the member did as a moderator or facilitator, and what others did that concerns them, as the log says it."""
    for line in log.of_own(session, actor):
        yield {"at": line.at, "by": line.actor, "did": line.action, "to": line.target, "reason": line.reason}
