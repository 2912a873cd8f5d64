"""Invitation codes, applications, and handles that somebody has or seems to have."""

from datetime import timedelta

import pytest

from bbs.errors import Conflict, Invalid, SignedOut
from bbs.services import joining, keys, members, people, queue_handling, queue_views
from bbs.services.joining import Admission
from bbs.views.members import SignIn
from tests.conftest import Group

WHO = "I am the librarian of a prison."


def join(group: Group, handle: str, *, registration: str = "invite", code: str = "", about: str = "",
         key: tuple[str, str] | None = None) -> SignIn:  # fmt: skip
    admission = Admission(registration, code, about)
    return group.store.write_now(joining.join, admission, handle, handle.title(), "hash", public_key=key)


def sign_in(group: Group, handle: str) -> SignIn:
    known = group.store.read_now(members.credentials, handle)
    return group.store.write_now(members.sign_in, known.member_id)


def test_a_handle_is_kept_in_lower_case_and_belongs_to_one(group: Group) -> None:
    code = group.store.write_now(joining.invite, uses=3)
    assert join(group, "Fiona.G", code=code).handle == "fiona.g"
    with pytest.raises(Conflict, match="taken"):
        join(group, "FIONA.g", code=code)


def test_a_code_is_good_for_its_uses_and_its_time(group: Group) -> None:
    code = group.store.write_now(joining.invite, uses=1, expires=timedelta(days=1))
    assert join(group, "fiona", code=code.lower().replace("-", " ")).ticket
    with pytest.raises(Invalid, match="has been used"):
        join(group, "angus", code=code)
    late = group.store.write_now(joining.invite, uses=1, expires=timedelta(days=1))
    group.clock.forward(days=2)
    with pytest.raises(Invalid, match="expired"):
        join(group, "angus", code=late)


def test_a_refused_sign_up_does_not_use_the_code_up(group: Group) -> None:
    code = group.store.write_now(joining.invite, uses=1)
    with pytest.raises(Conflict):
        join(group, "ross", code=code)
    assert join(group, "angus", code=code).ticket


def test_the_first_operators_code_is_made_once(group: Group) -> None:
    assert group.store.write_now(joining.first_operator_code) == ""


def test_by_approval_an_application_waits_for_a_moderator(group: Group) -> None:
    with pytest.raises(Invalid, match="who you are"):
        join(group, "angus", registration="approve", about="hi")
    with pytest.raises(Invalid, match="private key"):
        join(group, "angus", registration="approve", about="-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn")
    waiting = join(group, "angus", registration="approve", about="I am the librarian of a prison.")
    assert (waiting.ticket, "waits" in waiting.refusal) == (None, True)
    item = group.read("heather", queue_views.queue_list)[0]
    assert (item.kind, item.about, item.body) == ("application", "angus", "I am the librarian of a prison.")
    assert "angus" not in repr(group.read("isla", people.directory))
    group.do("heather", queue_handling.approve, item.id)
    assert sign_in(group, item.about).ticket
    with pytest.raises(Conflict, match="Another moderator"):
        group.do("morag", queue_handling.decline, item.id, "no")


def test_open_registration_needs_no_code(group: Group) -> None:
    assert join(group, "angus", registration="open").ticket


def test_an_application_for_a_handle_that_is_taken_says_nothing_of_it(group: Group) -> None:
    answers = {join(group, handle, registration="approve", about=WHO).refusal for handle in ("ross", "angus")}
    assert len(answers) == 1
    taken, free = group.read("heather", queue_views.queue_list)
    assert (taken.about, taken.remark) == ("ross-2", "They asked for the handle ross, which is taken.")
    assert (free.about, free.remark) == ("angus", "")


@pytest.mark.parametrize("handle", ["r0ss", "ro-ss"])
@pytest.mark.parametrize("registration", ["invite", "open"])
def test_a_handle_that_looks_like_a_members_waits_for_a_moderator(group: Group, registration: str, handle: str) -> None:
    code = group.store.write_now(joining.invite)
    waiting = join(group, handle, registration=registration, code=code if registration == "invite" else "")
    assert waiting.ticket is None
    assert "ross" not in waiting.refusal.replace(handle, "")
    (item,) = group.read("heather", queue_views.queue_list)
    assert item.remark == "The handle looks like @ross's."
    group.do("heather", queue_handling.approve, item.id)
    assert sign_in(group, item.about).ticket


def test_a_key_of_another_account_is_refused_at_its_field_and_spends_no_code(group: Group) -> None:
    key = ("SHA256:a", "ssh-ed25519 A")
    group.store.write_now(members.add_key, group.id("isla"), *key)
    code = group.store.write_now(joining.invite)
    with pytest.raises(Invalid, match="belongs to an account") as refused:
        join(group, "angus", code=code, key=key)
    assert refused.value.field == "key"
    assert join(group, "angus", code=code).ticket


def test_a_session_that_began_with_a_sign_up_ends_with_its_key(group: Group) -> None:
    code = group.store.write_now(joining.invite)
    joined = join(group, "angus", code=code, key=("SHA256:a", "ssh-ed25519 A"))
    assert joined.ticket is not None
    actor = group.store.read_now(members.actor, joined.ticket)
    group.store.write_now(keys.remove_key, actor, joined.ticket.key_id)
    with pytest.raises(SignedOut, match="key that opened this session"):
        group.store.read_now(members.actor, joined.ticket)
