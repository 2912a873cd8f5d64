"""Measures against a member, taken and lifted: on the member's page, at their post, and from the queue."""

from collections.abc import Sequence

from bbs.services import boards, people, sanctions
from bbs.text import plural
from bbs.views.boards import BoardLine
from bbs.views.members import Profile
from bbs.views.sanctions import HEAVIEST, LIFTED, Imposed, SanctionLine
from screens.forms.fields import Choice, Entry, Field, FormSpec, Values
from screens.place import Place

MEASURES = (("w", "warn"), ("s", "silence"), ("d", "suspend"), ("b", "ban"))
DOES = {
    "warn": "They see it on Home until they say that they have read it.",
    "silence": "They can read, and write nothing that others would read.",
    "suspend": "One page is left to them: why, until when, and a way to write to the moderators.",
    "ban": "It closes the account. They can still write to the moderators.",
}
EVERYWHERE = ""
"""In place of the board in which a member is silenced."""
KEEP, HIDE = "keep", "hide"


async def take_measure(place: Place, handle: str, *, board_id: int = 0) -> None:
    """Choose a measure and fill in its form, or lift one. `board_id` is the board that one is in, if any."""
    view = await place.ctx.read(people.profile, handle)
    if not view.may_silence:
        place.say("Only a moderator can do that." if not view.is_me else "This is you.", fault=True)
        return
    chosen = await _choose(place, view)
    if chosen == "lift":
        await _lift(place, view)
    elif chosen:
        await _take(place, view, chosen, board_id)


async def _choose(place: Place, view: Profile) -> str:
    """'lift', the name of a measure, or '' where the question is left."""
    measures = MEASURES if view.may_moderate else MEASURES[1:2]
    choices: list[tuple[str, str]] = [*measures, *([("l", "lift")] if _holding(view) else [])]
    if len(choices) == 1:
        return choices[0][1]
    lifts = f" l lifts {LIFTED[_heaviest(view).kind]}." if _holding(view) else ""
    return dict(choices).get(await place.session.choose(f"Measures against {view.person.handle}.{lifts}", choices), "")


async def _take(place: Place, view: Profile, measure: str, board_id: int) -> None:
    handle = view.person.handle

    async def impose(values: Values) -> Imposed:
        return await _impose(place, measure, handle, values)

    mine = [line for line in await place.ctx.read(boards.board_list) if line.may_moderate]
    spec = FormSpec(f"{measure.capitalize()} {handle}", _fields(view, measure, mine, board_id), impose,
                    done=measure.capitalize(), notes=(DOES[measure],))  # fmt: skip
    done: Imposed | None = await place.session.form(spec)
    if done is not None:
        await place.reload()
        hidden = f" Hidden: {plural(done.hidden, 'post or message', 'posts and messages')}." if done.hidden else ""
        place.say(f"{handle} is {done.sanction.words(place.ctx.zone)} and reads why.{hidden}")


def _fields(view: Profile, measure: str, mine: Sequence[BoardLine], board_id: int) -> list[Field]:
    reason = Entry("reason", "Reason", hint=f"{view.person.handle} reads it", limit=sanctions.MAX_REASON)
    days = tuple((str(days), plural(days, "day")) for days in sanctions.SUSPENSIONS)
    if measure == "silence":
        everywhere = [(EVERYWHERE, "everywhere")] if view.may_moderate else []
        where = (*everywhere, *((str(line.id), f"in {line.title}") for line in mine))
        here = str(board_id) if any(line.id == board_id for line in mine) else where[0][0]
        return [Choice("board", "Where", where, here), Choice("days", "For how long", days, days[0][0]), reason]
    if measure == "suspend":
        return [Choice("days", "For how long", days, days[0][0]), reason]
    if measure == "ban":
        written = ((KEEP, "keep it"), (HIDE, "hide all of it"))
        return [Choice("written", "What they have written", written, KEEP), reason]
    return [reason]


async def _impose(place: Place, measure: str, handle: str, values: Values) -> Imposed:
    write, reason = place.ctx.write, values["reason"]
    if measure == "silence":
        board = int(values["board"]) if values["board"] != EVERYWHERE else None
        return await write(sanctions.silence, handle, int(values["days"]), reason, board=board)
    if measure == "suspend":
        return await write(sanctions.suspend, handle, int(values["days"]), reason)
    if measure == "ban":
        return await write(sanctions.ban, handle, reason, hide_all=values["written"] == HIDE)
    return await write(sanctions.warn, handle, reason)


def _holding(view: Profile) -> list[SanctionLine]:
    return [each for each in view.sanctions if each.in_force]


def _heaviest(view: Profile) -> SanctionLine:
    return min(_holding(view), key=lambda each: (HEAVIEST.index(each.kind), -each.id))


async def _lift(place: Place, view: Profile) -> None:
    """For a moderator the newest of the heaviest; for who moderates one board the newest silence there."""
    handle, heaviest = view.person.handle, _heaviest(view)
    where = f" in {heaviest.board}" if heaviest.board else ""
    question = f"Lift {LIFTED[heaviest.kind]}{where} of {handle}? They are told."
    if not await place.session.ask(question, "lift it", "leave it"):
        return
    in_board = None if view.may_moderate else heaviest.board_id
    done = await place.ctx.write(sanctions.reinstate, handle, board=in_board)
    await place.reload()
    still = "; ".join(each.words(place.ctx.zone) for each in done.in_force) if view.may_moderate else ""
    over = "Nothing else is in force." if view.may_moderate else ""
    place.say(f"Lifted. {f'Still in force: {still}.' if still else over}".rstrip())
