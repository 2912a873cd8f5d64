"""What a restore says that it would undo, and what it does not bring back at all."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from bbs.backup.undone import Undone, lines
from bbs.errors import SignedOut
from bbs.services import (
    arranging,
    board_settings,
    codes,
    forgetting,
    imports_people,
    invitations,
    joining,
    members,
    messages,
    moderation,
    posts,
    recovery,
    roles,
    sanctions,
    sessions,
)
from bbs.services.meetings import calling
from bbs.store import Store
from bbs.views.members import Device
from tests.backup.conftest import Operator
from tests.conftest import Group, make_group
from tests.meetings import call
from tests.services.test_imports import bring, letter

FINGERPRINT = "SHA256:AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg"


def asked(operator: Operator, backup: str = "forum.backup") -> str:
    """What stands above the question; nothing is restored."""
    said = operator("restore", backup, given="n\n", status=1).stdout
    return said[: said.index(f"Put {backup} in the place of")]


def said_of(said: str, what: str) -> str:
    """The names under one heading."""
    after = said.splitlines()
    begin = next(number for number, line in enumerate(after) if line.startswith(what))
    rest = after[begin + 1 :]
    end = next((number for number, line in enumerate(rest) if not line.startswith("    ")), len(rest))
    return " ".join(" ".join(rest[:end]).split())


def changed(operator: Operator, before: Callable[[Group], Any], after: Callable[[Group, Any], Any]) -> str:
    """What a restore would undo of what was done after the backup."""
    operator.clock.at = datetime.now(UTC) - timedelta(hours=1)

    def first(store: Store) -> tuple[Group, Any]:
        group = make_group(store, operator.clock)
        return group, before(group)

    group, made = operator.run(first)
    operator("backup", "forum.backup")

    def second(store: Store) -> None:
        group.store = store
        after(group, made)

    operator.run(second)
    return asked(operator)


def test_a_restore_says_by_name_what_it_would_undo(operator: Operator) -> None:
    def before(group: Group) -> None:
        write = group.store.write_now
        write(members.add_key, group.id("isla"), FINGERPRINT, "ssh-ed25519 AAAA", "laptop")
        group.add("una", password_hash="old")
        for handle in ("finn", "angus", "eilidh", "murdo"):
            group.add(handle)
        write(partial(members.add_member, handle="iain", state="applied", application="Let me in"))
        group.do("morag", sanctions.ban, "finn", "Spam")
        group.do("morag", board_settings.set_board_people, "general", moderates=["ross"])

    def after(group: Group, _made: None) -> None:
        group.do("morag", sanctions.ban, "ross", "Abuse")
        group.do("morag", sanctions.suspend, "isla", 30, "Rude")
        group.do("morag", sanctions.silence, "eilidh", 3, "Loud", board="general")
        group.do("morag", sanctions.warn, "angus", "Please")
        group.do("morag", sanctions.reinstate, "finn")
        write = group.store.write_now
        write(lambda s: s.execute(text("DELETE FROM member_keys")) and None)
        write(lambda s: s.execute(text("UPDATE members SET state = 'refused' WHERE handle = 'iain'")) and None)
        write(members.add_key, group.id("angus"), "SHA256:new", "ssh-ed25519 BBBB")
        write(members.set_password, group.id("una"), "new")
        write(members.set_password, group.id("angus"), "first")
        write(roles.set_roles, None, "heather", ["member"])
        write(roles.set_roles, None, "eilidh", ["facilitator"])
        group.do("morag", board_settings.set_board_people, "general", moderates=[])
        write(members.add_member, "dougal")
        write(partial(forgetting.forget, handle="murdo", erase=False))

    said = changed(operator, before, after)
    for what, names in (
        ("Members forgotten since, and there again (1):", "murdo"),
        ("Banned since, and free of it again (1):", "ross"),
        ("Suspended since, and free of it again (1):", "isla until "),
        ("Silenced since, and free of it again (1):", "eilidh in general until "),
        ("Refused since, and no longer (1):", "iain"),
        ("Keys removed since, which sign in again (1):", "isla SHA256:AbCdEfGhIjKl… 'laptop'"),
        ("Passwords changed since: those from before are valid again (1):", "una"),
        (
            "Rights taken away since, and held again (3):",
            "heather facilitator, heather moderator, ross moderates general",
        ),
        ("Banned then, and again (1):", "finn"),
        ("Keys added since, and lost (1):", "angus SHA256:new"),
        ("First passwords chosen since, and lost (1):", "angus"),
        ("Rights given since, and lost (1):", "eilidh facilitator"),
        ("Warnings given since, and lost (1):", "angus"),
        ("Accounts made since, and lost (1):", "dougal"),
    ):
        assert said_of(said, what).startswith(names), said
    assert said.index("Banned since") < said.index("Keys removed") < said.index("Banned then") < said.index("Accounts")


def test_what_was_hidden_or_closed_is_said_too(operator: Operator) -> None:
    def before(group: Group) -> dict[str, Any]:
        said = [group.do("ross", posts.start_thread, "general", f"Thread {n}", f"Words {n}") for n in range(5)]
        bring(group, letter(1, name="Morven Bain", address="morven@x.org"))
        group.store.write_now(board_settings.add_board, None, "committee", "Committee")
        group.do("morag", board_settings.add_board, "closed", "Closed", kind="private")
        group.do("ross", messages.send_message, "isla", "Buy")
        day = operator.clock.at + timedelta(days=30)
        meeting = call(group, starts=f"{day:%Y-%m-%d} 14:00", title="Coffee")
        return {"posts": said, "meeting": meeting}

    def after(group: Group, made: dict[str, Any]) -> None:
        one, two, three, four, _five = made["posts"]
        group.do("heather", moderation.hide_post, one.post_id, "Spam")
        group.do("heather", moderation.edit_out, three.post_id, "Other words")
        group.do("ross", posts.delete_post, two.post_id)
        group.do("morag", board_settings.edit_board, "committee", kind="private")
        group.do("morag", arranging.move_thread, four.thread_id, "closed", agreed=True)
        group.do("heather", calling.cancel, made["meeting"], "No room")
        group.store.write_now(partial(imports_people.forget, who="morven@x.org", erase=True))
        group.store.write_now(lambda s: s.execute(text("UPDATE messages SET hidden_at = sent_at")) and None)

    said = changed(operator, before, after)
    for what, names in (
        ("Boards made private since, and open again (1):", "committee"),
        ("Threads moved into a private board since, and open again (1):", "Thread 3"),
        ("Posts hidden since, and shown again (1):", "#1"),
        ("Posts deleted since, and shown again (2):", "#2, #6"),
        ("Messages hidden since, and shown again, of (1):", "ross"),
        ("Posts from which words were edited out since, and have them again (1):", "#3"),
        ("Meetings cancelled since, and on again (1):", "Coffee"),
        ("People of the imported history forgotten since, and named again (1):", "Morven Bain"),
    ):
        assert said_of(said, what) == names, said


def test_nothing_to_undo_says_nothing(operator: Operator) -> None:
    assert changed(operator, lambda group: group.do("ross", posts.start_thread, "general", "T", "B"),
                   lambda _group, _made: None) == ""  # fmt: skip


def test_five_hundred_of_each_can_be_read_on_a_terminal_of_eighty_columns() -> None:
    names = [f"somebody{number}" for number in range(500)]
    groups = [Undone("Banned since", names), Undone("Accounts lost", names, 20),
              Undone("Long", ["x" * 300, "ESC \x1b[31m"])]  # fmt: skip
    said = list(lines(groups, 78, whole=False))
    assert max(map(len, said)) <= 78
    assert len(said) < 110
    assert all(name in "\n".join(said) for name in names)
    assert "somebody19, and 480 more" in "\n".join(said)
    assert "\x1b" not in "".join(said)
    assert "\n".join(lines(groups, 78, whole=True)).count("somebody499") == 2  # to a file


@pytest.mark.parametrize("damaged", [b"", b"x" * 100_000], ids=["empty", "garbage"])
def test_what_cannot_be_read_is_replaced_and_kept(on_sqlite: Operator, damaged: bytes) -> None:
    held = on_sqlite.content()
    on_sqlite("backup", "forum.backup")
    database = on_sqlite.folder / "data/staffroom.db"
    database.write_bytes(damaged)
    said = on_sqlite("restore", "forum.backup", "--yes").stdout
    assert ("nobody knows what this undoes" in said) == bool(damaged)
    assert on_sqlite.content() == held
    assert [path.read_bytes() for path in database.parent.glob("staffroom.db.before-restore-*")] == [damaged]


def test_another_host_key_is_said(operator: Operator) -> None:
    key = operator.settings.host_key
    key.write_text("that one")
    key.chmod(0o600)
    operator("backup", "forum.backup")
    assert "host key" not in asked(operator)
    key.write_text("this one")
    assert "another host key" in asked(operator)


# -- codes and sessions


def test_invitations_that_are_good_again_are_said(operator: Operator) -> None:
    codes_made: dict[str, str] = {}

    def before(group: Group) -> None:
        for name in ("used", "withdrawn", "open"):
            codes_made[name] = group.do("isla", invitations.make, "members").code
        codes_made["first"] = group.store.write_now(joining.invite, role="operator")
        group.store.write_now(joining.invite, expires=timedelta(minutes=1))

    def after(group: Group, _made: None) -> None:
        admission = joining.Admission("invite", codes_made["used"])
        group.store.write_now(joining.join, admission, "dougal", "Dougal", "hash")
        withdrawn = group.read("isla", invitations.own_invitations)[1].id
        group.do("isla", invitations.withdraw, withdrawn)
        group.store.write_now(joining.join, joining.Admission("invite", codes_made["first"]), "effie", "Effie", "hash")
        group.store.write_now(lambda s: s.execute(text("UPDATE invitations SET uses_left = 0 WHERE id > 4")) and None)

    said = changed(operator, before, after)
    names = said_of(said, "Invitation codes used or withdrawn since, and good again (3):")
    assert names == (
        "isla (used by dougal), isla (withdrawn or used), the operator's (used by effie, makes an operator)"
    )
    operator("restore", "forum.backup", "--yes")
    operator.run(
        lambda store: store.write_now(joining.check_admission, joining.Admission("invite", codes_made["used"]))
    )


def test_no_code_for_an_account_and_no_session_comes_back(operator: Operator) -> None:
    """A code was used or withdrawn since, and a server that stood still for a minute may still hold a session."""
    held: dict[str, Any] = {}

    def before(store: Store) -> None:
        group = make_group(store, operator.clock)
        device = Device(address="127.0.0.1", client="ssh", server_id="gone", source="127.0.0.1")
        store.write_now(sessions.begin, group.id("isla"), 0, device)
        held["codes"] = [store.write_now(recovery.recover, "isla").code,
                         store.write_now(codes.make, group.id("isla"), "device").code]  # fmt: skip
        held["group"] = group

    def look(session: Session) -> tuple[list[str], int]:
        isla = held["group"].id("isla")
        good = [codes.purpose_of(session, isla, code) for code in held["codes"]]
        return good, session.scalar(text("SELECT count(*) FROM member_sessions")) or 0

    operator.run(before)
    assert operator.run(lambda store: store.read_now(look)) == (["recovery", "device"], 1)
    operator("backup", "forum.backup", "--verify")
    operator("restore", "forum.backup", "--yes")
    assert operator.run(lambda store: store.read_now(look)) == (["", ""], 0)
    if not operator.settings.url.startswith("sqlite"):  # there a lock keeps all servers away
        with pytest.raises(SignedOut):
            operator.run(lambda store: store.read_now(members.actor, held["group"].tickets["isla"]))
