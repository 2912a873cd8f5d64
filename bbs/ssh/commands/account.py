"""Who you are here and your settings; and who the others are."""

from dataclasses import replace
from typing import Any

from bbs.errors import Invalid
from bbs.services import notices, people, roles
from bbs.ssh.commands.base import MAX_LINES, Run, argument, command, on_or_off
from bbs.views.members import PersonLine, Profile, role_words
from bbs.views.notices import Wishes


@command("whoami")
async def whoami(run: Run, *, as_json: bool) -> None:
    """Say who you are here."""
    profile = await run.ctx.read(people.profile, run.ctx.handle)
    if as_json:
        run.json(profile)
        return
    person = profile.person
    run.say(f"{person.handle} · {person.display_name} · {role_words(person.roles)}")
    for sanction in profile.sanctions:
        run.say(sanction.told(run.ctx.zone))


# -- others


@command("people", argument("WORDS", many=True, required=False))
async def people_(run: Run, words: tuple[str, ...], *, as_json: bool) -> None:
    """List members, or those whose name, work, sector or region hold the words."""
    online = run.ctx.forum.presence.members()
    page = await run.ctx.read(people.directory, " ".join(words), online=online, limit=MAX_LINES)
    if as_json:
        run.json_lines(page.people)
        return
    if not page.people:
        run.say("Nobody matches all these words.")
    for person in page.people:
        work = ", ".join(part for part in (person.job_title, person.organisation, person.sector, person.region) if part)
        run.offer(f"person {person.handle}", (person.handle, 24), person.display_name,
                  "online" if person.online else "", work)  # fmt: skip
    if page.more:
        run.say(f"The first {MAX_LINES} are shown; add words.")


@command("person", argument("HANDLE"))
async def person(run: Run, handle: str, *, as_json: bool) -> None:
    """Show one member's page."""
    online = run.ctx.forum.presence.members()
    profile = await run.ctx.read(people.profile, handle, online=online)
    run.json(profile) if as_json else _say_profile(run, profile)


def _say_profile(run: Run, profile: Profile) -> None:
    who = profile.person
    run.say(f"{who.handle} · {who.display_name} · {role_words(who.roles)}{' · online' if who.online else ''}")
    if profile.state == "closed":
        run.say("This account is closed.")
    for sanction in profile.sanctions:
        by = f" by {sanction.by}" if sanction.by else ""
        over = "" if sanction.in_force else "no longer "
        run.say(f"{over}{sanction.words(run.ctx.zone)}{by}, {run.ago(sanction.at)}: {sanction.reason}")
    for label, words in (*_work(who), ("Can help with", profile.can_help), ("Wants to learn", profile.wants_to_learn)):
        if words:
            run.say(f"{label}: {words}")
    run.say(f"Here since {run.moment(profile.joined_at)} · {profile.wrote}")
    if profile.invited_by:
        run.say(f"Invited by {profile.invited_by}")
    if profile.about:
        run.say()
        run.say(profile.about)
    if not profile.is_me:
        run.choices((f"Write to {who.handle}", f"dm {who.handle}"),
                    ("Read what you said to each other", f"dm {who.handle} --read"))  # fmt: skip


def _work(who: PersonLine) -> tuple[tuple[str, str], ...]:
    return (("Work", ", ".join(part for part in (who.job_title, who.organisation) if part)), ("Sector", who.sector),
            ("Region", who.region))  # fmt: skip


# -- one's own page and settings

PAGE = {"name": "display_name", "job-title": "job_title", "organisation": "organisation", "sector": "sector",
        "region": "region", "about": "about", "can-help": "can_help", "wants-to-learn": "wants_to_learn",
        "zone": "zone", "shows-online": "shows_online"}  # fmt: skip
"""What the member calls it, and the field."""
WISHES = {field.replace("_", "-"): field for field in Wishes.__slots__}
SWITCHES = frozenset(["shows-online", *WISHES]) - {"theme"}


@command("settings", argument("NAME", required=False), argument("VALUE", many=True, required=False))
async def settings(run: Run, name: str | None, value: tuple[str, ...], *, as_json: bool) -> None:
    """List your page and your settings, or give one a new value: settings zone Europe/London."""
    if name is not None:
        await _change(run, name, " ".join(value) or await run.ask(f"{name}: ", "VALUE"))
    found = await _settings(run)
    if as_json:
        run.json(found)
        return
    for key in found if name is None else [name]:
        run.say(f"{key}: {_words(found[key])}")
    if name is None:
        run.say("'settings NAME VALUE' changes one; 'plain', 'zone' and 'theme' from your next sign-in on.")


def _words(value: str | bool) -> str:  # noqa: FBT001 - what is said
    return ("on" if value else "off") if isinstance(value, bool) else value or "(nothing)"


async def _settings(run: Run) -> dict[str, Any]:
    profile = await run.ctx.read(people.profile, run.ctx.handle)
    wishes = await run.ctx.read(notices.wishes)
    page = {key: _of(profile, field) for key, field in PAGE.items()}
    return page | {key: getattr(wishes, field) for key, field in WISHES.items()}


def _of(profile: Profile, field: str) -> Any:
    return getattr(profile if hasattr(profile, field) else profile.person, field)


async def _change(run: Run, name: str, value: str) -> None:
    """Other settings stay as they are."""
    given: Any = on_or_off(value) if name in SWITCHES else value
    if name in WISHES:
        wishes = await run.ctx.read(notices.wishes)
        await run.ctx.write(notices.wish, replace(wishes, **{WISHES[name]: given}))
    elif name in PAGE:
        profile = await run.ctx.read(people.profile, run.ctx.handle)
        fields = {field: _of(profile, field) for field in PAGE.values()} | {PAGE[name]: given}
        await run.ctx.write(people.edit_profile, **fields)
    else:
        raise Invalid(f"There is no setting {name}; 'settings' lists them.")


@command("role", argument("HANDLE"), argument("ROLE", "roles_held", many=True))
async def role(run: Run, handle: str, roles_held: tuple[str, ...], *, as_json: bool) -> None:
    """Give a member these roles and take all others: member, facilitator, moderator, operator. Operators may."""
    held = await run.ctx.write(roles.set_roles, handle, roles_held)
    run.json({"handle": handle, "roles": held}) if as_json else run.say(f"{handle} is {role_words(held)} now.")
