"""`bbs member …` and `bbs invite`."""

import re
import sys
from datetime import timedelta
from pathlib import Path

import click
from sqlalchemy.orm import Session

from bbs import handles
from bbs.config import load_settings
from bbs.errors import Invalid
from bbs.passwords import Passwords, check_new
from bbs.services import forgetting, joining, members, recovery, roles, sanctions
from bbs.text import plural
from bbs.tool.base import echo_json, open_store, say, told
from bbs.views.members import ROLES, Leaving, role_words
from bbs.views.sanctions import LIFTED

NAMED = click.Choice(("member", *ROLES))
SPANS = {"h": "hours", "d": "days", "w": "weeks"}


@click.group()
def member() -> None:
    """Add members and change what they may do."""


def read_password(from_stdin: bool) -> str:  # noqa: FBT001 - the option's value
    """From standard input's first line, or asked for twice on the terminal."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def read_keys(path: Path) -> list[tuple[str, str]]:
    """(fingerprint, key) of each public key in a file. Raises Invalid."""
    from bbs.public_keys import read_public_keys, text_of  # noqa: PLC0415 - half a second that others need not wait

    return read_public_keys(text_of(path.read_bytes()))


@member.command("add")
@click.argument("handle")
@click.option("--role", "roles_held", multiple=True, type=NAMED, help="Once for each role.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--key", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A public key file.")
@click.option("--display-name", default="", help="The name that others see.")
@told
def add(handle: str, roles_held: tuple[str, ...], *, password_stdin: bool, key: Path | None, display_name: str) -> None:
    """Add a member, who signs in with a password, a key, or both."""
    handle = handles.check(handle)
    held = {role for role in roles_held if role != "member"}
    public = read_keys(key) if key else []
    password_hash = None
    if password_stdin or not public:
        password = read_password(password_stdin)
        check_new(password, handle, display_name)
        password_hash = Passwords().hash_now(password)

    def work(session: Session) -> None:
        member_id = members.add_member(session, handle, display_name=display_name, roles_held=held,
                                       password_hash=password_hash, zone=load_settings().zone)  # fmt: skip
        for fingerprint, line in public:
            members.add_key(session, member_id, fingerprint, line)
            session.flush()

    with open_store() as store:
        store.write_now(work)
    say(f"{handle} is a member now, as {role_words(held)}." if held else f"{handle} is a member now.")


@member.command("role")
@click.argument("handle")
@click.argument("roles_held", metavar="ROLE…", nargs=-1, required=True, type=NAMED)
@told
def role_(handle: str, roles_held: tuple[str, ...]) -> None:
    """Give a member these roles and take all others; 'member' takes all."""
    with open_store() as store:
        held = store.write_now(roles.set_roles, None, handle, roles_held)
    say(f"{handle} is {role_words(held)} now.")


@member.command("suspend")
@click.argument("handle")
@click.argument("days", type=int)
@click.argument("reason")
@told
def suspend(handle: str, days: int, reason: str) -> None:
    """Leave a member one page for 1, 3, 7 or 30 days. They read the reason; their live sessions end."""
    with open_store() as store:
        done = store.write_now(sanctions.suspend, None, handle, days, reason)
    say(f"{done.handle} is {done.sanction.words(load_settings().home_zone)}.")


@member.command("ban")
@click.argument("handle")
@click.argument("reason")
@click.option("--hide-all", is_flag=True, help="Hide every post and message of theirs too.")
@told
def ban(handle: str, reason: str, *, hide_all: bool) -> None:
    """Close an account. Its member reads the reason; their live sessions end."""
    with open_store() as store:
        done = store.write_now(sanctions.ban, None, handle, reason, hide_all=hide_all)
    say(f"{done.handle} is banned." + (f" Hidden: {plural(done.hidden, 'post or message', 'posts and messages')}."
                                      if hide_all else ""))  # fmt: skip


@member.command("reinstate")
@click.argument("handle")
@told
def reinstate(handle: str) -> None:
    """Lift a ban or the newest suspension or silence. What was before it holds again; the member is told."""
    zone = load_settings().home_zone
    with open_store() as store:
        done = store.write_now(sanctions.reinstate, None, handle)
    still = "; ".join(each.words(zone) for each in done.in_force)
    say(f"Lifted: {LIFTED[done.lifted.kind]} of {done.handle}." + (f" Still in force: {still}." if still else ""))


@member.command("passwd")
@click.argument("handle")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@told
def passwd(handle: str, *, password_stdin: bool) -> None:
    """Set a member's password; their live sessions end."""
    with open_store() as store:
        member_id = store.read_now(lambda session: members.member_named(session, handle).id)
        password = read_password(password_stdin)
        check_new(password, handle)
        store.write_now(members.set_password, member_id, Passwords().hash_now(password))
    say(f"{handle} has a new password now.")


@member.command("recover")
@click.argument("handle")
@told
def recover(handle: str) -> None:
    """Print a one-time code for a member who has lost their keys and password. Give it to them in person."""
    with open_store() as store:
        made = store.write_now(recovery.recover, handle)
    say(made.code)
    say(f"Good once, until {made.expires_at:%Y-%m-%d %H:%M} UTC. {handle} connects as 'join', says that they have an "
        "account, and gives this code.", err=True)  # fmt: skip


@member.command("forget")
@click.argument("handle")
@click.option("--erase", is_flag=True, help="Remove their posts and messages too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@told
def forget(handle: str, *, erase: bool, yes: bool) -> None:
    """Turn a member into 'a former member'. This cannot be undone.

    Their account is closed, and nobody has its handle again. What others have written of them stays, and so do older
    backups.
    """
    with open_store() as store:
        if not yes:
            say(_what_forgetting_does(store.read_now(forgetting.leaving, handle), erase=erase))
            click.confirm("Go on?", abort=True)
        done = store.write_now(forgetting.forget, handle, erase=erase)
    say(f"{done.handle} is 'a former member' now; {plural(done.posts, 'post')} {'erased' if erase else 'kept'}.")


def _what_forgetting_does(gone: Leaving, *, erase: bool) -> str:
    """In a few lines."""
    written = f"{plural(gone.posts, 'post')} and {plural(gone.messages, 'message')}"
    stays = "are removed; threads in which others wrote stay" if erase else "stay, under 'a former member'"
    return (
        f"This forgets {gone.handle}: name, page, keys, password, drafts, notices, answers and settings.\n"
        f"{written} {stays}. What others wrote of them stays.\n"
        f"Given up: {plural(gone.places, 'place')} in meetings to come. Those who wait move up.\n"
        "Their sessions end, and nobody can have the handle again.\n"
        "It cannot be undone. Let them take out what is theirs first: the command 'takeout', once they are signed in."
    )


@member.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@told
def list_(*, as_json: bool) -> None:
    """List everybody."""
    with open_store() as store:
        rows = store.read_now(members.all_members)
    if as_json:
        echo_json(rows)
        return
    for row in rows:
        seen = f"{row.last_seen_at:%Y-%m-%d %H:%M}" if row.last_seen_at else "never"
        say(f"{row.handle:<24}  {role_words(row.roles):<24}  {row.state:<9}  seen {seen:<16}  {row.display_name}")


def span(text: str) -> timedelta:
    """'14d' as a time. Raises Invalid."""
    found = re.fullmatch(r"(\d{1,4})([hdw])", text.strip())
    if found is None:
        raise Invalid("Write a time like 12h, 14d or 4w.")
    return timedelta(**{SPANS[found[2]]: int(found[1])})


@click.command()
@click.option("--uses", type=click.IntRange(1, 1000), default=1, show_default=True, help="How many may join with it.")
@click.option("--expires", default="14d", show_default=True, help="For how long it is good: 12h, 14d, 4w.")
@told
def invite(uses: int, expires: str) -> None:
    """Make an invitation code and print it."""
    good_for = span(expires)
    with open_store() as store:
        say(store.write_now(joining.invite, uses=uses, expires=good_for))
