"""Finding: one corpus, the same answers from SQLite and PostgreSQL, and nothing that may not be seen."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bbs.errors import NotFound
from bbs.mail import Mail
from bbs.models import Post, Refill
from bbs.services import (
    arranging,
    board_settings,
    boards,
    imports,
    imports_people,
    joining,
    messages,
    moderation,
    people,
    posts,
    roles,
    search,
    search_index,
)
from bbs.services.joining import Admission
from bbs.store import Store
from bbs.words import Phrase
from tests.conftest import Group, SetClock, make_group
from tests.meetings import call

CORPUS = (
    (
        "general",
        "Subscriptions: what do you pay for?",
        "We pay for three journals.\nThe library's subscriptions end in May.",
    ),
    ("general", "A café for the group", "Is there a café near Waverley? A naïve question, I know. Straße too."),
    ("training", "Who pays for your CPD?", "My manager said no. Training days are my own time."),
    ("training", "Day of training", "A day of training, not a training day."),
    ("copyright", "Licences", "The library licence covers e-mail, R&D and C++; see https://example.org/licence-2024."),
    ("copyright", "研究図書館", "東京の図書館で会いましょう。"),
    (
        "general",
        "Catalogues",
        "Ask Øystein in Łódź about æsthetics, the œuvre, Þór and Đorđe; Qurʾan and Kraków‑based.",
    ),
    (
        "general",
        "Numbers",
        "ISBN 978-0-306-40615-7, also 0-8044-2957-X; MARC 21 and Z39.50. Call 0131 555 1234: £1,000.",
    ),
    ("general", "Shelves", "MARC21, ISBN 0306406152, a cooperative’s e‑mail list in the 1990's, ISSN 1234567X"),
    (
        "copyright",
        "Written otherwise",
        (
            "The co-operative sends email to ross.o'neill@example.org; www.nls.uk/a-b/c. Is C# like C? "
            "O’Neill and ONeill, S'mores; col·lecció."
        ),
    ),
    ("general", "Odds and ends", "it's well-known that O'Neill wrote 42 letters, 'quoted' \\ and % and _ and * too"),
)
QUERIES = (
    "subscription", "SUBSCRIPTIONS", "library", "libraries", "cafe", "café", "CAFÉ", "naive", "strasse", '"training day"',
    '"day of training"', "training -day", "pays cpd", "図書館", "図書", "京都", "e-mail", "r&d", "c++", "licence-2024",
    "o'neill", "42", "well-known", "licen*", "board:training", "board:Training training", "by:ross", "by:isla library",
    "in:1", "nothing here", "-training", '"', '""', '"unclosed phrase', "*", "-", ":", "by:", "board:", "AND", "OR NOT",
    "NEAR(a b)", "{title} : x", "a^b", "x' OR 1=1 --", "\\", "%", "_", "before:2027", "after:2020 library", "before:x",
    "in:everything", "the " * 20, "&", "mail", '"mail list"', '"e-mail list"', "co-op*", "e-mai*", "-e-mail c", "1990", "978*",
    '"call 0131"', "by:“ross”",
)  # fmt: skip


WAYS = {
    "Catalogues": ("lodz", "Łódź", "ŁÓDŹ", "oystein", "Öystein", "aesthetics", "æsthetics", "oeuvre", "thor", "dorde", "quran",
                   "Qur'an", "krakow-based", "kraków–based", "based", "Krakowbased"),
    "Numbers": ("9780306406157", "978-0-306-40615-7", "978 0 306 40615 7", "0306406152", "0-306-40615-2", "080442957X",
                "0-8044-2957-x", "9780804429573", "01315551234", "0131 555 1234", "0131-555-1234", "1000", "1,000", "1.000",
                "marc21", "MARC 21", "marc-21", "z39.50", "Z3950", "Z39", "40615"),
    "Shelves": ("9780306406157", "0-306-40615-2", "MARC 21", "Marc21", "co-operative", "cooperative", "co‐operatives",
                "email", "e-mail", "e‑mail", '"e-mail list"', '"email list"', "mail", "1990s", "1990's", "1990’s", "1990",
                "1234-567X", "1234567x"),
    "Written otherwise": ("cooperative", "co-operative", "co–operative", "e-mail", "email", "o'neill", "o’neill", "oʼneill",
                          "O`Neill", "oneill", "neill", "ross.o'neill@example.org", "ross.o’neill@example.org",
                          "mailto:ross.oneill@example.org", "https://www.nls.uk/a-b/c", "http://nls.uk/a-b", "nls.uk",
                          "www.nls.uk", '"nls.uk/a-b"', "c#", "smores", "col·lecció", "colleccio", "collecció"),
    "Licences": ("C++", "c++", "R&D", "r&d", "RD", "e-mail", "email", "example.org", "https://example.org/licence-2024",
                 "licence 2024", "licence2024"),
}  # fmt: skip
"""What a reader may type, by the title of what it finds."""


def fill(group: Group) -> None:
    writers = ("ross", "isla")
    for number, (board, title, body) in enumerate(CORPUS):
        group.clock.forward(hours=1)
        group.do(writers[number % 2], posts.start_thread, board, title, body)
    group.do("heather", posts.reply, 1, "The library here has ended all subscriptions. Library, library.")


def titles(group: Group, text: str, handle: str = "ross") -> list[str]:
    return [hit.title for hit in group.read(handle, search.search, text).hits]


@pytest.fixture
def filled(group: Group) -> Group:
    fill(group)
    return group


@pytest.fixture(scope="module")
def library(group_to_read: Group) -> Group:
    """The same, only to be read."""
    fill(group_to_read)
    return group_to_read


@pytest.fixture
def both(sqlite_url: str, postgres_url: str) -> Iterator[tuple[Group, Group]]:
    stores = [Store(url, clock=SetClock()) for url in (sqlite_url, postgres_url)]
    groups = []
    for store in stores:
        clock = store.clock
        assert isinstance(clock, SetClock)
        groups.append(make_group(store, clock))
        fill(groups[-1])
        clock.at = datetime(2026, 12, 1, tzinfo=UTC)
    yield groups[0], groups[1]
    for store in stores:
        store.close()


def test_both_engines_give_the_same_answers_in_the_same_order(both: tuple[Group, Group]) -> None:
    for text in (*QUERIES, *(way for ways in WAYS.values() for way in ways)):
        for newest in (False, True):
            found = []
            for group in both:
                page = group.read("ross", search.search, text, newest=newest)
                found.append(([(h.kind, h.post_id, h.handle, h.snippet) for h in page.hits], page.notes, page.asked))
            assert found[0] == found[1], text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60) | st.lists(st.sampled_from(" ".join(QUERIES).split()), max_size=6).map(" ".join))
def test_no_input_is_an_error_and_the_engines_agree_on_it(both: tuple[Group, Group], text: str) -> None:
    answers = [[hit.post_id for hit in group.read("ross", search.search, text).hits] for group in both]
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("subscription", {"Subscriptions: what do you pay for?"}),
        ("libraries", {"Subscriptions: what do you pay for?", "Licences"}),
        ("cafe", {"A café for the group"}),
        ("NAIVE CAFÉ", {"A café for the group"}),
        ("strasse", {"A café for the group"}),
        ('"training day"', {"Who pays for your CPD?", "Day of training"}),
        ('"day of training"', {"Day of training"}),
        ("training -manager", {"Day of training"}),
        ("図書館", {"研究図書館"}),
        ("licen*", {"Licences"}),
        ("e-mail", {"Licences", "Shelves", "Written otherwise"}),
        ("board:training cpd", {"Who pays for your CPD?"}),
        ("board:copyright library", {"Licences"}),
        ("by:isla training", {"Day of training"}),
        ("by:@Ross", {t for n, (_, t, _) in enumerate(CORPUS) if n % 2 == 0} | {"Ross"} - {"Ross"}),
        ("in:1 heather", set()),
        ("in:1 ended", {"Subscriptions: what do you pay for?"}),
        ("after:2026-11-23 cafe", {"A café for the group"}),
        ("before:2026-11-23 cafe", set()),
        ("after:2026-11-24 cafe", set()),
    ],
)
def test_what_is_found(library: Group, text: str, wanted: set[str]) -> None:
    assert set(titles(library, text)) == wanted


def test_what_is_written_in_several_ways_is_found_in_all_of_them(library: Group) -> None:
    missed = [(title, text) for title, ways in WAYS.items() for text in ways if title not in titles(library, text)]
    assert missed == []


def test_signs_that_make_another_word_are_not_lost(library: Group) -> None:
    assert titles(library, "C++") == ["Licences"]
    assert titles(library, "C#") == ["Written otherwise"]
    assert titles(library, "-C++ e-mail board:copyright") == ["Written otherwise"]


@pytest.mark.parametrize("text", ["&", "++", "?!", "“”", "- -", "…", "😀", "''"])
def test_a_question_of_signs_alone_says_why_nothing_is_found(library: Group, text: str) -> None:
    page = library.read("ross", search.search, text)
    assert page.hits == ()
    assert page.notes == ("Only letters and digits are looked for, and there are none in that. Add a word.",)


@pytest.mark.parametrize(
    ("name", "ways"),
    [
        ("Łukasz Żółć", ("Łukasz Żółć", "lukasz zolc", "ŁUKASZ ŻÓŁĆ")),
        ("Фёдор Достоевский", ("Фёдор Достоевский", "федор достоевский", "ФЁДОР ДОСТОЕВСКИЙ")),
        ("Mary-Anne O’Neill", ("mary-anne o'neill", "Mary Anne ONeill", "maryanne oneill")),
        ("Ærøskøbing Þorsson", ("aeroskobing thorsson", "ÆRØSKØBING ÞORSSON")),
    ],
)
def test_a_writer_is_found_by_any_spelling_of_a_name(filled: Group, name: str, ways: tuple[str, ...]) -> None:
    filled.add("writer", display_name=name)
    filled.do("writer", posts.start_thread, "general", "By a member", "microfiche")
    board = filled.read("ross", boards.board_page, "general").board.id
    letter = Mail("<1@x>", (), "From a list", "from a list", False, name, "w@example.org",
                  datetime(2009, 11, 17, tzinfo=UTC), "microfiche")  # fmt: skip
    filled.store.write_now(imports.add_messages, board, [letter])
    for way in ways:
        assert set(titles(filled, f'by:"{way}" microfiche')) == {"By a member", "From a list"}, way
        assert set(titles(filled, f"by:“{way}” microfiche")) == {"By a member", "From a list"}, way
        assert [person.handle for person in filled.read("ross", people.directory, way).people] == ["writer"], way


@pytest.mark.parametrize("text", ["O'Neill", "O’Neill", "oneill", "Ó Neill", "O`NEILL"])
@pytest.mark.parametrize("name", ["Shane O'Neill", "Shane O’Neill", "Shane Oʼneill"])
def test_people_are_found_with_any_apostrophe(group: Group, name: str, text: str) -> None:
    group.add("shane", display_name=name)
    assert [person.handle for person in group.read("ross", people.directory, text).people] == ["shane"]
    hits = group.read("ross", search.search, text).hits
    assert [(hit.kind, hit.handle) for hit in hits] == [("person", "shane")]


def test_nobody_is_called_by_signs_alone(group: Group) -> None:
    assert group.read("ross", people.directory, "&").people == ()
    assert group.read("ross", search.search, "by:&").notes == ("Nobody here is called &.",)


def test_a_word_in_the_title_counts_most_and_then_how_often_it_comes(library: Group) -> None:
    page = library.read("ross", search.search, "library")
    assert page.hits[0].post_id == len(CORPUS) + 1
    assert titles(library, "training")[0] == "Day of training"
    newest = library.read("ross", search.search, "library", newest=True)
    assert [hit.post_id for hit in newest.hits] == sorted((hit.post_id for hit in newest.hits), reverse=True)


def test_the_words_are_marked_where_they_stand(library: Group) -> None:
    hit = library.read("ross", search.search, "cafe").hits[0]
    assert [text for text, marked in hit.snippet if marked] == ["café"]
    assert "".join(text for text, _ in hit.snippet).startswith("Is there a café near Waverley?")


def test_where_nothing_is_marked_the_authors_own_words_are_shown(filled: Group) -> None:
    filled.do("heather", posts.reply, 2, "> Is there a café near Waverley?\n\nThere is one in the library, upstairs.")
    shown = ["".join(text for text, _ in hit.snippet) for hit in filled.read("ross", search.search, "by:heather").hits]
    assert "There is one in the library, upstairs." in shown
    hit = filled.read("ross", search.search, "by:heather upstairs").hits[0]
    assert "".join(text for text, _ in hit.snippet) == "There is one in the library, upstairs."
    hit = filled.read("ross", search.search, "by:heather waverley").hits[0]
    assert "Is there a café near Waverley?" in "".join(text for text, _ in hit.snippet)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("board:nowhere x", "There is no board called nowhere."),
        ("by:nobody x", "Nobody here is called nobody."),
        ("before:soon cafe", "before: wants a date such as 2026-12-03 or 2026-12, so before:soon was left out."),
        ("in:everything cafe", "in: wants a thread's number, so in:everything was left out."),
        ("-cafe", "Add a word that should be there: all others are too many."),
        ("a b c d e f g h i j", "The first 8 words were looked for."),
    ],
)
def test_what_was_not_understood_is_said(library: Group, text: str, note: str) -> None:
    assert note in library.read("ross", search.search, text).notes


def test_an_empty_question_asks_nothing(library: Group) -> None:
    page = library.read("ross", search.search, "  ")
    assert (page.asked, page.hits) == (False, ())


def test_edits_removals_and_new_titles_are_followed(filled: Group) -> None:
    filled.do("isla", posts.edit_post, 2, "Is there a tearoom?")
    assert titles(filled, "tearoom") == ["A café for the group"]
    assert titles(filled, "waverley") == []
    filled.do("ross", posts.delete_post, 3)
    assert titles(filled, "manager") == []
    filled.do("heather", moderation.rename_thread, 2, "A tearoom for everybody")
    assert titles(filled, "everybody") == ["A tearoom for everybody"]
    filled.do("heather", moderation.hide_post, 4, "off topic")
    assert titles(filled, "board:training training") == []
    filled.do("heather", moderation.restore_post, 4)
    filled.do("heather", arranging.move_thread, 4, "general")
    assert titles(filled, "board:general training") == ["Day of training"]


def test_a_private_board_is_found_by_its_members_alone(filled: Group) -> None:
    made = filled.do("morag", board_settings.add_board, "closed", "Closed", kind="private")
    filled.do("morag", board_settings.set_board_people, made, kind="private", reads=["ross"], moderates=[])
    filled.do("morag", posts.start_thread, "closed", "Canary", "a canary sings")
    assert (titles(filled, "canary"), titles(filled, "canary", "isla")) == (["Canary"], [])
    assert filled.read("isla", search.search, "board:closed").notes == ("There is no board called closed.",)


def test_messages_are_found_by_the_two_who_wrote_them(filled: Group) -> None:
    filled.do("ross", messages.send_message, "isla", "the canary is in the kitchen")
    found = {who: filled.read(who, search.search, "canary").hits for who in ("ross", "isla", "heather", "morag")}
    assert [len(hits) for hits in found.values()] == [1, 1, 0, 0]
    assert (found["isla"][0].kind, found["isla"][0].author) == ("message", "ross")
    assert len(filled.read("isla", search.search, "by:ross canary").hits) == 1
    assert filled.read("isla", search.search, "by:isla canary").hits == ()


def test_messages_to_the_moderators_are_found_by_the_member_and_all_who_moderate(group: Group) -> None:
    group.add("angus", "moderator")
    group.do("isla", messages.send_to_moderators, "umbrella lost")
    group.do("heather", messages.send_message, "moderators/isla", "umbrella found")

    def finds(handle: str) -> list[str]:
        return sorted(hit.author for hit in group.read(handle, search.search, "umbrella").hits)

    for handle in ("isla", "heather", "angus", "morag"):
        assert finds(handle) == ["heather", "isla"], handle
    assert finds("ross") == []
    group.do("morag", roles.set_roles, "heather", [])
    assert finds("heather") == []


def test_the_number_of_a_thread_that_became_part_of_another_finds_what_is_in_that_one(group: Group) -> None:
    gone, kept = (group.do("ross", posts.start_thread, "general", title, "umbrella") for title in ("A", "B"))
    other = group.do("ross", posts.start_thread, "general", "C", "umbrella")
    group.do("heather", arranging.merge_threads, gone.thread_id, kept.thread_id)
    for number in (gone.thread_id, kept.thread_id):
        found = group.read("isla", search.search, f"umbrella in:{number}").hits
        assert {hit.post_id for hit in found} == {gone.post_id, kept.post_id}
    assert len(group.read("isla", search.search, f"umbrella in:{gone.thread_id} in:{other.thread_id}").hits) == 3


def test_meetings_and_people_are_found(filled: Group) -> None:
    call(filled, title="Winter gathering", starts="2026-12-03 14:00",
              zone="Europe/London", minutes=60, place="Waverley Gate", about="Licences and café")  # fmt: skip
    kinds = {hit.kind for hit in filled.read("ross", search.search, "waverley").hits}
    assert kinds == {"meeting", "post"}
    me = {"display_name": "Isla Ó Dubhthaigh", "job_title": "Law librarian", "organisation": "", "sector": "law",
          "region": "Highland", "about": "", "can_help": "", "wants_to_learn": "", "zone": "Europe/London"}  # fmt: skip
    filled.do("isla", people.edit_profile, shows_online=False, **me)
    hits = filled.read("ross", search.search, "dubhthaigh highland").hits
    assert [(hit.kind, hit.handle) for hit in hits] == [("person", "isla")]


def test_history_from_a_list_is_found_by_the_names_of_its_writers(filled: Group) -> None:
    board = filled.read("ross", boards.board_page, "general").board.id
    letter = Mail("<1@x>", (), "Microfiche readers", "microfiche readers", False, "Fiona MacRae", "fiona@example.org",
                  datetime(2009, 11, 17, tzinfo=UTC), "Does anybody still have one?")  # fmt: skip
    filled.store.write_now(imports.add_messages, board, [letter])
    assert titles(filled, "microfiche") == ["Microfiche readers"]
    assert titles(filled, 'by:"fiona macrae"') == ["Microfiche readers"]
    filled.store.write_now(imports_people.claim, "fiona@example.org", "isla")
    assert "Microfiche readers" in titles(filled, "by:isla")


def test_before_a_day_everything_older_is_found_the_newest_first(filled: Group) -> None:
    board = filled.read("ross", boards.board_page, "general").board.id
    months = ("2025-03", "2025-02", "2024-12", "2024-11", "2023-11", "2023-10", "2019-05", "1970-01")
    letters = [
        Mail(f"<{month}@x>", (), f"Microfiche of {month}", f"microfiche of {month}", False, "Fiona", "fiona@example.org",
             datetime.fromisoformat(f"{month}-02").replace(tzinfo=UTC), "Does anybody still read it?")
        for month in months
    ]  # fmt: skip
    filled.store.write_now(imports.add_messages, board, letters)
    for day, older in (("2025-04", 0), ("2025-03-02", 1), ("2024-12-05", 2), ("2020", 6), ("1970-01-05", 7)):
        page = filled.read("ross", search.search, f"microfiche before:{day}", newest=True)
        assert [hit.title for hit in page.hits] == [f"Microfiche of {month}" for month in months[older:]], day
    assert titles(filled, "microfiche before:2024-12-01 after:2023-11") == [
        "Microfiche of 2024-11",
        "Microfiche of 2023-11",
    ]


def test_the_index_gives_the_newest_first_however_far_they_are_apart(group: Group) -> None:
    numbers = [1, 2, 60_000, 60_001, 100_000]
    for number in numbers:
        facets = ("b1",) if number % 2 else ()
        group.store.write_now(search_index.put, "post", number, "Tea", "A tearoom in the library", facets)
    library, tea = ([Phrase((term,))] for term in ("librari", "tea"))

    def found(match: search_index.Match, *, limit: int = 10, below: int = 10**6) -> list[int]:
        return group.store.read_now(search_index.matching, "post", match, limit=limit, below=below)

    plain = search_index.Match(library, [], [])
    assert found(plain) == found(search_index.Match(tea, [], [], in_title=True)) == numbers[::-1]
    assert found(plain, limit=3) == [100_000, 60_001, 60_000]
    assert found(plain, below=60_001) == [60_000, 2, 1]
    assert (
        found(search_index.Match(library, [], [["b1"]]))
        == found(search_index.Match(library, [], [], ["b1"]))
        == [60_001, 1]
    )


def test_what_an_older_version_wrote_is_indexed_in_pieces(filled: Group) -> None:
    for number in range(1, len(CORPUS) + 2):
        filled.store.write_now(search_index.forget, "post", number)
    assert titles(filled, "cafe") == []
    pieces = [filled.store.write_now(search.fill, limit=5) for _ in range(4)]
    assert pieces == [5, 5, 2, 0]
    assert titles(filled, "cafe") == ["A café for the group"]


def test_an_index_that_was_emptied_is_filled_whatever_is_written_meanwhile(filled: Group) -> None:
    numbers = range(1, len(CORPUS) + 2)
    for number in numbers:
        filled.store.write_now(search_index.forget, "post", number)
    filled.store.write_now(lambda session: session.add(Refill(kind="post")))
    assert filled.store.write_now(search.fill, limit=4) == 4
    filled.do("ross", posts.start_thread, "general", "Meanwhile", "A canary.")
    pieces = [filled.store.write_now(search.fill, limit=4) for _ in range(4)]
    assert pieces == [4, 4, 1, 0]
    assert titles(filled, "cafe") == ["A café for the group"]
    assert titles(filled, "canary") == ["Meanwhile"]
    assert titles(filled, "cooperative list") == ["Shelves"]


def test_removed_posts_are_not_indexed_again(filled: Group) -> None:
    last = len(CORPUS) + 1
    filled.do("heather", posts.delete_post, last)
    assert filled.store.write_now(search.fill) == 0
    assert filled.store.read_now(lambda s: s.get_one(Post, last).deleted_at) is not None


@pytest.mark.parametrize("text", ["libraries*", "subscriptions*", "e-mai*", "図書*", "licenc*"])
def test_a_beginning_finds_words_in_any_form(library: Group, text: str) -> None:
    assert titles(library, text)


def test_the_title_stays_to_be_found_when_the_first_post_is_removed(filled: Group) -> None:
    filled.do("heather", posts.reply, 2, "a second word")
    filled.do("isla", posts.delete_post, 2)
    assert titles(filled, "café group") == ["A café for the group"]
    filled.do("heather", moderation.rename_thread, 2, "A tearoom")
    assert titles(filled, "tearoom") == ["A tearoom"]


def test_many_words_that_fold_into_more_are_no_burden(library: Group) -> None:
    assert library.read("ross", search.search, "ﷺ " * 250).notes


def test_an_applicant_is_found_by_nobody(filled: Group) -> None:
    about = "I am the librarian of a prison."
    filled.store.write_now(joining.join, Admission("approve", about=about), "ann", "Ann Other", "hash")
    assert filled.read("ross", search.search, "by:ann").notes == ("Nobody here is called ann.",)
    with pytest.raises(NotFound):
        filled.read("ross", people.profile, "ann")
    assert filled.read("heather", people.profile, "ann").state == "applied"
