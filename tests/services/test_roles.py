"""Roles: several for one person, given by operators, and told to whom they are given."""

import pytest

from bbs.errors import Conflict, Forbidden, Invalid, NotFound
from bbs.services import notices, people, queue_views, roles
from tests.conftest import Group
from tests.meetings import call


def held(group: Group, handle: str) -> tuple[str, ...]:
    return group.read("ross", people.profile, handle).person.roles


def test_one_person_can_hold_several_and_lists_say_so(group: Group) -> None:
    assert group.do("morag", roles.set_roles, "isla", ["operator", "facilitator"]) == ("facilitator", "operator")
    assert held(group, "isla") == ("facilitator", "operator")
    listed = {person.handle: person.roles for person in group.read("ross", people.directory).people}
    assert listed == {
        "heather": ("facilitator", "moderator"),
        "isla": ("facilitator", "operator"),
        "morag": ("facilitator", "operator"),
        "ross": (),
    }


def test_what_is_not_named_is_taken(group: Group) -> None:
    group.do("morag", roles.set_roles, "heather", ["member"])
    assert held(group, "heather") == ()
    with pytest.raises(Forbidden, match="Only moderators can"):
        group.read("heather", queue_views.queue_list)


def test_the_member_is_told_from_what_to_what_and_by_whom(group: Group) -> None:
    group.do("morag", roles.set_roles, "isla", ["facilitator"])
    group.store.write_now(roles.set_roles, None, "isla", ["operator"])
    page = group.read("isla", notices.inbox)
    assert [(line.kind, line.words, line.by) for line in page.notices] == [
        ("account", "You are an operator now. Before, you were a facilitator.", ""),
        ("account", "You are a facilitator now. Before, you were a member.", "morag"),
    ]
    assert [line.title for line in group.read("isla", notices.news)] == [
        "You are a facilitator now. Before, you were a member.",
        "You are an operator now. Before, you were a facilitator.",
    ]
    assert page.unread == 2


def test_roles_that_are_held_already_tell_nobody(group: Group) -> None:
    group.do("morag", roles.set_roles, "heather", ["moderator", "facilitator"])
    assert group.read("heather", notices.inbox).notices == ()


@pytest.mark.parametrize("handle", ["heather", "isla"])
def test_only_operators_give_them(group: Group, handle: str) -> None:
    with pytest.raises(Forbidden, match="Only operators can give roles"):
        group.do(handle, roles.set_roles, "isla", ["operator"])


def test_the_last_operator_stays_one(group: Group) -> None:
    with pytest.raises(Conflict, match="only operator"):
        group.do("morag", roles.set_roles, "morag", ["member"])
    group.do("morag", roles.set_roles, "isla", ["operator"])
    group.do("isla", roles.set_roles, "morag", ["member"])
    assert held(group, "morag") == ()


def test_what_is_no_role_and_who_is_no_member_are_refused(group: Group) -> None:
    with pytest.raises(Invalid, match="no role king"):
        group.do("morag", roles.set_roles, "isla", ["king"])
    with pytest.raises(NotFound):
        group.do("morag", roles.set_roles, "nobody", ["operator"])


def test_a_facilitator_calls_meetings_and_moderates_nothing(group: Group) -> None:
    group.do("morag", roles.set_roles, "isla", ["facilitator"])
    assert call(group, by="isla")
    with pytest.raises(Forbidden):
        group.read("isla", queue_views.queue_list)


def test_a_moderator_alone_calls_no_meeting(group: Group) -> None:
    group.do("morag", roles.set_roles, "isla", ["moderator"])
    with pytest.raises(Forbidden, match="Only facilitators can call a meeting"):
        call(group, by="isla")
