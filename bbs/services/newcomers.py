"""What new members may not do yet: those who joined by themselves, hold no role, and came less than a day ago.

The numbers are the operator's (`bbs/views/limits.py`). Members whom the operator added are trusted.
"""

import re
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from bbs.errors import Conflict, Invalid, TooFast
from bbs.markdown import mentions
from bbs.models import Board, HeldPost, Post
from bbs.services import queue
from bbs.store import limits, now
from bbs.text import moment, plural
from bbs.views.members import Actor

LINK = re.compile(r"(?<!\w)(?:[a-z][a-z0-9+.-]{1,20}://|www\.)\S", re.IGNORECASE)
DAY = timedelta(days=1)
MOST_HELD = 3
RULE = "— and —"
FIRST = "The first that they write here. It has not been posted yet: 'mod approve' posts it."


def is_trusted(actor: Actor) -> bool:
    """Whether no limit is for this member, however new: the operator added them, or they hold a role."""
    return not actor.signed_up or bool(actor.roles) or bool(actor.moderates_boards)


def check_post(session: Session, actor: Actor, title: str, body: str, *, opens: bool) -> None:
    """Refuse a post that a new member may not send yet. Raises Invalid, TooFast, with words for the member."""
    if (end := _until(session, actor)) is None:
        return
    _check_words(session, actor, title, body, end)
    _check_pause(session, actor)
    _check_number(session, actor, end, opens=opens)


def check_edit(session: Session, actor: Actor, body: str) -> None:
    """The same of what an edit puts in a post's place. Raises Invalid."""
    if (end := _until(session, actor)) is not None:
        _check_words(session, actor, "", body, end)


def _until(session: Session, actor: Actor) -> datetime | None:
    """When the member is new no longer; None where that is so already."""
    end = actor.joined_at + timedelta(days=limits(session).days)
    return None if is_trusted(actor) or end <= now(session) else end


def _check_words(session: Session, actor: Actor, title: str, body: str, end: datetime) -> None:
    most = limits(session)
    links, called = len(LINK.findall(f"{title}\n{body}")), len(mentions(body))
    for count, allowed, noun in ((links, most.links, "link"), (called, most.mentions, "mention")):
        if count > allowed:
            raise Invalid(f"Welcome. Until {moment(end, actor.zone)} a post of yours can have {plural(allowed, noun)}; "
                          f"this one has {count:,}. Your text is kept.", "body")  # fmt: skip


def _check_pause(session: Session, actor: Actor) -> None:
    last = session.scalar(select(func.max(Post.created_at)).where(Post.author_id == actor.id))
    pause = timedelta(seconds=limits(session).seconds)
    if last is not None and last + pause > now(session):
        wait = int((last + pause - now(session)).total_seconds()) + 1
        raise TooFast(f"Welcome. In your first days leave {plural(limits(session).seconds, 'second')} between posts. "
                      f"Your text is kept: send it in {plural(wait, 'second')}.", wait)  # fmt: skip


def _check_number(session: Session, actor: Actor, end: datetime, *, opens: bool) -> None:
    """So many threads, and so many replies, in a day. What was removed since counts too."""
    first = aliased(Post)
    begins = select(func.min(first.id)).where(first.thread_id == Post.thread_id).scalar_subquery()
    lately = select(Post.created_at).where(Post.author_id == actor.id, Post.created_at > now(session) - DAY)
    of_kind = lately.where(Post.id == begins if opens else Post.id != begins)
    written = session.scalars(of_kind.order_by(Post.id)).all()
    allowed = limits(session).threads if opens else limits(session).replies
    if len(written) >= allowed:
        again = min(end, written[-allowed] + DAY if allowed else end)
        kind = plural(allowed, "thread") if opens else plural(allowed, "reply", "replies")
        wait = int((again - now(session)).total_seconds()) + 1
        raise TooFast(f"Welcome. In your first days you can write {kind} a day. Your text is kept: send it after "
                      f"{moment(again, actor.zone)}.", wait)  # fmt: skip


# -- the first post, where the operator wishes that a moderator looks at it


def first_post_waits(session: Session, actor: Actor) -> bool:
    """Whether what this member writes is held: nothing of theirs has been posted yet."""
    if not limits(session).hold_first_post or is_trusted(actor):
        return False
    return session.scalar(select(Post.id).where(Post.author_id == actor.id).limit(1)) is None


def hold(
    session: Session, actor: Actor, board_id: int, thread_id: int | None, body: str, *, title: str = "",
    answers_id: int | None = None, client_key: str | None = None,
) -> None:  # fmt: skip
    """Have moderators look at a post, of a private board those who moderate it. The same send again changes nothing.

    Raises Conflict for more than a few that wait, and where one waits that others look at.
    """
    mine = session.scalars(select(HeldPost).where(HeldPost.member_id == actor.id)).all()
    if client_key is not None and any(held.client_key == client_key for held in mine):
        return
    if len(mine) >= MOST_HELD:
        raise Conflict(f"{MOST_HELD} posts of yours wait for a moderator already. Your text is kept: send it when they "
                       "have looked.")  # fmt: skip
    private_id = board_id if session.get_one(Board, board_id).kind == "private" else None
    waits = queue.open_for(session, "post", about_id=actor.id)
    if waits is not None and waits.board_id != private_id:
        raise Conflict("Your first post waits for a moderator already. Your text is kept: send it when they have "
                       "looked.")  # fmt: skip
    session.add(HeldPost(
        member_id=actor.id, board_id=board_id, thread_id=thread_id, title=title, body=body, answers_id=answers_id,
        client_key=client_key, at=now(session),
    ))  # fmt: skip
    session.flush()
    words = f"{title}\n\n{body}" if title else body
    item = queue.open_item(session, "post", by=actor, about_id=actor.id, board_id=private_id, words=words, remark=FIRST)
    if mine:
        item.words = f"{item.words}\n\n{RULE}\n\n{words}"
