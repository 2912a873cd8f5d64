"""The jump box: letters without their marks, and the likeliest people of many."""

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from bbs.models import Member, Thread
from bbs.services import arranging, board_settings, jump, members, moderation, posts
from bbs.store import now
from tests.conftest import Group


def found(group: Group, text: str) -> list[tuple[str, str]]:
    return [(place.kind, place.name) for place in group.read("isla", jump.places, text)]


@pytest.mark.parametrize("text", ["éire", "eire", "ÉIRE", "er"])
def test_boards_and_threads_are_found_with_marks_and_without(group: Group, text: str) -> None:
    group.do("morag", board_settings.add_board, "ireland", "Éire")
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


@pytest.fixture
def old(group: Group) -> Group:
    """A forum in which a thread of long ago is none of the newest."""
    group.do("ross", posts.start_thread, "general", "The Łódź co-operative’s reading room, 1999", "words")
    group.do("isla", posts.start_thread, "general", "AI", "words")

    def begin_many(session: Session) -> None:
        at = now(session)
        row = {"board_id": 1, "created_at": at, "last_post_at": at, "post_count": 1}
        session.execute(insert(Thread), [row | {"title": f"Reading {number}"} for number in range(jump.NEWEST + 1)])

    group.store.write_now(begin_many)
    return group


@pytest.mark.parametrize(
    "text",
    [
        "The Łódź co-operative’s reading room, 1999", "the lodz cooperative's reading room 1999", "the lodz coop",
        "reading room", "room reading", "lodz", "lod", "cooperative", "co-operative", "1999", "operative room", "rea roo",
    ],
)  # fmt: skip
def test_any_thread_is_found_by_its_title_however_old(old: Group, text: str) -> None:
    assert ("thread", "The Łódź co-operative’s reading room, 1999") in found(old, text)


def test_a_short_title_is_found_when_it_is_typed_whole(old: Group) -> None:
    assert ("thread", "AI") in found(old, "ai")


def test_a_title_that_changed_or_went_is_followed(old: Group) -> None:
    old.do("heather", moderation.rename_thread, 2, "Machine learning")
    assert ("thread", "Machine learning") in found(old, "machine")
    old.do("isla", posts.delete_post, 2, thread="remove")
    assert found(old, "machine") == []


def test_a_thread_of_a_private_board_stays_out_of_sight(old: Group) -> None:
    made = old.do("morag", board_settings.add_board, "closed", "Closed", kind="private")
    old.do("morag", arranging.move_thread, 1, "closed")
    assert made
    assert ("thread", "The Łódź co-operative’s reading room, 1999") not in found(old, "lodz")


@pytest.mark.parametrize("text", ["1", "#1", "# 1", " 1 "])
def test_a_post_is_found_by_its_number(old: Group, text: str) -> None:
    assert found(old, text)[0] == ("post", "#1")


@pytest.mark.parametrize("text", ["0", "#", "99999999999", "9999999999", "#9999999999", "12345", "１"])
def test_no_number_is_an_error(old: Group, text: str) -> None:
    assert [kind for kind, name in found(old, text) if name != "#1"].count("post") == 0


@pytest.mark.parametrize("text", ["o'neill", "O’Neill", "oneill", "@oneill", "mary-anne", "mary anne", "maryanne"])
def test_what_joins_the_parts_of_a_name_need_not_be_typed(group: Group, text: str) -> None:
    group.add("reader", display_name="Mary-Anne O’Neill")
    assert found(group, text) == [("person", "reader")]
