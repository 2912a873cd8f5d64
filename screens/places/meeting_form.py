"""The form of what is said of a meeting, new or changed."""

from dataclasses import asdict
from typing import Any

from bbs.context import Context
from bbs.errors import Invalid
from bbs.services import boards
from bbs.services.meetings.fields import LIMITS
from bbs.views.meetings import KINDS, MeetingFields
from screens.forms.fields import Check, Choice, Entry, Field, Values

LABELS = (
    ("place", "Place", "in a few words", 1), ("address", "Address", "", 2), ("directions", "How to get there", "", 3),
    ("access", "Access", "steps, lifts, hearing loops", 2),
    ("link", "Link", "those who go see it, and facilitators", 1),
)  # fmt: skip


async def form_fields(ctx: Context, before: MeetingFields | None, starts: str = "") -> list[Field]:
    """Empty, or with what is said already; `starts` like '2026-12-03 14:00'."""
    said = before or MeetingFields("", ctx.forum.settings.zone)
    when = Entry("starts", "Start", starts, hint="like 2026-12-03 14:00", limit=16)
    return [_title(said), when, *await said_fields(ctx, said)]


async def said_fields(ctx: Context, said: MeetingFields) -> list[Field]:
    """All of them but the title and the dates."""
    seen = await ctx.read(boards.board_list)
    private = tuple((board.slug, f"readers of {board.title}") for board in seen if board.private)
    board: list[Field] = []
    if private or said.board:
        known = (
            *private,
            *([(said.board, said.board)] if said.board not in {"", *(slug for slug, _ in private)} else []),
        )
        board.append(Choice("board", "Who may see it", (("", "everybody"), *known), said.board))
    questions = (*said.questions, "", "")[:2]
    return [
        Entry("minutes", "Hours", f"{said.minutes / 60:g}", limit=6),
        Entry("zone", "Time zone", said.zone, hint="of the place where you meet", limit=50),
        Choice("kind", "How", tuple(KINDS.items()), said.kind),
        *(Entry(name, label, getattr(said, name), hint=hint, lines=lines, limit=LIMITS[name])
          for name, label, hint, lines in LABELS),
        Entry("places", "Places", _shown(said.places if said.kind != "online" else said.online_places),
              hint="in the room, or of an online meeting; empty: no limit", limit=5),
        Entry("online_places", "Places online", _shown(said.online_places), hint="where there is a room too", limit=5),
        Entry("guests", "Guests", str(said.guests), hint="that each may bring, 5 at most", limit=1),
        Entry("answer_by", "Answers until", said.answer_by, hint="empty: until it begins", limit=16),
        Entry("about", "About", said.about, hint="Markdown", lines=5, limit=LIMITS["about"]),
        Entry("learn", "What you will learn", said.learn, lines=2, limit=LIMITS["learn"]),
        Entry("questions", "Question to those who come", questions[0], hint="facilitators read the answers"),
        Entry("question_2", "Another question", questions[1]),
        Entry("facilitators", "Facilitators", ", ".join(said.facilitators), hint="handles; empty: you"),
        *board,
    ]  # fmt: skip


def draft_tick() -> Check:
    return Check("draft", "Keep it as a draft", "no", hint="facilitators alone see it")


def _title(said: MeetingFields) -> Entry:
    return Entry("title", "Title", said.title, limit=120)


def _shown(number: int | None) -> str:
    return "" if number is None else str(number)


def read_fields(values: Values) -> dict[str, Any]:
    """The form's texts by the names of MeetingFields, as many as the form has.

    Raises:
        Invalid: a number is none.
    """
    found: dict[str, Any] = {name: values[name] for name in asdict(MeetingFields("", "")) if name in values}
    found["minutes"] = _minutes(values["minutes"])
    for name in ("places", "online_places"):
        found[name] = _number(values[name], name)
    found["guests"] = _number(values["guests"], "guests") or 0
    found["questions"] = tuple(filter(None, (values["questions"].strip(), values["question_2"].strip())))
    found["facilitators"] = tuple(values["facilitators"].replace(",", " ").split())
    return found


def changed(before: MeetingFields, values: dict[str, Any]) -> dict[str, Any]:
    """Of what a form holds, all that the member has changed: the rest may have been changed by others meanwhile."""
    shown = asdict(before)
    if before.kind == "online":
        shown["places"] = before.online_places
    return {name: value for name, value in values.items() if value != shown[name]}


def _minutes(text: str) -> int:
    try:
        return round(float(text.replace(",", ".")) * 60)
    except (ValueError, OverflowError):
        raise Invalid("Write how many hours it lasts, like 2 or 1.5.", "minutes") from None


def _number(text: str, field: str) -> int | None:
    text = text.strip()
    if text and not text.isdecimal():
        raise Invalid("Write a number, or nothing.", field)
    return int(text) if text else None
