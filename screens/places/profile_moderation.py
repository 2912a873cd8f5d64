"""What moderators and operators do on a member's page: measures against the member, and roles."""

from collections.abc import Sequence

from bbs.services import roles, sanctions
from bbs.text import plural
from bbs.views.members import ROLES, Profile
from bbs.views.sanctions import HEAVIEST, LIFTED, SanctionLine
from screens import styles
from screens.forms.fields import Check, Field, FormSpec, Values
from screens.place import Place
from screens.rows import Row, heading_row, text_row

MEASURES = (("w", "warn"), ("s", "silence: reads, cannot write"), ("d", "suspend: one page only"), ("b", "ban"),
            ("h", "ban, hide everything"))  # fmt: skip


async def take_measure(place: Place, view: Profile) -> None:
    """Choose what is done, for how long, and say why: the member reads the reason."""
    handle = view.person.handle
    holding = [each for each in view.sanctions if each.in_force]
    lifting = [("l", f"lift {LIFTED[_heaviest(holding).kind]}")] if holding else []
    chosen = await place.session.choose(f"{handle}:", [*MEASURES, *lifting])
    if chosen == "l":
        await _lift(place, handle, _heaviest(holding))
        return
    board = await _board(place) if chosen == "s" else ""
    days = await _days(place, handle, "Silence" if chosen == "s" else "Suspend") if chosen in {"s", "d"} else 0
    if not chosen or board is None or days is None:
        return
    reason = await place.session.prompt(f"Reason, which {handle} reads")
    if not reason:
        return
    await _impose(place, handle, chosen, days, reason, board)


def _heaviest(holding: Sequence[SanctionLine]) -> SanctionLine:
    return min(holding, key=lambda each: (HEAVIEST.index(each.kind), -each.id))


async def _days(place: Place, handle: str, verb: str) -> int | None:
    letters = "abcd"
    choices = list(zip(letters, (plural(days, "day") for days in sanctions.SUSPENSIONS), strict=True))
    chosen = await place.session.choose(f"{verb} {handle} for:", choices)
    return sanctions.SUSPENSIONS[letters.index(chosen)] if chosen else None


async def _board(place: Place) -> str | None:
    """'' for everywhere, None where the member leaves the question."""
    where = await place.session.choose("Where?", [("e", "everywhere"), ("b", "in one board")])
    if where != "b":
        return "" if where else None
    return await place.session.prompt("In which board? Its short name", limit=32) or None


async def _impose(place: Place, handle: str, chosen: str, days: int, reason: str, board: str) -> None:
    write = place.ctx.write
    if chosen == "w":
        done = await write(sanctions.warn, handle, reason)
    elif chosen == "s":
        done = await write(sanctions.silence, handle, days, reason, board=board or None)
    elif chosen == "d":
        done = await write(sanctions.suspend, handle, days, reason)
    else:
        done = await write(sanctions.ban, handle, reason, hide_all=chosen == "h")
    await place.reload()
    hidden = f" {plural(done.hidden, 'post or message', 'posts and messages')} hidden." if done.hidden else ""
    place.say(f"{handle} is {done.sanction.words(place.ctx.zone)} and reads why.{hidden}")


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
    over = [each for each in view.sanctions if not each.in_force]
    return [heading_row("Before"), *(text_row((_in_words(each, place), styles.DIM)) for each in over)] if over else []


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
