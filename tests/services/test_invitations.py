"""Invitations that members make, and who invited whom."""

import pytest

from bbs.errors import Conflict, Forbidden, Invalid, NotFound, TooFast
from bbs.services import invitations, joining, people, sanctions
from bbs.services.joining import Admission
from tests.conftest import Group


def join(group: Group, handle: str, code: str) -> bool:
    admission = Admission("invite", code)
    return group.store.write_now(joining.join, admission, handle, handle.title(), "hash").ticket is not None


@pytest.mark.parametrize(("policy", "who"), [("nobody", set()), ("moderators", {"heather", "morag"}),
                                             ("members", {"heather", "morag", "isla"})])  # fmt: skip
def test_those_invite_whom_the_operator_lets(group: Group, policy: str, who: set[str]) -> None:
    for handle in ("heather", "morag", "isla"):
        if handle in who:
            assert join(group, f"{handle}s-friend", group.do(handle, invitations.make, policy).code)
        else:
            with pytest.raises(Forbidden, match="invite people"):
                group.do(handle, invitations.make, policy)


def test_moderators_see_who_invited_somebody_and_others_do_not(group: Group) -> None:
    join(group, "angus", group.do("isla", invitations.make, "members").code)
    assert group.read("heather", people.profile, "angus").invited_by == "isla"
    assert group.read("ross", people.profile, "angus").invited_by == ""
    assert group.read("heather", people.profile, "ross").invited_by == ""
    (line,) = group.read("isla", invitations.own_invitations)
    assert (line.used_by, line.is_open(group.clock())) == ("angus", False)
    assert group.read("ross", invitations.own_invitations) == ()


def test_whoever_waits_to_be_let_in_is_not_named_to_their_host(group: Group) -> None:
    assert not join(group, "r0ss", group.do("isla", invitations.make, "members").code)
    (line,) = group.read("isla", invitations.own_invitations)
    assert (line.used_by, line.used, line.withdrawn) == ("", True, False)


def test_a_code_lets_one_person_in(group: Group) -> None:
    code = group.do("isla", invitations.make, "members").code
    assert join(group, "angus", code)
    with pytest.raises(Invalid, match="has been used"):
        join(group, "fiona", code)


def test_a_withdrawn_code_lets_nobody_in(group: Group) -> None:
    made = group.do("isla", invitations.make, "members")
    (line,) = group.read("isla", invitations.own_invitations)
    with pytest.raises(NotFound):
        group.do("ross", invitations.withdraw, line.id)
    group.do("isla", invitations.withdraw, line.id)
    with pytest.raises(Invalid):
        join(group, "angus", made.code)
    with pytest.raises(Conflict):
        group.do("isla", invitations.withdraw, line.id)
    assert group.read("isla", invitations.own_invitations)[0].withdrawn


@pytest.mark.parametrize("taken_back", [sanctions.ban, sanctions.suspend, sanctions.silence])
def test_codes_of_somebody_who_may_not_write_let_nobody_in(group: Group, taken_back: object) -> None:
    code = group.do("isla", invitations.make, "members").code
    more = ("spam",) if taken_back is sanctions.ban else (7, "spam")
    group.do("heather", taken_back, "isla", *more)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        join(group, "angus", code)
    if taken_back is sanctions.silence:
        with pytest.raises(Forbidden, match="silenced"):
            group.do("isla", invitations.make, "members")


def test_a_member_has_few_codes_at_once_and_makes_few_in_a_week(group: Group) -> None:
    for _ in range(invitations.MOST_OPEN):
        group.do("isla", invitations.make, "members")
    with pytest.raises(Conflict, match="nobody has used"):
        group.do("isla", invitations.make, "members")
    for line in group.read("isla", invitations.own_invitations):
        group.do("isla", invitations.withdraw, line.id)
    for _ in range(invitations.MOST_IN_A_WEEK - invitations.MOST_OPEN):
        group.do("isla", invitations.make, "members")
    for line in group.read("isla", invitations.own_invitations)[: invitations.MOST_OPEN]:
        group.do("isla", invitations.withdraw, line.id)
    with pytest.raises(TooFast):
        group.do("isla", invitations.make, "members")
    group.clock.forward(days=8)
    group.do("isla", invitations.make, "members")
