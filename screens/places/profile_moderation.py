"""What moderators and operators see and do on a member's page: measures that were taken, and roles."""

from bbs.services import roles
from bbs.views.members import ROLES, Profile
from bbs.views.sanctions import SanctionLine
from screens import styles
from screens.forms.fields import Check, Field, FormSpec, Values
from screens.place import Place
from screens.rows import Row, gap_row, heading_row, text_row


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
