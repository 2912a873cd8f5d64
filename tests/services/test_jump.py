"""The jump box: letters without their marks, and the likeliest people of many."""

import pytest

from bbs.models import Member
from bbs.services import boards, jump, members, posts
from tests.conftest import Group


def found(group: Group, text: str) -> list[tuple[str, str]]:
    return [(place.kind, place.name) for place in group.read("isla", jump.places, text)]


@pytest.mark.parametrize("text", ["éire", "eire", "ÉIRE", "er"])
def test_boards_and_threads_are_found_with_marks_and_without(group: Group, text: str) -> None:
    group.do("morag", boards.add_board, "ireland", "Éire")
    group.do("ross", posts.start_thread, "general", "ÉIRE", "words")
    assert {("board", "Éire"), ("thread", "ÉIRE")} <= set(found(group, text))


@pytest.mark.parametrize("text", ["zoë", "zoe", "zoë m", "zoe m", "zmuller", "Müller", "@zoe", "zm"])
def test_people_are_found_by_a_name_with_marks(group: Group, text: str) -> None:
    group.add("zm", display_name="Zoë Müller")
    assert found(group, text)[0] == ("person", "zm")


@pytest.mark.parametrize("text", ["zoe l", "zoë ł", "lodz", "Łódź", "@zl"])
def test_a_stroke_through_a_letter_need_not_be_typed(group: Group, text: str) -> None:
    group.add("reader", display_name="Zoë Łódź")
    assert found(group, text) == [("person", "reader")]


def test_people_are_not_found_by_what_else_the_directory_knows(group: Group) -> None:
    group.add("ken", display_name="Ken")
    group.store.write_now(lambda s: members.index(_librarian(s.get_one(Member, group.id("ken")))))
    assert found(group, "librarian") == []


def _librarian(member: Member) -> Member:
    member.job_title = "Librarian"
    return member


def test_of_many_people_those_whose_handle_begins_so_come_first(group: Group) -> None:
    for number in range(jump.LOOKED_AT + 1):
        group.add(f"a{number}z")
    group.add("zebedee")
    assert found(group, "@z")[0] == ("person", "zebedee")


def test_signs_are_letters_too(group: Group) -> None:
    group.do("ross", posts.start_thread, "general", "100% of a_b", "words")
    assert found(group, "0%") == [("thread", "100% of a_b")]
    assert found(group, "a_b") == [("thread", "100% of a_b")]
