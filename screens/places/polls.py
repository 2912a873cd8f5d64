"""Polls in a list, and opening one."""

from rich.style import Style
from textual.strip import Strip

from bbs.context import Context
from bbs.services.drafts import new_key
from bbs.services.polls import pages, running
from bbs.text import plural, short_moment
from bbs.views.meetings import MeetingFields
from bbs.views.polls import PollLine
from screens import styles
from screens.forms.fields import Entry, Field, FormSpec, Kept, Values
from screens.lines import Part, both_ends
from screens.place import Place
from screens.places.meeting_form import read_fields, said_fields
from screens.rows import Row, heading_row

SIDE = 60
"""Narrower than this a list has no side columns."""


async def poll_rows(ctx: Context, *, past: bool) -> list[Row]:
    """The polls without a decision, or the past ones, under a heading; nothing where there are none."""
    found = await ctx.read(pages.poll_list, past=past)
    rows = [_row(line, ctx) for line in found]
    if not rows:
        return []
    return [heading_row("Dates that were looked for" if past else "Finding a date"), *rows]


def _row(line: PollLine, ctx: Context) -> Row:
    short, words, style = _state(line, ctx)

    def draw(width: int, over: Style | None) -> list[Strip]:
        left: list[Part] = [(" ◇ ", styles.ACCENT), (line.title, styles.PLAIN)]
        if width < SIDE:
            return [both_ends(width, left, [(f" {short} ", style)], over=over)]
        counted = f" {plural(line.dates, 'date')}, {line.voters} answered"
        return [both_ends(width, left, [(counted, styles.DIM), (f"  {words} ", style)], over=over)]

    return Row(draw, line)


def _state(line: PollLine, ctx: Context) -> tuple[str, str, Style]:
    """What is so, in a word or two and in several, and how it is drawn."""
    until = short_moment(line.closes_at, ctx.zone, ctx.now())
    if line.state == "open" and line.unanswered:
        return "answer", f"answer until {until}", styles.NEW
    return {
        "open": ("answered", f"answered, open until {until}", styles.GOOD),
        "closed": ("closed", "closed, to be decided", styles.DIM),
        "confirmed": ("date fixed", "date fixed", styles.GOOD),
        "cancelled": ("cancelled", "cancelled", styles.WARN),
    }[line.state]


async def open_poll(place: Place) -> int | None:
    """Have the form of a new poll filled in; its id."""
    ctx, key = place.ctx, new_key()

    async def send(values: Values) -> int:
        said = MeetingFields(**read_fields(values))
        dates = [date for date in values["dates"].splitlines() if date.strip()]
        return await ctx.write(running.open_poll, said, dates, values["until"], client_key=key)

    fields: list[Field] = [
        Entry("title", "Title", limit=120),
        Entry("dates", "Dates", hint="one a line, like 2026-12-03 14:00", lines=4, limit=running.MAX_DATES * 17),
        Entry("until", "Open until", hint="like 2026-11-27 18:00", limit=16),
        *await said_fields(ctx, MeetingFields("", ctx.forum.settings.zone)),
    ]
    spec = FormSpec("Find a date", fields, send, done="Open the poll", kept=Kept(ctx, "poll:new"))
    made: int | None = await place.session.form(spec)
    return made
