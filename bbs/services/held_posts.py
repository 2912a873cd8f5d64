"""Posts that a moderator looks at before others read them."""

from sqlalchemy.orm import Session

from bbs.errors import Conflict
from bbs.models import Post, QueueItem
from bbs.services import first_posts, moderation
from bbs.views.members import Actor


def show(session: Session, actor: Actor, item: QueueItem, reason: str) -> None:
    """Everybody reads it; its author is told."""
    del reason  # there is nothing to explain
    if item.post_id is None:
        first_posts.publish(session, actor, item)
        return
    moderation.restore(session, actor, _post_of(session, item))


def keep_hidden(session: Session, actor: Actor, item: QueueItem, reason: str) -> None:
    """Nobody else reads it; its author is told why, and may mend it."""
    if item.post_id is None:
        first_posts.give_back(session, actor, item, reason)
        return
    moderation.hide(session, actor, _post_of(session, item), reason)


def _post_of(session: Session, item: QueueItem) -> Post:
    post = session.get(Post, item.post_id) if item.post_id else None
    if post is None or post.deleted_at is not None:
        raise Conflict("Its author has removed this post. 'mod settle' ends the item.")
    return post
