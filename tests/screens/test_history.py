"""A post's history as differences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbs.context import Forum
from bbs.services import posts
from screens.places.history import COMPARED_LINES, difference
from tests.conftest import Group
from tests.terminal import context, live, sit_down

TEXT = st.text(alphabet="ab \n", max_size=60)


def shown(before: str, after: str) -> list[str]:
    return [sign + "".join(text for text, _ in parts) for sign, parts in difference(before, after)]


def test_a_changed_line_is_shown_as_it_was_and_as_it_is() -> None:
    before = "\n".join(f"line {n}" for n in range(9))
    assert shown(before, before.replace("line 4", "verse 4")) == [
        " … 2 lines as before", " line 2", " line 3", "-line 4", "+verse 4", " line 5", " line 6",
        " … 2 lines as before",
    ]  # fmt: skip


def test_the_words_that_differ_stand_out_without_colour() -> None:
    out, put = difference("Mine will not.", "Mine will, now.")
    bold = [[text for text, style in parts if style.bold and text] for _, parts in (out, put)]
    assert bold == [["not"], [",", "now"]]


@given(TEXT, TEXT)
def test_both_versions_can_be_read_out_of_a_short_difference(before: str, after: str) -> None:
    lines = [line for line in shown(before, after) if not line.startswith(" …")]
    for sign, text in (("-", before), ("+", after)):
        kept = iter(text.split("\n"))
        assert all(line[1:] in kept for line in lines if line[0] in {sign, " "})  # in this order


def test_very_long_versions_are_compared_by_their_edges() -> None:
    before = "\n".join(str(n % 7) for n in range(COMPARED_LINES * 3))
    after = before.replace("0\n1", "0\nx", 1)
    found = shown(before, after)
    assert found[:3] == [" 0", "-1", "+x"]
    assert len(found) < 10


@pytest.mark.parametrize("size", [(80, 24), (40, 20)])
async def test_the_history_says_when_and_what_each_edit_changed(
    forum: Forum, sqlite_group: Group, size: tuple[int, int]
) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "T", "Mine will not.\n\nRoss")
    group.clock.forward(hours=1)
    group.do("ross", posts.edit_post, made.post_id, "Mine will not pay.\n\nRoss")
    group.clock.forward(hours=1)
    group.do("ross", posts.edit_post, made.post_id, "Mine will pay.\n\nRoss")
    async with live(forum), sit_down(forum, context(forum, group, "isla"), size=size) as desk:
        await desk.sees("New for you")
        await desk.type("space", "i")
        await desk.sees("Ross wrote it Mon 23 Nov 2026 14:05", "Edited 2 times", "- Mine will not pay.", "+ Mine will pay.",
                        "Edited Mon 23 Nov 2026 16:05", "- Mine will not.", "At first")  # fmt: skip
