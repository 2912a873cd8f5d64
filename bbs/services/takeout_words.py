"""The parts of a takeout that hold a member's own words: posts and what they said before, messages, drafts."""

from collections.abc import Iterator

from sqlalchemy import Select, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from bbs.models import (
    Board,
    Conversation,
    Draft,
    HeldPost,
    ImportedAuthor,
    Member,
    Message,
    Post,
    PostRevision,
    Thanks,
    Thread,
)
from bbs.services.permission import visible_boards
from bbs.services.takeout_items import Item, rows
from bbs.text import moment
from bbs.views.members import Actor


def posts(session: Session, actor: Actor) -> Iterator[Item]:
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
    return rows(session, statement)


def say_post(item: Item, actor: Actor) -> str:
    hidden = f"\nHidden by a moderator. Reason: {item['hidden_reason']}" if item["hidden_at"] else ""
    return (f"#{item['id']} in {item['thread']} ({item['board']})\n{moment(item['created_at'], actor.zone)}{hidden}"
            f"\n\n{item['body']}")  # fmt: skip


def versions(session: Session, actor: Actor) -> Iterator[Item]:
    """What the posts said before each edit."""
    kept = select(PostRevision.post_id, PostRevision.revision, PostRevision.replaced_at, PostRevision.body)
    here = kept.join(Post, Post.id == PostRevision.post_id).join(Board, Board.id == Post.board_id)
    mine = (Post.author_id == actor.id, Post.deleted_at.is_(None), visible_boards(actor))
    return rows(session, here.where(*mine).order_by(PostRevision.post_id, PostRevision.revision))


def say_version(item: Item, actor: Actor) -> str:
    until = moment(item["replaced_at"], actor.zone)
    return f"#{item['post_id']}, version {item['revision'] + 1}, until {until}\n\n{item['body']}"


def thanks(session: Session, actor: Actor) -> Iterator[Item]:
    thanked: Select[*tuple[int, object]] = select(Thanks.post_id, Thanks.thanked_at)
    seen = thanked.join(Post, Post.id == Thanks.post_id).join(Board, Board.id == Post.board_id)
    return rows(session, seen.where(Thanks.member_id == actor.id, visible_boards(actor)).order_by(Thanks.post_id))


_sender = aliased(Member)


def messages(session: Session, actor: Actor) -> Iterator[Item]:
    """Of the member's own conversations, and what they answered to others for the moderators."""
    low, high = aliased(Member), aliased(Member)
    own = or_(low.id == actor.id, high.id == actor.id, Message.sender_id == actor.id)
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
        .where(own)
        .order_by(Message.conversation_id, Message.id)
    )  # fmt: skip
    for item in rows(session, statement):
        one, other, mine = item.pop("one"), item.pop("other"), item["from"] == actor.handle
        if not mine and item["hidden_at"]:
            item["body"] = ""
        item["hidden_reason"] = item["hidden_reason"] if mine else ""
        yield {"with": other if one == actor.handle else one} | item


def say_message(item: Item, actor: Actor) -> str:
    hidden = "\nHidden by a moderator." if item["hidden_at"] else ""
    when = moment(item["sent_at"], actor.zone)
    return f"With {item['with']}: {item['from']} wrote\n{when}{hidden}\n\n{item['body']}"


def drafts(session: Session, actor: Actor) -> Iterator[Item]:
    mine = select(Draft.place, Draft.subject, Draft.body, Draft.saved_at).where(Draft.member_id == actor.id)
    yield from rows(session, mine.order_by(Draft.saved_at, Draft.id))
    waits = literal("waits for a moderator").label("place")
    held = select(waits, HeldPost.title.label("subject"), HeldPost.body, HeldPost.at.label("saved_at"))
    yield from rows(session, held.where(HeldPost.member_id == actor.id).order_by(HeldPost.id))


def say_draft(item: Item, actor: Actor) -> str:
    return f"{item['place']}  {item['subject']}\n{moment(item['saved_at'], actor.zone)}\n\n{item['body']}"
