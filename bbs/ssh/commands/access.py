"""How you get in: your keys, sessions and password; and letting others in."""

import click

from bbs.password_change import change_password
from bbs.public_keys import read_public_keys
from bbs.services import invitations, keys, sessions
from bbs.ssh.commands.base import Run, argument, command, number, option
from bbs.text import excerpt
from bbs.views.members import Access, KeyLine, MadeCode


@command("password")
async def password(run: Run, *, as_json: bool) -> None:
    """Change your password. All your sessions end, this one too."""
    how = "an answer in plain mode"
    old = await run.ask("Your present password (nothing, if you have none): ", how, secret=True)
    chosen = await run.ask("The new one: ", how, secret=True)
    again = await run.ask("The new one again: ", how, secret=True)
    await change_password(run.ctx, old, chosen, again)
    run.json({"changed": True}) if as_json else run.say("Your password is changed.")


def _what(*words: str) -> click.Argument:
    return argument("|".join(words), "what", kind=click.Choice(words), required=False)


@command("keys", _what("list", "add", "remove", "rename", "code", "withdraw"),
         argument("ID|KEY", "given", many=True, required=False),
         option("--name", default="", help="What you call the key: 'Work laptop'."), takes_any_word=True)  # fmt: skip
async def keys_(run: Run, what: str | None, given: tuple[str, ...], name: str, *, as_json: bool) -> None:
    """List your public keys, add some, rename or remove one, or make a code with which another device adds its own.

    Those to add follow the word, or come from standard input, a line each. 'withdraw' makes your codes useless.
    """
    if what == "add":
        wanted = read_public_keys(" ".join(given) or await run.pasted_keys("Public key: "))
        before = {key.id for key in await run.ctx.read(keys.own_keys)}
        for key in await run.ctx.write(keys.add_keys, run.ctx.proved_at, wanted, name):
            done = "There already" if key.id in before else "Added"
            run.json(key) if as_json else run.say(f"{done}: key {key.id}, {_named(key)}, {key.fingerprint}")
        return
    if len(given) > (what in {"remove", "rename"}):
        raise click.UsageError(f"Got an unexpected word ({excerpt(given[-1], 30)})")
    if what == "code":
        made = await run.ctx.write(keys.device_code, run.ctx.proved_at)
        run.json(made) if as_json else _say_device_code(run, made)
    elif what == "withdraw":
        withdrawn = await run.ctx.write(keys.withdraw_codes)
        says = "Your codes are good for nothing now." if withdrawn else "You have no code that is still good."
        run.json({"withdrawn": withdrawn}) if as_json else run.say(says)
    elif what in {"remove", "rename"}:
        key_id = number(given[0] if given else await run.ask("Which: ", "ID"))
        if what == "remove":
            alone = run.ctx.forum.settings.staff_keys_only
            await run.ctx.write(keys.remove_key, key_id, staff_keys_only=alone)
            run.json({"key_id": key_id, "removed": True}) if as_json else run.say(f"Removed: key {key_id}")
        else:
            name = name or await run.ask("Its name: ", "--name WORDS")
            await run.ctx.write(keys.rename_key, key_id, name)
            run.json({"key_id": key_id, "name": name}) if as_json else run.say(f"Renamed: key {key_id}, {name}")
    else:
        found = await run.ctx.read(keys.access)
        run.json_lines(found.keys) if as_json else _say_keys(run, found)


def _named(key: KeyLine) -> str:
    return f"{key.name}, {key.kind}" if key.name else key.kind


def _say_device_code(run: Run, made: MadeCode) -> None:
    run.say(made.code)
    run.say(f"Good once, until {run.moment(made.expires_at)}. On the other device connect as 'join', say that you have "
            "an account, and give your handle and this code.")  # fmt: skip


def _say_keys(run: Run, found: Access) -> None:
    if not found.keys:
        run.say("No keys. You sign in with your password.")
    for key in found.keys:
        used = run.moment(key.last_used_at) if key.last_used_at else "never"
        run.row(f"key {key.id}", _named(key), key.fingerprint, f"added {run.moment(key.added_at)}, used {used}")
    for code in found.codes:
        what = "for another device" if code.purpose == "device" else "with which you can be let in again"
        run.say(f"A code {what} is good until {run.moment(code.expires_at)}; 'keys withdraw' makes it useless.")


@command("sessions", _what("list", "end"), argument("ID", "which", required=False))
async def sessions_(run: Run, what: str | None, which: str | None, *, as_json: bool) -> None:
    """List where you are signed in, or end one of these sessions."""
    if what == "end":
        session_id = number(which or await run.ask("Which: ", "ID"))
        await run.ctx.write(sessions.end_session, session_id)
        run.json({"session_id": session_id, "ended": True}) if as_json else run.say(f"Ended: session {session_id}")
        return
    found = await run.ctx.read(sessions.own_sessions, run.ctx.ticket.session_id)
    if as_json:
        run.json_lines(found)
        return
    for line in found:
        run.row(f"session {line.id}", line.address, line.client, f"by {line.opened_by}",
                f"since {run.moment(line.began_at)}", "this one" if line.is_this else "")  # fmt: skip


@command("invite", _what("list", "withdraw"), argument("ID", "which", required=False))
async def invite(run: Run, what: str | None, which: str | None, *, as_json: bool) -> None:
    """Make a code with which one person can join, list those that you made, or withdraw one."""
    if what == "withdraw":
        invitation_id = number(which or await run.ask("Which: ", "ID"))
        await run.ctx.write(invitations.withdraw, invitation_id)
        done = {"invitation_id": invitation_id, "withdrawn": True}
        run.json(done) if as_json else run.say(f"Withdrawn: invitation {invitation_id}")
    elif what == "list":
        await _list_invitations(run, as_json=as_json)
    else:
        made = await run.ctx.write(invitations.make, run.ctx.forum.settings.invitations)
        if as_json:
            run.json(made)
            return
        run.say(made.code)
        run.say(f"Good for one person, until {run.moment(made.expires_at)}. They connect as 'join' and type it there. "
                "Moderators see whom you have invited.")  # fmt: skip


async def _list_invitations(run: Run, *, as_json: bool) -> None:
    found = await run.ctx.read(invitations.own_invitations)
    if as_json:
        run.json_lines(found)
        return
    if not found:
        run.say("You have invited nobody.")
    for line in found:
        run.row(f"invitation {line.id}", f"made {run.moment(line.made_at)}", line.state(run.ctx.now(), run.ctx.zone))
