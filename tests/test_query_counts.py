"""Each screen asks the database so many times, however large the forum is and whoever reads."""

from bbs.store import Store
from bench.reads import screens, searches
from tests.filled import EACH_KIND, MEMBERS, executed

MOST = {
    "Home": 7,
    "list of boards, unread counts": 2,
    "list of boards, further down": 2,
    "board, first page": 5,
    "board, deeper page": 5,
    "thread, first page": 9,
    "thread, middle": 9,
    "thread, last page": 9,
    "thread, where one left it": 9,
    "next unread": 2,
    "next unread, from a board": 2,
    "messages": 2,
    "conversation": 7,
    "meetings": 2,
    "past meetings": 2,
    "polls": 2,
    "people": 2,
    "profile": 4,
    "drafts": 3,
    "notices": 3,
}
"""With the reading of the member, which comes first in each."""
MOST_OF_A_SEARCH = 14
"""The member, boards or writers that were named, and people; the index, once more for what is older, and rows, of posts
and meetings; the index and rows, of titles and messages.
"""
MOST_BEFORE_A_DAY = 19
"""The member; the index and rows, of posts and of titles of four spans of time, and of messages."""


def test_a_screen_asks_as_often_in_a_larger_forum(filled_forums: list[Store]) -> None:
    for store in filled_forums:
        reads = screens(store, EACH_KIND[0])
        assert {name: {len(executed(store, reader, read)) for reader in EACH_KIND} for name, read in reads.items()} == {
            name: {most} for name, most in MOST.items()
        }


def test_a_search_asks_no_more_in_a_larger_forum(filled_forums: list[Store]) -> None:
    for store in filled_forums:
        asked = {name: len(executed(store, EACH_KIND[0], read)) for name, read in searches().items()}
        assert asked.pop("search: before a day") <= MOST_BEFORE_A_DAY
        assert max(asked.values()) <= MOST_OF_A_SEARCH


def test_members_share_the_statements_however_much_is_new_for_them(filled_forums: list[Store]) -> None:
    """A statement of its own for each length of a list would be built, and planned by PostgreSQL, again and again."""
    for name in ("Home", "thread, first page", "list of boards, unread counts"):
        asked = set()
        for store in filled_forums:
            read = screens(store, EACH_KIND[0])[name]
            asked |= {statement for reader in MEMBERS for statement, _ in executed(store, reader, read)}
        assert len(asked) == MOST[name]
