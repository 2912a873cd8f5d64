"""Members who have lost all ask for a code, and moderators decide."""

import pytest

from bbs.errors import BBSError, Forbidden, Invalid, NotFound
from bbs.services import keys, members, notices, queue_handling, queue_views, recovery, roles, sanctions
from bbs.views.members import Device, SignIn
from bbs.views.moderation import QueueLine
from tests.conftest import Group

WORDS = "My laptop was stolen. Ring me at work, 0131 496 0000."
KEY = "SHA256:new", "ssh-ed25519 AAAAnew"
DEVICE = Device("10.0.0.7", "10.0.0.7", "OpenSSH 9.2p1", "")


def ask(group: Group, handle: str, words: str = WORDS) -> None:
    group.store.write_now(recovery.ask, handle, words)


def waiting(group: Group, moderator: str = "heather") -> tuple[QueueLine, ...]:
    return group.read(moderator, queue_views.queue_list)


def told(group: Group, handle: str) -> str:
    return " ".join(line.words for line in group.read(handle, notices.inbox).notices)


def test_a_moderator_approves_and_hands_the_code_over_and_the_member_hears_of_each_step(group: Group) -> None:
    ask(group, "isla")
    (item,) = waiting(group)
    assert (item.kind, item.about, item.body) == ("recovery", "isla", WORDS)
    assert "says that they cannot sign in to your account" in told(group, "isla")
    code = group.do("heather", queue_handling.approve, item.id).code
    assert "The moderator heather made a code" in told(group, "isla")
    assert waiting(group) == ()
    assert group.store.write_now(keys.add_with_code, "isla", code, KEY, "", DEVICE).ticket
    with pytest.raises(Invalid):
        group.store.write_now(keys.add_with_code, "isla", code, ("SHA256:b", "ssh-ed25519 B"), "", DEVICE)


def test_a_suspended_members_code_is_still_good_when_they_are_back(group: Group) -> None:
    def use() -> SignIn:
        return group.store.write_now(keys.add_with_code, "isla", made.code, KEY, "", DEVICE)

    made = group.store.write_now(recovery.recover, "isla")
    group.do("heather", sanctions.suspend, "isla", 1, "spam")
    assert use().shut_out
    assert not group.store.read_now(members.credentials, "isla").key_fingerprints
    group.clock.forward(days=2)
    assert not use().shut_out
    assert group.store.read_now(members.credentials, "isla").key_fingerprints == {KEY[0]}
    with pytest.raises(Invalid):
        use()


@pytest.mark.parametrize("handle", ["nobody", "morag", ""])
def test_what_cannot_be_decided_here_changes_nothing_and_says_nothing(group: Group, handle: str) -> None:
    """Nobody of that name, or an operator, who is let in on the server alone."""
    ask(group, handle)
    assert waiting(group) == waiting(group, "morag") == ()
    assert "cannot sign in" not in told(group, "morag")


def test_a_closed_account_asks_nobody(group: Group) -> None:
    group.do("heather", sanctions.ban, "ross", "spam")
    ask(group, "ross")
    assert waiting(group) == ()


def test_nobody_rises_by_letting_in_a_moderator_or_an_operator(group: Group) -> None:
    group.add("fiona", "moderator")
    ask(group, "fiona")
    (item,) = waiting(group)
    with pytest.raises(Forbidden, match="an operator decides"):
        group.do("heather", queue_handling.approve, item.id)
    group.do("morag", roles.set_roles, "fiona", ["operator"])
    for actor in ("heather", "morag"):
        with pytest.raises(Forbidden, match="on the server alone"):
            group.do(actor, queue_handling.approve, item.id)
    group.do("morag", roles.set_roles, "fiona", ["moderator"])
    assert group.do("morag", queue_handling.approve, item.id).code


def test_nobody_decides_about_themselves(group: Group) -> None:
    group.add("fiona", "moderator")
    ask(group, "fiona")
    (item,) = waiting(group)
    assert waiting(group, "fiona") == ()
    with pytest.raises(NotFound):
        group.do("fiona", queue_handling.approve, item.id)


def test_a_stranger_who_asks_first_does_not_speak_for_the_member(group: Group) -> None:
    ask(group, "isla", "Ring me at 0700 900 0000, it is urgent.")
    ask(group, "isla")
    ask(group, "isla")
    (item,) = waiting(group)
    assert item.body == f"Ring me at 0700 900 0000, it is urgent.\n\nAsked again: {WORDS}"
    for number in range(20):
        ask(group, "isla", f"{number} " + "x" * 400)
    assert len(waiting(group)[0].body) <= recovery.MOST_WORDS + 20
    assert told(group, "isla").count("cannot sign in") == 1


def test_a_declined_request_makes_no_code_and_says_why_to_who_is_in(group: Group) -> None:
    ask(group, "isla")
    (item,) = waiting(group)
    group.do("heather", queue_handling.decline, item.id, "It was not Isla")
    assert "It was not Isla" in told(group, "isla")
    assert group.read("isla", keys.access).codes == ()
    ask(group, "isla")
    assert len(waiting(group)) == 1


@pytest.mark.parametrize("words", ["", "help", "x" * 501])
@pytest.mark.parametrize("handle", ["isla", "nobody"])
def test_too_few_words_are_refused_for_every_handle_alike(group: Group, handle: str, words: str) -> None:
    with pytest.raises(BBSError, match="10 to 500 characters"):
        ask(group, handle, words)
