"""Who wrote an imported history: one author for each person, claimed, given back, forgotten."""

import pytest
from sqlalchemy import text

from bbs.errors import Conflict, Invalid, NotFound
from bbs.services import imports, imports_people, log, notices, reports, search, threads
from bbs.services.imports_names import is_readable, people, repaired
from bbs.views.imports import Claimed, ImportedPerson
from tests.conftest import Group
from tests.services.test_imports import board_of, bring, letter, lines

DESK = "desk@office.example"


def listed(group: Group) -> tuple[ImportedPerson, ...]:
    return group.store.read_now(imports_people.people)


def claim(group: Group, who: str, handle: str) -> Claimed:
    return group.store.write_now(imports_people.claim, who, handle)


def authors(group: Group) -> list[list[str]]:
    """Who stands above each post, thread by thread, the newest thread first."""
    return [
        [post.author for post in group.read("ross", threads.thread_page, line.id, at=1).posts] for line in lines(group)
    ]


def told(group: Group, handle: str) -> list[tuple[str, str]]:
    return [(line.kind, line.what) for line in group.read(handle, notices.inbox).notices]


# -- names


@pytest.mark.parametrize("names", [
    ("Isla Roy", "ISLA ROY", "Roy, Isla", "I. Roy", "Isla", "Isla M. Roy", "Dr Isla Roy", "Isla Roy (SCVO)"),
    ("Ana Müller", "Ana Mueller", "Ana Muller", "Ana M?ller", "Ana MÃ¼ller", "Ana M\ufffdller", "Müller, Ana",
     "=?utf-8?q?Ana_M=C3=BCller?="),
    ("John MacLeod", "John McLeod"), ("Pat O'Brien", "Pat OBrien", "Pat O’Brien"),
    ("Anne-Marie Kay", "Annemarie Kay", "Anne Marie Kay"), ("Łukasz Wójcik", "Lukasz Wojcik"),
    ("Мария Иванова", "Иванова Мария"), ("desk", DESK, "Ana Silva"), ("Isla Roy", "Isla Roy Grant", "Isla Grant"),
], ids=range(9))  # fmt: skip
def test_spelling_encoding_order_and_completeness_make_no_second_person(names: tuple[str, ...]) -> None:
    assert [sorted(person.names) for person in people(DESK, names, {})] == [sorted(names)]


@pytest.mark.parametrize(("names", "persons"), [
    (("Ana", "Bob"), 2), (("Jan Smith", "Jon Smith"), 2), (("Österreich, Eva", "Österreich, Max"), 2),
    (("Martin Adamson", "Martina Adamson"), 2), (("Isla Roy", "Isla Grant", "Isla"), 3),
    (("Isla Roy", "Ross Kay", "desk"), 3), (("A. Kay", "B. Kay", "Bo Kay"), 2), (("図書館", "Library Desk"), 2),
], ids=range(8))  # fmt: skip
def test_other_names_are_other_people(names: tuple[str, ...], persons: int) -> None:
    assert len(people(DESK, names, {})) == persons
    assert len(people(DESK, reversed(names), {})) == persons


def test_a_thousand_names_at_one_address_are_told_apart_in_no_time() -> None:
    names = [f"Name{chr(97 + n % 26)}{chr(97 + n // 26)} Surname" for n in range(600)]
    assert len(people("list@example.org", names, {})) == 600


@pytest.mark.parametrize(("name", "meant"), [
    ("Ana MÃ¼ller", "Ana Müller"), ("=?iso-8859-1?q?J=FCrgen?=", "Jürgen"), ("Zoë", "Zoë"), ("=?x?q?y?=", "=?x?q?y?="),
])  # fmt: skip
def test_a_name_is_repaired_where_it_can_be(name: str, meant: str) -> None:
    assert repaired(name) == meant


@pytest.mark.parametrize(("name", "readable"), [
    ("Ana Müller", True), ("Ana M?ller", False), ("Ana M\ufffdller", False), (DESK, False), ("desk", False), ("", False),
    ("ana@other.example", False),
])  # fmt: skip
def test_what_can_be_read_as_a_name(name: str, readable: bool) -> None:
    assert is_readable(name, DESK) is readable


# -- authors


def test_people_who_share_an_address_are_several_authors(group: Group) -> None:
    bring(
        group,
        letter(1, subject="A", name="Ana", address=DESK),
        letter(2, subject="B", name="Bob", address=DESK, days=1),
    )
    bring(
        group,
        letter(3, to=(1,), name="ANA", address=DESK, days=2),
        letter(4, to=(3,), name="Bob", address=DESK, days=3),
    )
    assert authors(group) == [["ANA", "ANA", "Bob"], ["Bob"]]


def test_the_newest_name_that_can_be_read_is_shown(group: Group) -> None:
    for number, name in enumerate(("Ana M?ller", "Müller, Ana", "Ana Müller", "ana", "Ana M\ufffdller")):
        bring(group, letter(number, to=(0,) if number else (), days=number, name=name, address="ana@example.org"))
    assert set(authors(group)[0]) == {"Ana Müller"}
    assert len(listed(group)) == 1


def test_an_older_mail_does_not_bring_an_older_name_back(group: Group) -> None:
    bring(group, letter(1, name="Isla Grant", days=10))
    bring(group, letter(2, to=(1,), name="Isla Roy Grant", days=1))
    assert authors(group) == [["Isla Grant", "Isla Grant"]]


def test_who_is_one_person_does_not_hang_on_which_name_comes_first(group: Group) -> None:
    mails = [letter(1, name="Isla", address=DESK), letter(2, name="Isla Roy", address=DESK, subject="B", days=1),
             letter(3, name="Isla Grant", address=DESK, subject="C", days=2)]  # fmt: skip
    names = {DESK: {mail.name: mail.sent_at for mail in mails}}
    for mail in mails:
        group.store.write_now(imports.add_messages, board_of(group), [mail], names=names)
    assert authors(group) == [["Isla Grant"], ["Isla Roy"], ["Isla"]]


def test_the_list_says_what_they_wrote_and_what_to_pass_on(group: Group) -> None:
    bring(group, letter(1, subject="A"), letter(2, to=(1,), days=400), letter(3, name="Ana", address=DESK),
          letter(4, subject="Last", name="Bob", address=DESK, days=1))  # fmt: skip
    claim(group, "isla@example.org", "isla")
    assert [(p.name, p.claim_as, p.posts, p.first_at.year, p.last_at.year, p.last_title, p.claimed_by)
            for p in listed(group)] == [
        ("Isla Roy", "isla@example.org", 2, 2009, 2010, "A", "isla"),
        ("Ana", f"Ana <{DESK}>", 1, 2009, 2009, "Topic", ""), ("Bob", f"Bob <{DESK}>", 1, 2009, 2009, "Last", ""),
    ]  # fmt: skip


# -- claims


def test_one_of_those_who_share_an_address_is_claimed_by_name(group: Group) -> None:
    bring(group, letter(1, name="Ana", address=DESK), letter(2, to=(1,), name="Bob", address=DESK, days=1))
    with pytest.raises(Invalid, match=f"2 people wrote from {DESK}. Say which: 'Ana <{DESK}>', 'Bob <{DESK}>'"):
        claim(group, DESK, "isla")
    with pytest.raises(NotFound, match="Nobody called Eve"):
        claim(group, f"Eve <{DESK}>", "isla")
    assert claim(group, f"bob <{DESK.upper()}>", "isla") == Claimed("Bob", "isla", 1)
    assert authors(group) == [["Ana", "Isla"]]


def test_a_claim_is_told_to_the_member_once_and_logged(group: Group) -> None:
    bring(group, letter(1, subject="Loans"), letter(2, to=(1,), days=1))
    for _ in range(2):
        claim(group, "isla@example.org", "isla")
    assert told(group, "isla") == [("history", "what you wrote to the list is shown under your name now")]
    assert group.read("isla", notices.inbox).notices[0].title == "Loans"
    assert told(group, "ross") == []
    lines = group.read("heather", log.log_page)
    assert [(line.action, line.target) for line in lines[:1]] == [("gave 2 posts of the imported history to", "isla")]
    assert group.read("isla", notices.unread_count) == 1


def test_what_is_one_members_is_not_given_to_another(group: Group) -> None:
    bring(group, letter(1))
    claim(group, "isla@example.org", "isla")
    with pytest.raises(Conflict, match="shown as isla's"):
        claim(group, "isla@example.org", "ross")
    with pytest.raises(NotFound):
        claim(group, "isla@example.org", "nobody")


def test_a_claim_is_taken_back_and_the_member_is_told(group: Group) -> None:
    bring(group, letter(1))
    with pytest.raises(Conflict, match="Nobody has claimed"):
        group.store.write_now(imports_people.unclaim, "isla@example.org")
    claim(group, "isla@example.org", "ross")
    assert authors(group) == [["Ross"]]
    assert group.store.write_now(imports_people.unclaim, "isla@example.org") == Claimed("Isla Roy", "ross", 1)
    assert authors(group) == [["Isla Roy"]]
    assert told(group, "ross") == [("history", "what was written to the list is not shown under your name any more")]


def test_who_was_not_let_in_is_given_nothing(group: Group) -> None:
    bring(group, letter(1))
    group.add("fiona")
    group.store.write_now(lambda s: s.execute(text("UPDATE members SET state = 'applied' WHERE handle = 'fiona'")))
    with pytest.raises(Conflict, match="not been let in"):
        claim(group, "isla@example.org", "fiona")


# -- forgetting


def kept_of(group: Group) -> str:
    """All that the tables of the import hold, as text."""
    tables = ("imported_authors", "imported_names", "imported_messages", "moderation_log", "notices")
    return "\n".join(str(row) for name in tables for row in rows(group, "*", name))


def rows(group: Group, column: str, table: str) -> list[object]:
    statement = text(f"SELECT {column} FROM {table}")  # noqa: S608 - a test's own names
    return group.store.read_now(lambda s: list(s.execute(statement)))


def test_a_forgotten_author_is_a_former_member_and_stays_one(group: Group) -> None:
    bring(
        group,
        letter(1, "My words", address="roy@example.org"),
        letter(2, to=(1,), name="Ross Kay", address="kay@x.org", days=1),
    )
    claim(group, "roy@example.org", "isla")
    done = group.store.write_now(imports_people.forget, "roy@example.org", erase=False)
    assert done == Claimed("Isla Roy", "isla", 1)
    assert authors(group) == [["a former member", "Ross Kay"]]
    assert told(group, "isla")[0][1].endswith("not shown under your name any more")
    assert not {"roy@example.org", "Isla Roy"} & set(kept_of(group).replace("'", " ").split(" "))
    assert "roy@example.org" not in kept_of(group)
    bring(group, letter(3, to=(1,), address="roy@example.org", name="Roy, Isla", days=2), letter(1, "My words"))
    assert authors(group) == [["a former member", "Ross Kay", "a former member"]]
    assert [person.name for person in listed(group)] == ["Ross Kay"]
    with pytest.raises(NotFound):
        claim(group, "roy@example.org", "isla")


def test_erasing_takes_the_words_and_keeps_them_out(group: Group) -> None:
    bring(group, letter(1, "canary one", subject="Loans"), letter(2, "stays", to=(1,), name="Ross Kay", address="kay@x.org", days=1),
          letter(3, "canary two", subject="Only mine", days=2))  # fmt: skip
    first = group.read("ross", threads.thread_page, lines(group)[1].id, at=1).posts[0]
    group.do("ross", reports.report_post, first.id, "odd")
    group.store.write_now(imports_people.forget, "isla@example.org", erase=True)
    assert [line.title for line in lines(group)] == ["Loans"]
    page = group.read("heather", threads.thread_page, lines(group)[0].id, at=1).posts
    assert [(post.state, post.body) for post in page] == [("deleted", ""), ("shown", "stays")]
    assert group.read("ross", search.search, "canary").hits == ()
    assert [hit.title for hit in group.read("ross", search.search, "loans").hits] == ["Loans"]
    kept = [rows(group, *where) for where in (("body", "posts"), ("copied_body", "reports"), ("title", "threads"))]
    assert "canary" not in str(kept)
    assert "Only mine" not in str(kept)
    again = bring(group, letter(1, "canary one", subject="Loans"), letter(4, "canary four", to=(2,), days=3))
    assert (again.imported, again.duplicates, [why for _, why in again.left_out]) == (0, 1, [imports.ERASED])


def test_of_those_who_share_an_address_one_is_forgotten(group: Group) -> None:
    bring(group, letter(1, name="Ana", address=DESK), letter(2, to=(1,), name="Bob", address=DESK, days=1))
    group.store.write_now(imports_people.forget, f"Ana <{DESK}>", erase=False)
    bring(group, letter(3, to=(1,), name="Ana", address=DESK, days=2), letter(4, to=(1,), name="Bob", address=DESK, days=3),
          letter(5, to=(1,), name="Carol", address=DESK, days=4))  # fmt: skip
    assert authors(group) == [["a former member", "Bob", "a former member", "Bob", "Carol"]]
