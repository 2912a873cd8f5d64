"""What moderators and operators do on a member's page: measures against the member, and roles."""

from collections.abc import Sequence

from bbs.services import roles, sanctions
from bbs.text import plural
from bbs.views.members import ROLES, Profile
from bbs.views.sanctions import HEAVIEST, LIFTED, Imposed, SanctionLine
from screens import styles
from screens.forms.fields import Check, Field, FormSpec, Values
from screens.place import Place
from screens.rows import Row, gap_row, heading_row, text_row

MEASURES = (("w", "warn"), ("s", "silence"), ("d", "suspend"), ("b", "ban"))
EXPLAINED = "w warns, s silences (reads, cannot write), d suspends (one page only), b bans"


async def take_measure(place: Place, view: Profile) -> None:
    """Choose what is done, for how long, and say why: the member reads the reason."""
    handle = view.person.handle
    holding = [each for each in view.sanctions if each.in_force]
    lifts = f", l lifts {LIFTED[_heaviest(holding).kind]}" if holding else ""
    choices = [*([("l", "lift")] if holding else []), *MEASURES]
    chosen = await place.session.choose(f"{handle}: {EXPLAINED}{lifts}.", choices)
    if chosen == "l":
        await _lift(place, handle, _heaviest(holding))
    elif chosen:
        done = await {"w": _warn, "s": _silence, "d": _suspend, "b": _ban}[chosen](place, handle)
        if done is not None:
            await place.reload()
            hidden = f" Hidden: {plural(done.hidden, 'post or message', 'posts and messages')}." if done.hidden else ""
            place.say(f"{handle} is {done.sanction.words(place.ctx.zone)} and reads why.{hidden}")


async def _warn(place: Place, handle: str) -> Imposed | None:
    reason = await _reason(place, handle)
    return await place.ctx.write(sanctions.warn, handle, reason) if reason else None


async def _silence(place: Place, handle: str) -> Imposed | None:
    board = await _board(place)
    days = await _days(place, f"Silence {handle} for:") if board is not None else 0
    reason = await _reason(place, handle) if days else ""
    return await place.ctx.write(sanctions.silence, handle, days, reason, board=board or None) if reason else None


async def _suspend(place: Place, handle: str) -> Imposed | None:
    days = await _days(place, f"Suspend {handle} for:")
    reason = await _reason(place, handle) if days else ""
    return await place.ctx.write(sanctions.suspend, handle, days, reason) if reason else None


async def _ban(place: Place, handle: str) -> Imposed | None:
    chosen = await place.session.choose(f"What {handle} has written:", [("k", "keep it"), ("h", "hide all of it")])
    reason = await _reason(place, handle) if chosen else ""
    return await place.ctx.write(sanctions.ban, handle, reason, hide_all=chosen == "h") if reason else None


async def _reason(place: Place, handle: str) -> str:
    return await place.session.prompt(f"Reason, which {handle} reads")


async def _days(place: Place, question: str) -> int:
    """0 where the member leaves the question."""
    choices = [(letter, plural(days, "day")) for letter, days in zip("abcd", sanctions.SUSPENSIONS, strict=True)]
    chosen = await place.session.choose(question, choices)
    return sanctions.SUSPENSIONS["abcd".index(chosen)] if chosen else 0


async def _board(place: Place) -> str | None:
    """'' for everywhere, None where the member leaves the question."""
    where = await place.session.choose("Where?", [("e", "everywhere"), ("b", "in one board")])
    if where != "b":
        return "" if where else None
    return await place.session.prompt("In which board? Its short name", limit=32) or None


def _heaviest(holding: Sequence[SanctionLine]) -> SanctionLine:
    return min(holding, key=lambda each: (HEAVIEST.index(each.kind), -each.id))


async def _lift(place: Place, handle: str, heaviest: SanctionLine) -> None:
    if not await place.session.ask(f"Lift {LIFTED[heaviest.kind]} of {handle}? They are told.", "lift it", "leave it"):
        return
    done = await place.ctx.write(sanctions.reinstate, handle)
    await place.reload()
    still = "; ".join(each.words(place.ctx.zone) for each in done.in_force)
    place.say(f"Lifted. {f'Still in force: {still}.' if still else 'Nothing else is in force.'}")


def measure_rows(place: Place, view: Profile) -> list[Row]:
    """What is in force, and for moderators what was before."""
    rows = [text_row(("This account is closed.", styles.WARN))] if view.state == "closed" else []
    rows += [text_row((_in_words(each, place), styles.WARN)) for each in view.sanctions if each.in_force]
    return rows


def past_rows(place: Place, view: Profile) -> list[Row]:
    """What was decided before and is over."""
    over = [text_row((_in_words(each, place), styles.DIM)) for each in view.sanctions if not each.in_force]
    return [gap_row(), heading_row("Before"), *over] if over else []


def _in_words(each: SanctionLine, place: Place) -> str:
    words = each.words(place.ctx.zone)
    return f"{words[0].upper()}{words[1:]}{f' by {each.by}' if each.by else ''}: {each.reason}"


async def give_roles(place: Place, view: Profile) -> None:
    """Tick what a member is to be. They are told."""
    handle, held = view.person.handle, view.person.roles

    async def change(values: Values) -> bool:
        await place.ctx.write(roles.set_roles, handle, [role for role in ROLES if values[role] == "yes"])
        return True

    fields: list[Field] = [Check(role, role.capitalize(), "yes" if role in held else "no", hint=DOES[role])
                           for role in ROLES]  # fmt: skip
    notes = [f"{handle} is told. Who moderates one board is set in the list of boards."]
    if await place.session.form(FormSpec(f"Roles of {view.person.display_name}", fields, change, done="Save",
                                         notes=notes)):  # fmt: skip
        await place.reload()
        place.say("Saved.")


DOES = {"facilitator": "calls meetings", "moderator": "looks after all boards", "operator": "runs the forum"}
