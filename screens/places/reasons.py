"""Asking a moderator or a reporter for a reason, and a moderator whether copies of the same words are hidden too."""

from collections.abc import Sequence
from dataclasses import dataclass

from bbs.services import moderation
from bbs.text import plural
from bbs.views.moderation import PRESETS, Echo
from screens.place import Place

FOR_LOCKING = ("answered", "off topic", "unkind")
NAMED = 3
"""Posts with the same words that a question names."""


async def ask_reason(place: Place, question: str, other: str, presets: Sequence[str] = PRESETS) -> str:
    """One of the presets, or the person's own; '' when they leave it. `other` asks for their own."""
    choices = [(str(number), words) for number, words in enumerate((*presets, "other"), 1)]
    chosen = await place.session.choose(question, choices)
    reason = dict(choices).get(chosen, "")
    return await place.session.prompt(other) if reason == "other" else reason


@dataclass(frozen=True, slots=True)
class Hiding:
    """What a moderator has chosen: why a post is hidden, and which others with it."""

    reason: str
    also: tuple[int, ...]


async def ask_hiding(place: Place, post_id: int, author: str) -> Hiding | None:
    """Why a post is hidden, and whether those too that hold its words. None when the moderator leaves it."""
    reason = await ask_reason(place, f"Hide #{post_id}. {author} reads why:", f"Hide #{post_id}. Reason for {author}")
    if not reason:
        return None
    echoes = [echo for echo in await place.ctx.read(moderation.echoes_of, post_id) if echo.may_hide]
    if not echoes:
        return Hiding(reason, ())
    chosen = await place.session.choose(_others(echoes), [("a", "hide all"), ("o", f"only #{post_id}")])
    if not chosen:
        return None
    return Hiding(reason, tuple(echo.post_id for echo in echoes) if chosen == "a" else ())


def _others(echoes: Sequence[Echo]) -> str:
    """'2 other posts hold its words: #13 by Isla, #15 by Ross. Hide those too?'"""
    named = ", ".join(f"#{echo.post_id} by {echo.author}" for echo in echoes[:NAMED])
    more = f" and {len(echoes) - NAMED} more" if len(echoes) > NAMED else ""
    holds = "holds" if len(echoes) == 1 else "hold"
    return f"{plural(len(echoes), 'other post')} {holds} its words: {named}{more}. Hide those too?"


async def ask_anyway(place: Place, why_not: str) -> bool:
    """Whether a report goes off that only its author could act on; True at once where somebody else can."""
    return not why_not or await place.session.ask(f"{why_not} Send it all the same?", "send it", "do not send it")
