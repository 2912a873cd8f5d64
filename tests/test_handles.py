"""Handles: what cannot be one, and which are taken for each other."""

import pytest

from bbs import handles
from bbs.errors import Invalid


@pytest.mark.parametrize("handle", ["a", "x" * 25, "jo smith", "Ísla", "1st", "-a", "a-", "a..b", "join", "ROOT", "me"])
def test_handles_that_cannot_be(handle: str) -> None:
    with pytest.raises(Invalid) as refused:
        handles.check(handle)
    assert refused.value.field == "handle"


@pytest.mark.parametrize("handle", [
    "admin1", "the-operator", "m0derator", "adm1n", "ad.min", "rnoderator", "root.4", "staff2024", "forum-support",
    "mods-are-us", "operat0r", "security_team", "facilitator-jo",
])  # fmt: skip
def test_nobody_can_look_like_somebody_who_decides(handle: str) -> None:
    with pytest.raises(Invalid, match="kept for the forum"):
        handles.check(handle)


@pytest.mark.parametrize("handle", ["badminton", "ghost", "modern", "newton", "team-lead", "hostel", "isla5", "me-too"])
def test_ordinary_words_are_no_offence(handle: str) -> None:
    assert handles.check(handle) == handle


@pytest.mark.parametrize(("one", "other"), [
    ("al1ce", "alice"), ("rnorag", "morag"), ("i5la", "isla"), ("heather.b", "heather_b"), ("r0ss", "ross"),
    ("vvilma", "wilma"), ("mor-ag", "morag"), ("clara", "dara"),
])  # fmt: skip
def test_look_alikes_have_one_shape(one: str, other: str) -> None:
    assert handles.shape(one) == handles.shape(other)


@pytest.mark.parametrize(("one", "other"), [("ross", "rose"), ("isla", "iona"), ("heather", "heather2")])
def test_others_have_their_own(one: str, other: str) -> None:
    assert handles.shape(one) != handles.shape(other)


@pytest.mark.parametrize("name", [
    "Moderator", "Morag (operator)", "The Moderators", "m0derator", "Мoderаtоr", "Ｏｐｅｒａｔｏｒ", "Ad\u200bmin", "O p e r a t o r",
    "Adm\u0131n", "Staffroom", "ADMINISTRATOR 2", "Mοderatοr",
])  # fmt: skip
def test_no_name_claims_an_office(name: str) -> None:
    with pytest.raises(Invalid, match="could be taken for somebody who runs the forum") as refused:
        handles.check_name(name)
    assert refused.value.field == "display_name"


@pytest.mark.parametrize(
    "name", ["Ms Root", "Jo Host", "Moira Support", "Анна", "Ειρήνη", "Ross Ó Súilleabháin", "Mod Adminaku", ""]
)
def test_a_persons_name_is_no_offence(name: str) -> None:
    assert handles.check_name(name) == name
