"""`bbs import people`, `claim`, `unclaim` and `forget`: who wrote the imported history."""

import click

from bbs.services import imports_people
from bbs.text import plural
from bbs.tool.base import echo_json, open_store, say, told

_WHO = click.argument("who", metavar="ADDRESS|'NAME <ADDRESS>'")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@told
def people(*, as_json: bool) -> None:
    """List the imported authors: what they wrote, and what to pass to 'bbs import claim'."""
    with open_store() as store:
        found = store.read_now(imports_people.people)
    if as_json:
        echo_json(found)
        return
    for person in found:
        first, last = person.first_at.year, person.last_at.year
        years = f"{first}" if first == last else f"{first} to {last}"
        member = f"; is the member {person.claimed_by}" if person.claimed_by else ""
        say(f"{person.name}: {plural(person.posts, 'post')}, {years}, last in '{person.last_title}'{member}")
        say(f"    {_quoted(person.claim_as)}")
    if not found:
        say("Nobody: no mailing list has been imported.")


def _quoted(who: str) -> str:
    """As it can be typed in a shell."""
    escaped = who.replace("'", "'\\''")
    return f"'{escaped}'" if not who.replace("@", "").replace(".", "").replace("-", "").isalnum() else who


@click.command()
@_WHO
@click.argument("handle")
@told
def claim(who: str, handle: str) -> None:
    """Say that the one who wrote from this address is the member HANDLE, who is told of it."""
    with open_store() as store:
        done = store.write_now(imports_people.claim, who, handle)
    say(f"What {done.name} wrote to the list ({plural(done.posts, 'post')}) is shown as {done.handle}'s now.")


@click.command()
@_WHO
@told
def unclaim(who: str) -> None:
    """Take a claim back: what was written is nobody's again. The member is told."""
    with open_store() as store:
        done = store.write_now(imports_people.unclaim, who)
    say(f"What {done.name} wrote to the list ({plural(done.posts, 'post')}) is not shown as {done.handle}'s any more.")


@click.command()
@_WHO
@click.option("--erase", is_flag=True, help="Remove what they wrote too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@told
def forget(who: str, *, erase: bool, yes: bool) -> None:
    """Turn an author into 'a former member'. This cannot be undone.

    Their name and address are forgotten. What others have quoted of them stays, and so do older backups.
    """
    with open_store() as store:
        if not yes:
            words = "and their words" if erase else "and keep their words"
            click.confirm(f"Forget the name and address of {who!r} {words}? This cannot be undone.", abort=True)
        done = store.write_now(imports_people.forget, who, erase=erase)
    say(f"{done.name} is 'a former member' now; {plural(done.posts, 'post')} {'erased' if erase else 'kept'}.")
    if done.handle:
        say(f"{done.handle}, who had claimed them, is told.")
