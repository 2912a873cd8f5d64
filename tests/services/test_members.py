"""Joining, signing in, keys and roles."""

from datetime import timedelta

import pytest

from bbs.errors import Conflict, Invalid, SignedOut
from bbs.services import members, moderation, people
from bbs.views.members import SignIn
from tests.conftest import Group


def join(group: Group, handle: str, **more: object) -> SignIn:
    values: dict[str, object] = {"registration": "invite", "code": "", "about": ""} | more
    return group.store.write_now(members.join, handle, handle.title(), "hash", **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("handle", ["a", "x" * 25, "jo smith", "Ísla", "1st", "-a", "a-", "a..b", "join", "ROOT", "me"])
def test_handles_that_cannot_be(handle: str) -> None:
    with pytest.raises(Invalid) as refused:
        members.check_handle(handle)
    assert refused.value.field == "handle"


def test_a_handle_is_kept_in_lower_case_and_belongs_to_one(group: Group) -> None:
    code = group.store.write_now(members.invite, uses=3)
    assert join(group, "Fiona.G", code=code).handle == "fiona.g"
    with pytest.raises(Conflict, match="taken"):
        join(group, "FIONA.g", code=code)


def test_a_handle_of_a_closed_account_is_never_given_again(group: Group) -> None:
    group.do("heather", moderation.ban, "ross", "spam")
    with pytest.raises(Conflict):
        group.add("ross")


def test_a_code_is_good_for_its_uses_and_its_time(group: Group) -> None:
    code = group.store.write_now(members.invite, uses=1, expires=timedelta(days=1))
    assert join(group, "fiona", code=code.lower().replace("-", " ")).ticket
    with pytest.raises(Invalid, match="has been used"):
        join(group, "angus", code=code)
    late = group.store.write_now(members.invite, uses=1, expires=timedelta(days=1))
    group.clock.forward(days=2)
    with pytest.raises(Invalid, match="expired"):
        join(group, "angus", code=late)


def test_a_refused_sign_up_does_not_use_the_code_up(group: Group) -> None:
    code = group.store.write_now(members.invite, uses=1)
    with pytest.raises(Conflict):
        join(group, "ross", code=code)
    assert join(group, "angus", code=code).ticket


def test_the_first_operators_code_is_made_once(group: Group) -> None:
    assert group.store.write_now(members.first_operator_code) == ""


def test_by_approval_an_application_waits_for_a_moderator(group: Group) -> None:
    with pytest.raises(Invalid, match="who you are"):
        join(group, "angus", registration="approve", about="hi")
    waiting = join(group, "angus", registration="approve", about="I am the librarian of a prison.")
    assert (waiting.ticket, "waits" in waiting.refusal) == (None, True)
    item = group.read("heather", moderation.queue)[0]
    assert (item.kind, item.by, item.body) == ("application", "angus", "I am the librarian of a prison.")
    assert "angus" not in repr(group.read("isla", people.directory))
    group.do("heather", moderation.decide_application, item.id, accepted=True)
    assert group.store.write_now(members.sign_in, item.id).ticket
    with pytest.raises(Conflict, match="Another moderator"):
        group.do("morag", moderation.decide_application, item.id, accepted=False)


def test_open_registration_needs_no_code(group: Group) -> None:
    assert join(group, "angus", registration="open").ticket


def test_a_key_belongs_to_one_account(group: Group) -> None:
    group.store.write_now(members.add_key, group.id("isla"), "SHA256:a", "ssh-ed25519 A")
    group.store.write_now(members.add_key, group.id("isla"), "SHA256:a", "ssh-ed25519 A")
    with pytest.raises(Conflict, match="another account"):
        group.store.write_now(members.add_key, group.id("ross"), "SHA256:a", "ssh-ed25519 A")
    assert len(group.store.read_now(members.keys, group.id("isla"))) == 1


def test_a_stranger_and_a_member_have_credentials_of_one_shape(group: Group) -> None:
    stranger = group.store.read_now(members.credentials, "nobody")
    assert (stranger.member_id, stranger.password_hash, stranger.key_fingerprints) == (0, "", frozenset())


@pytest.mark.parametrize("how", ["ban", "password"])
def test_a_ticket_ends_with_a_ban_or_a_new_password(group: Group, how: str) -> None:
    assert group.actor("ross")
    if how == "ban":
        group.do("heather", moderation.ban, "ross", "spam")
    else:
        group.store.write_now(members.set_password, group.id("ross"), "new hash")
    with pytest.raises(SignedOut):
        group.actor("ross")


def test_a_new_role_counts_from_the_next_step_on(group: Group) -> None:
    assert not group.actor("isla").moderates_all
    group.store.write_now(members.set_role, "isla", "moderator")
    assert group.actor("isla").moderates_all


def test_who_is_online_is_shown_for_those_who_wish_it(group: Group) -> None:
    online = frozenset({group.id("ross"), group.id("isla")})
    group.do("ross", people.edit_profile, display_name="Ross", job_title="", organisation="", sector="Law", region="",
             about="", can_help="", wants_to_learn="", zone="Europe/London", shows_online=True)  # fmt: skip
    seen = {p.handle: p.online for p in group.read("heather", people.directory, online=online).people}
    assert (seen["ross"], seen["isla"]) == (True, False)
    only = group.read("heather", people.directory, online=online, only_online=True).people
    assert [p.handle for p in only] == ["ross"]


def test_people_are_found_by_any_words_without_their_accents(group: Group) -> None:
    group.do("ross", people.edit_profile, display_name="Ross Ó Súilleabháin", job_title="Librarian",
             organisation="Prison service", sector="Justice", region="Fife", about="", can_help="copyright",
             wants_to_learn="", zone="Europe/London", shows_online=False)  # fmt: skip
    for words in ("suilleabhain", "PRISON fife", "copyr", "ross justice"):
        assert [p.handle for p in group.read("isla", people.directory, words).people] == ["ross"]
    for words in ("ross heritage", "100%", "_"):
        assert group.read("isla", people.directory, words).people == ()


def test_the_directory_comes_in_pages_without_gaps(group: Group) -> None:
    for number in range(30):
        group.add(f"member{number}")
    found: list[str] = []
    page = group.read("isla", people.directory, limit=7)
    found += [p.handle for p in page.people]
    while page.more:
        page = group.read("isla", people.directory, limit=7, after=page.people[-1])
        found += [p.handle for p in page.people]
    assert len(found) == len(set(found)) == 34
