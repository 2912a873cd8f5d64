"""The list of where a member is signed in, and ending one of these sessions."""

import pytest
from sqlalchemy import select

from bbs.errors import NotFound, SignedOut
from bbs.events import Event, SessionsEnded
from bbs.models import MemberSession
from bbs.models.events import EventRow
from bbs.services import codes, keys, members, servers, sessions
from bbs.views.members import Device, Ticket
from tests.conftest import Group

HERE = "a" * 32


@pytest.fixture
def served(group: Group) -> Group:
    """A forum with one serving process."""
    if not group.store.is_sqlite:
        group.store.write_now(servers.register, HERE, "forum-1", 412)
    return group


def enter(group: Group, handle: str, *, key: str = "", address: str = "10.0.0.7", server: str = HERE) -> Ticket:
    device = Device(address, address, "OpenSSH 9.2p1", server)
    ticket = group.store.write_now(members.sign_in, group.id(handle), key, device=device).ticket
    assert ticket
    return ticket


def ends(group: Group) -> list[SessionsEnded]:
    rows = group.store.read_now(lambda s: s.execute(select(EventRow.name, EventRow.body).order_by(EventRow.id)).all())
    found = [Event.from_json(row.name, row.body) for row in rows]
    return [event for event in found if isinstance(event, SessionsEnded)]


def test_a_member_sees_their_own_sessions_and_which_one_asks(served: Group) -> None:
    served.store.write_now(members.add_key, served.id("isla"), "SHA256:a", "ssh-ed25519 A", "Work laptop")
    here, there = enter(served, "isla", key="SHA256:a"), enter(served, "isla", address="2001:db8::1")
    enter(served, "ross")
    lines = served.read("isla", sessions.own_sessions, here.session_id)
    assert [(line.id, line.address, line.client, line.opened_by, line.is_this) for line in lines] == [
        (there.session_id, "2001:db8::1", "OpenSSH 9.2p1", "password", False),
        (here.session_id, "10.0.0.7", "OpenSSH 9.2p1", "Work laptop", True),
    ]
    served.store.write_now(sessions.ended, {there.session_id})
    assert [line.id for line in served.read("isla", sessions.own_sessions)] == [here.session_id]


def test_ending_one_session_is_told_to_all_processes_and_leaves_the_others(served: Group) -> None:
    here, there = enter(served, "isla"), enter(served, "isla")
    served.do("isla", sessions.end_session, there.session_id)
    assert [line.id for line in served.read("isla", sessions.own_sessions)] == [here.session_id]
    (event,) = ends(served)
    assert (event.member_id, event.key_id, event.session_id) == (served.id("isla"), 0, there.session_id)


@pytest.mark.parametrize("number", [1, 2**31, 2**70])
def test_nobody_ends_the_session_of_somebody_else(served: Group, number: int) -> None:
    theirs = enter(served, "ross")
    for wanted in (theirs.session_id, theirs.session_id + number):
        with pytest.raises(NotFound):
            served.do("isla", sessions.end_session, wanted)
    assert ends(served) == []


def test_what_ends_a_session_takes_back_the_code_that_it_may_have_made(served: Group) -> None:
    """Whoever sat there for a minute could come back with it."""
    there = enter(served, "isla")
    made = served.do("isla", keys.device_code, served.clock())
    served.do("isla", sessions.end_session, there.session_id)
    assert not served.store.write_now(codes.take, served.id("isla"), made.code)
    made = served.do("isla", keys.device_code, served.clock())
    served.store.write_now(members.set_password, served.id("isla"), "hash")
    assert not served.store.write_now(codes.take, served.id("isla"), made.code)


def test_a_new_password_empties_the_list_and_ends_every_session(served: Group) -> None:
    enter(served, "isla")
    served.store.write_now(members.set_password, served.id("isla"), "hash")
    with pytest.raises(SignedOut):
        served.read("isla", sessions.own_sessions)
    now = enter(served, "isla")
    served.tickets["isla"] = now
    assert [line.id for line in served.read("isla", sessions.own_sessions)] == [now.session_id]


def test_sessions_of_a_process_that_died_are_not_there_and_are_removed_by_the_next(served: Group) -> None:
    dead = enter(served, "isla", server="b" * 32)
    if not served.store.is_sqlite:  # there one process alone serves the forum, and begins with an empty list
        alive = enter(served, "isla")
        assert [line.id for line in served.read("isla", sessions.own_sessions)] == [alive.session_id]
        served.store.write_now(sessions.forget_dead)
        with pytest.raises(NotFound):
            served.do("isla", sessions.end_session, dead.session_id)
        served.do("isla", sessions.end_session, alive.session_id)
    served.store.write_now(sessions.forget_dead)
    assert served.read("isla", sessions.own_sessions) == ()


def test_who_is_refused_has_no_session(served: Group) -> None:
    waiting = served.store.write_now(members.add_member, "angus", state="applied")
    signed_in = served.store.write_now(members.sign_in, waiting, device=Device("10.0.0.7", "10.0.0.7", "x", HERE))
    assert signed_in.ticket is None
    assert served.store.read_now(lambda s: s.scalar(select(MemberSession.id))) is None
