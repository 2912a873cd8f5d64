"""Joining, signing in, keys and roles."""

import pytest

from bbs.errors import Conflict, Invalid, SignedOut
from bbs.services import members, people, roles, sanctions
from tests.conftest import Group


def test_a_handle_of_a_closed_account_is_never_given_again(group: Group) -> None:
    group.do("heather", sanctions.ban, "ross", "spam")
    with pytest.raises(Conflict):
        group.add("ross")


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
        group.do("heather", sanctions.ban, "ross", "spam")
    else:
        group.store.write_now(members.set_password, group.id("ross"), "new hash")
    with pytest.raises(SignedOut):
        group.actor("ross")


def test_a_new_role_counts_from_the_next_step_on(group: Group) -> None:
    assert not group.actor("isla").moderates_all
    group.store.write_now(roles.set_roles, None, "isla", ["moderator"])
    assert group.actor("isla").moderates_all


def test_who_is_online_is_shown_for_those_who_wish_it(group: Group) -> None:
    online = frozenset({group.id("ross"), group.id("isla")})
    with pytest.raises(Invalid, match="somebody who runs the forum"):
        group.do("ross", people.edit_profile, display_name="Ross (moderator)", job_title="", organisation="", sector="",
                 region="", about="", can_help="", wants_to_learn="", zone="Europe/London", shows_online=True)  # fmt: skip
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
