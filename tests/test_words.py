"""Words of the search, and where they stand in a text."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bbs.words import GAP, Phrase, places, terms

WORDS = (
    "Library", "libraries", "LIBRARY'S", "librarian", "library_card", "café", "CAFE", "cafe\u0301", "Éclair", "eclairs",
    "dying", "die", "skies", "sky", "İstanbul", "istanbul", "ﬁnding", "find", "Straße", "STRASSE", "図書館", "0図", "図", "ﾊﾝ",
    "1½", "0¼", "2²", "R&D", "e-mail", "email", "co-operative", "O’Neill's", "MARC21", "Z39.50", "C++", "0-306-40615-2", "9780306406157",
    "0131 555 1234", "1990s", "1,000", "2024", "\u0301", "'", "µ", "K", "k", "ſo", "so", "งาน", "naïve", "_", "a", "the", "annual", "review",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(WORDS) | st.text(max_size=4), max_size=12).map(" ".join)


def standing(phrase: Phrase, found: list[str]) -> int:
    """How often, by the terms of a whole text."""
    size = len(phrase.terms)
    runs = [tuple(found[at : at + size]) for at in range(len(found) - size + 1)]
    *head, last = phrase.terms
    open_ends = [run for run in runs if run[:-1] == tuple(head) and run[-1].startswith(last)]
    return len(open_ends if phrase.open_end else [run for run in runs if run == phrase.terms])


@settings(deadline=None)  # a pattern is compiled for each first letter
@given(TEXTS, st.data())
def test_every_place_of_a_phrase_is_found_and_no_other(text: str, data: st.DataObject) -> None:
    known = " ".join(terms(text)).split(GAP)[0].split()
    assume(known)
    start = data.draw(st.integers(0, len(known) - 1))
    wanted = known[start : start + data.draw(st.integers(1, 3))]
    open_end = data.draw(st.booleans())
    if open_end:
        wanted[-1] = wanted[-1][: data.draw(st.integers(1, len(wanted[-1])))]
    phrase = Phrase(tuple(wanted), open_end)
    found = places(phrase, text)
    assert len(found) >= standing(phrase, known)
    assert all(standing(phrase, terms(text[low:high])) for low, high in found)


@settings(deadline=None)  # a pattern is compiled for each first letter
@given(TEXTS, st.data())
def test_what_is_found_in_parts_has_its_place_too(text: str, data: st.DataObject) -> None:
    runs = [run.split() for run in " ".join(terms(text)).split(f" {GAP} ")[1:]]
    for run in (run for run in runs if len(run) > 1):  # digits that stand apart have their places one by one
        start = data.draw(st.integers(0, len(run) - 1))
        assert places(Phrase(tuple(run[start : start + data.draw(st.integers(1, 3))])), text)


@given(st.from_regex(r"[a-zA-Z]{1,20}", fullmatch=True))
def test_a_stem_begins_as_its_word_does(word: str) -> None:
    assert [term[0] for term in terms(word)] == [word[0].lower()]


def test_places_are_counted_in_letters_of_the_text() -> None:
    assert places(Phrase(("12",)), "1½ 12 112") == [(1, 2), (3, 5)]
    assert places(Phrase(("librari",)), "A café; the Libraries of\nour library_card.") == [(12, 21), (29, 36)]
    assert places(Phrase(("annual", "review")), "An annual -- review, an annual (sic) review.") == [(3, 19)]
