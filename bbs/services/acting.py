"""Letting a member in to a use case. Whoever is suspended or banned can do what is listed here alone."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from bbs.errors import ShutOut
from bbs.services import drafts, members, messages, sanctions, takeout
from bbs.views.members import Actor, Ticket

LEFT_TO_THE_SHUT_OUT: frozenset[Callable[..., Any]] = frozenset({
    sanctions.own,
    messages.moderators_page, messages.send_to_moderators, messages.read_moderators,
    drafts.draft, drafts.discarded, drafts.save_draft, drafts.keep_both, drafts.save_over, drafts.keep_aside,
    drafts.discard_draft, drafts.restore_draft,
    takeout.takeout,
})  # fmt: skip
"""Why, and until when; the conversation with the moderators; their own takeout."""
LEFT_TO_THE_ENDED: frozenset[Callable[..., Any]] = frozenset({
    drafts.save_draft, drafts.keep_both, drafts.keep_aside,
})  # fmt: skip
"""A session that was ended under somebody's hands keeps what they had typed, as it goes. It reads nothing any more."""


def be_let_in(session: Session, actor: Actor) -> None:
    """Does nothing: but it is refused to whoever is suspended or banned, and says why."""
    del session, actor


def let_in(session: Session, ticket: Ticket, use_case: Callable[..., Any]) -> Actor:
    """Who holds a ticket, if this use case is left to them.

    Raises:
        SignedOut: the account changed under the session.
        ShutOut: the member is suspended or banned, and this is not left to them.
    """
    actor = members.actor(session, ticket, ended=use_case in LEFT_TO_THE_ENDED)
    closing = actor.shut_out
    if closing is not None and use_case not in LEFT_TO_THE_SHUT_OUT:
        raise ShutOut(f"{closing.told(actor.zone)} You can write to the moderators ('dm moderators') and take out what "
                      "is yours ('takeout').")  # fmt: skip
    return actor
