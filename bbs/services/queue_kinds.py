"""What approving and declining mean for each kind of item in the moderators' queue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy.orm import Session

from bbs.models import QueueItem
from bbs.services import held_posts, joining, recovery, reports
from bbs.views.members import Actor
from bbs.views.moderation import Outcome

Decide = Callable[[Session, Actor, QueueItem, str], str | None]
"""Does what was decided, for the reason given ('' for none). It is known that this member may, and the item is settled
afterwards. What it returns is for this moderator alone: a code to hand over. Raises BBSError where it cannot be done:
then the item stays.
"""


@dataclass(frozen=True, slots=True)
class Decisions:
    """Of one kind, and how an item of it has ended then."""

    approve: Decide
    decline: Decide
    approved: Outcome = "approved"
    declined: Outcome = "declined"


KINDS: Mapping[str, Decisions] = MappingProxyType(
    {
        "report": Decisions(reports.uphold, reports.leave, approved="done", declined="no-action"),
        "application": Decisions(joining.accept, joining.refuse),
        "handle": Decisions(joining.accept, joining.refuse),
        "post": Decisions(held_posts.show, held_posts.keep_hidden),
        "recovery": Decisions(recovery.approve, recovery.decline),
    }
)
