"""Cleaning, and times in words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbs.text import ago, capped, clean, clean_line, excerpt, fold, moment
from screens.lines import fit, line, width_of, wrap
from screens.markdown import MarkdownLines
from screens.styles import PLAIN

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)


@given(st.text())
def test_cleaned_text_holds_nothing_that_a_terminal_obeys(text: str) -> None:
    cleaned = clean(text)
    assert all(letter == "\n" or letter.isprintable() or letter.isspace() or ord(letter) > 0xA0 for letter in cleaned)
    assert not any(letter in cleaned for letter in "\x1b\x07\x9b\u202e\u2066\u200b\ufeff\x00\r\t")
    assert clean(cleaned) == cleaned


@given(st.text())
def test_a_line_is_one_line(text: str) -> None:
    assert len(clean_line(text).splitlines()) <= 1


@pytest.mark.parametrize(("raw", "kept"), [
    ("a\r\nb\rc", "a\nb\nc"), ("e\u0301", "é"), ("Z" + "\u0301" * 40, "Z\u0301" + "\u0301" * 3), ("a\u200db", "ab"),
    ("👩\u200d💻", "👩\u200d💻"), ("x\ty", "x   y"), ("a" + "\n" * 9 + "b", "a\n\n\nb"),
])  # fmt: skip
def test_what_is_kept_and_what_is_not(raw: str, kept: str) -> None:
    cleaned = clean(raw)
    assert cleaned == kept or (raw.startswith("Z") and len(cleaned) <= 5)


def test_folding_finds_words_without_their_accents() -> None:
    assert fold("Café ÀÉÎ Straße") == "cafe aei strasse"


@pytest.mark.parametrize(("past", "words"), [
    ({"seconds": 5}, "now"), ({"minutes": 12}, "12m"), ({"hours": 3}, "3h"), ({"days": 2}, "Sat"), ({"days": 20}, "3 Nov"),
    ({"days": 400}, "19 Oct 2025"),
])  # fmt: skip
def test_times_are_relative_up_to_a_week(past: dict[str, float], words: str) -> None:
    assert ago(NOW - timedelta(**past), NOW, LONDON) == words


def test_moments_excerpts_and_badges() -> None:
    assert moment(datetime(2026, 7, 3, 13, 0, tzinfo=UTC), LONDON) == "Fri 3 Jul 2026 14:00 BST"
    assert excerpt("one two  three\nfour", 12) == "one two…"
    assert [capped(n) for n in (0, 7, 99, 100)] == ["", "7", "99", "99+"]


@given(st.text(), st.integers(1, 60))
def test_a_line_has_exactly_the_width_asked_for(text: str, width: int) -> None:
    cleaned = clean_line(text)
    assert width_of(fit(cleaned, width)) == width
    strip = line(width, (cleaned, PLAIN), ("after", PLAIN))
    assert sum(width_of(segment.text) for segment in strip) == width


@given(st.text(), st.integers(2, 60))
def test_wrapping_loses_no_letter_and_keeps_the_width(text: str, width: int) -> None:
    cleaned = clean(text)
    rows = wrap([(cleaned, PLAIN)], width)
    assert "".join("".join(part for part, _ in row) for row in rows).replace(" ", "") == cleaned.replace(
        " ", ""
    ).replace("\n", "")
    assert all(sum(width_of(part) for part, _ in row) <= width for row in rows)


MARKDOWN = st.text(alphabet="abc *_`#>-+1.![]()<>\\~\n|é漢👩") | st.text()


@given(MARKDOWN, st.integers(20, 100), st.booleans(), st.booleans(), st.integers(0, 40))
def test_any_text_becomes_lines_of_the_width(text: str, width: int, plain: bool, folded: bool, shift: int) -> None:
    for strip in MarkdownLines().body("key", clean(text), width, plain=plain, folded=folded, shift=shift):
        assert strip.cell_length == width
        assert not any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 for letter in strip.text)
        assert all(segment.style is None or segment.style.link is None for segment in strip)


def test_markdown_reads_as_it_was_meant() -> None:
    text = "# Head\n\nA *b* **c** `d` [e](https://f.org) @isla\nnext\n\n1. x\n   - y\n\n> q\n\n```\ncode  here\n```"
    rows = [strip.text.rstrip() for strip in MarkdownLines().body("key", text, 60)]
    assert rows == [
        "Head", "", "A b c d e [1] <https://f.org> @isla", "next", "", "1. x", "   • y", "", "▎ q", "", "│ code  here",
    ]  # fmt: skip


def test_no_markup_or_link_of_a_member_is_obeyed() -> None:
    text = "[@click=app.quit]x[/] [bold]y[/bold] [z](javascript:alert(1)) <b>h</b>"
    shown = " ".join(strip.text for strip in MarkdownLines().body("key", text, 100))
    for literal in ("[@click=app.quit]x[/]", "[bold]y[/bold]", "javascript:alert(1)", "<b>h</b>"):
        assert literal in shown


def test_links_are_numbered_once_and_shown_in_full() -> None:
    text = """[one](https://a.org/1) https://a.org/1, (see https://b.org/x_(y)). <https://c.org> [m](mailto:a@b.org)
[https://bank.org](https://evil.org) [ftp](ftp://f.org) `https://code.org` https://m.org/@isla"""
    lines = MarkdownLines()
    shown = " ".join(strip.text.strip() for strip in lines.body("key", text, 200))
    assert shown == (
        "one [1] <https://a.org/1> https://a.org/1 [1], (see https://b.org/x_(y) [2]). https://c.org [3] "
        "m [4] <mailto:a@b.org> https://bank.org [5] <https://evil.org> ftp <ftp://f.org> https://code.org "
        "https://m.org/@isla [6]"
    )
    assert lines.links(text) == [
        "https://a.org/1", "https://b.org/x_(y)", "https://c.org", "mailto:a@b.org", "https://evil.org",
        "https://m.org/@isla",
    ]  # fmt: skip


@given(st.text(alphabet="htps:/.w()[]<> \n>é\"'", max_size=200) | MARKDOWN, st.booleans())
def test_a_copied_link_is_printable_ascii_of_a_known_kind(text: str, plain: bool) -> None:
    for address in MarkdownLines().links(clean(text), plain=plain):
        assert address.isascii()
        assert address.isprintable()
        assert " " not in address
        assert address.lower().startswith(("http://", "https://", "mailto:"))


def test_a_mails_quotes_and_signature_are_folded_until_asked_for() -> None:
    text = "On Monday X wrote:\n" + "\n".join(f"> {n}" for n in range(9)) + "\nYes.\n-- \nX\nhttp://x.org"
    lines = MarkdownLines()
    folded = [strip.text.rstrip() for strip in lines.body("key", text, 60, plain=True, folded=True)]
    assert folded == [
        "On Monday X wrote:", "> 0", "> 1", "> 2", "> 3", "[… 5 more lines; o unfolds]", "Yes.",
        "[… 3 signature lines; o unfolds]",
    ]  # fmt: skip
    whole = [strip.text.rstrip() for strip in lines.body("key", text, 60, plain=True)]
    assert whole[-4:] == ["Yes.", "--", "X", "http://x.org [1]"]


def test_a_quote_is_not_folded_to_hide_a_single_line() -> None:
    text = "\n".join(f"> {n}" for n in range(5))
    assert len(MarkdownLines().body("key", text, 60, folded=True)) == 5


def test_marks_that_become_two_when_composed_are_counted_as_two() -> None:
    made = clean("\u0fb9\u1b6c\u0ccc\u0bcd")
    assert made == clean(made) == "\u0f90\u0fb5\u1b6c\u0ccc"
