"""What becomes of a new member's first posts once a moderator has looked at them (`newcomers.hold`)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bbs.errors import BBSError, Conflict
from bbs.models import HeldPost, Member, QueueItem
from bbs.services import drafts, log, members, notices, posts
from bbs.services.drafts import DraftView, new_key
from bbs.views.members import Actor, Ticket
from bbs.views.threads import Posted


def publish(session: Session, actor: Actor, item: QueueItem) -> None:
    """Post all that waits of this member, as if they had written it now; they are told.

    Raises Conflict where that cannot be done any more: then the item can be declined.
    """
    author, waiting = _of(session, item)
    if (closing := author.shut_out) is not None:
        raise Conflict(f"{author.handle} is {closing.words(actor.zone)}, so nothing of theirs is posted. Decline it, "
                       "and its author has the text back.")  # fmt: skip
    for held in waiting:
        try:
            posted = _post(session, author, held)
        except BBSError as error:
            raise Conflict(f"It cannot be posted any more: {error.message} Decline it, and its author has the text "
                           "back.") from None  # fmt: skip
        session.delete(held)
        words = "A moderator has looked at your first post, and others read it now."
        notices.tell_member(session, author.id, "moderation", "posted", words, by=actor, thread_id=posted.thread_id,
                            post_id=posted.post_id)  # fmt: skip
    log.write(session, actor, "let be posted what waited of", author.handle, about_id=author.id, private=True)


def give_back(session: Session, actor: Actor, item: QueueItem, reason: str) -> None:
    """Post nothing of it. Its author is told why, and has the text back as a draft."""
    author, waiting = _of(session, item)
    for held in waiting:
        place = f"thread:{held.thread_id}" if held.thread_id else f"board:{held.board_id}"
        drafts.keep_both(session, author, DraftView(place, held.title, held.body, held.answers_id, new_key(), None))
        session.delete(held)
    words = f"A moderator has not posted what you wrote: {reason}. It is among your drafts: mend it and send it again."
    notices.tell_member(session, author.id, "moderation", "not posted", words, by=actor)
    log.write(session, actor, "did not post what waited of", author.handle, reason=reason, about_id=author.id,
              private=True)  # fmt: skip


def _of(session: Session, item: QueueItem) -> tuple[Actor, Sequence[HeldPost]]:
    """The author, and what waits of theirs, the oldest first."""
    member = session.get_one(Member, item.member_id)
    author = members.actor(session, Ticket(member.id, member.auth_epoch))
    mine = select(HeldPost).where(HeldPost.member_id == member.id)
    return author, session.scalars(mine.order_by(HeldPost.id)).all()


def _post(session: Session, author: Actor, held: HeldPost) -> Posted:
    if held.thread_id is None:
        return posts.start_thread(session, author, held.board_id, held.title, held.body, client_key=held.client_key,
                                  approved=True)  # fmt: skip
    return posts.reply(session, author, held.thread_id, held.body, answers_id=held.answers_id,
                       client_key=held.client_key, approved=True)  # fmt: skip
