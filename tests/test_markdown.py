"""Who is mentioned in a body, and what reading it may cost."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bbs import markdown
from bbs.markdown import mentions, parse
from bbs.services.posts import MAX_BODY
from bbs.text import clean, excerpt
from screens import styles
from screens.markdown import MarkdownLines

CASES = Path(__file__).parent / "cases" / "terminal" / "mentions.txt"

NOBODY = (
    "~~~\n@ross\n~~~", "```\n@ross\n```", "````\n```\n@ross\n````", "para\n\n    @ross", "- a\n\n      @ross", "`@ross`",
    "`` ` @ross ``", "> @ross", "> > @ross", "- > @ross", "> said\n@ross goes on in the quotation", "> ```\n> @ross\n> ```",
    "see https://mastodon.scot/@ross/1234", "<https://mastodon.scot/@ross>", "mastodon.scot/@ross", "www.x.scot/@ross",
    "[a page](https://mastodon.scot/@ross)", "[@ross](https://mastodon.scot/@ross)", "![@ross](https://x.org/a.png)",
    "[a]: https://x.org/@ross\n\n[a]", "ssh://x/@ross", "@ross@mastodon.scot", "@ross@mastodon.scot.", "mail ross@example.org",
    "<ross@example.org>", "isla.ross@example.org", "\\@ross", "&#64;ross", "&commat;ross", "*\\@ross*", "@", "@@ross", "@ ross",
    "@1ross", "@r", "@rossé", "x@ross", "@" + "r" * 25, "<https://x.org/?a=@ross>", "# `@ross`",
)  # fmt: skip
ROSS = (
    "@ross", "_@ross_", "*@ross*", "**@ross**", "__@ross__", "***@ross***", "~~@ross~~", "**_@ross_**", "_@ross is there", "@Ross",
    "@ROSS, please", "(@ross)", "“@ross”", "'@ross'", "@ross's", "@ross’s", "@ross.", "@ross: yes", "@ross/@ross", "# @ross",
    "- @ross", "1. @ross", "> said\n\n@ross", "`code` @ross", "`@isla` @ross", "a\n@ross\nb", "\\\\@ross", "é @ross", "@ross_",
    "@ross-", "@ross...", "> @isla\n\n@ross", "```\n@isla\n```\n@ross", "<b>@ross</b>", "https://x.org/@isla @ross",
    "isla@example.org @ross", "|@ross|", "a—@ross", "@ross—a", "@ross ross@example.org",
)  # fmt: skip


def cases() -> list[tuple[str, str]]:
    """(a body, 'nobody' or whom it tells) of the file."""
    blocks: list[tuple[str, str]] = []
    for part in CASES.read_text().split("== tells ")[1:]:
        told, bodies = part.split("\n", 1)
        blocks += [(body.strip("\n"), told) for body in bodies.split("\n--\n")]
    return blocks


@pytest.mark.parametrize(("body", "told"), cases())
def test_the_cases_tell_whom_they_should(body: str, told: str) -> None:
    assert mentions(clean(body)) == (() if told == "nobody" else (told,))


@pytest.mark.parametrize("body", NOBODY)
def test_code_links_addresses_quotations_and_escapes_call_nobody(body: str) -> None:
    assert mentions(clean(body)) == ()


@pytest.mark.parametrize("body", ROSS)
def test_emphasis_and_punctuation_hide_no_mention(body: str) -> None:
    assert mentions(clean(body)) == ("ross",)


def test_each_is_named_once_in_the_order_of_the_text() -> None:
    assert mentions("@isla, @Ross and @isla-b.c_d; @ISLA") == ("isla", "ross", "isla-b.c_d")


@pytest.mark.parametrize("body", [*NOBODY, *ROSS])
def test_what_is_drawn_as_a_mention_is_one(body: str) -> None:
    strips = MarkdownLines().body("key", clean(body), 80)
    drawn = {segment.text.strip().lower() for strip in strips for segment in strip if segment.style == styles.NAME}
    assert {name for name in drawn if name.startswith("@")} == {f"@{name}" for name in mentions(clean(body))}


HOSTILE = (
    "[",
    "![",
    "[[]",
    "[](",
    "[a](",
    "![a",
    "*[",
    "[`",
    "* a\n",
    "- a\n  - b\n",
    "\n>",
    "_a_",
    "a*b_",
    "**a ",
    "``a`",
    "<a@",
    "&#x",
)


@pytest.mark.parametrize("sign", HOSTILE)
def test_a_body_of_signs_alone_is_not_taken_apart(sign: str) -> None:
    body = clean(sign * MAX_BODY)[:MAX_BODY] + "\n\n@ross"
    tokens = parse(body)
    assert len(tokens) == 3
    assert "".join("\n" if child.type == "softbreak" else child.content for child in tokens[1].children or ()) == body
    assert mentions(body) == ()


def test_a_long_honest_body_is_read_as_markdown() -> None:
    said = "Some *words* with **bold**, `code`, [a link](https://example.org/x) and more; @ross said so. And then nothing.\n\n"
    body = (said * 200)[:MAX_BODY]
    assert mentions(body) == ("ross",)
    assert sum(token.type == "paragraph_open" for token in parse(body)) > 150
    items = "- a thing that the meeting agreed on\n" * 400
    assert sum(token.type == "list_item_open" for token in parse(items)) == 400


@settings(deadline=None)
@given(st.text(alphabet="@ross isla[]()<>`*_~\\>-\n.:/&#1;") | st.text())
def test_any_text_calls_those_whom_it_shows(text: str) -> None:
    shown = [child for token in parse(clean(text)) for child in token.children or () if child.type == markdown.MENTION]
    assert set(mentions(clean(text))) == {child.content[1:].lower() for child in shown}


@pytest.mark.parametrize(("body", "drawn"), [
    ("j&#12;k", "jk"), ("j&#13;k", "jk"), ("j&#10;k", "j k"), ("j&Tab;k", "j k"), ("a&#x202e;b", "ab"), ("a&shy;b", "ab"),
    ("a&#x200b;b", "ab"), ("e" + "&#x301;" * 9, "\u00e9" + "\u0301" * 3), ("# a&#xe0041;b", "ab"), ("*a&lrm;b*", "ab"),
    ("[a&#x2066;b](https://x.org)", "ab [1] <https://x.org>"), ("a &lt; *b* &amp; c", "a < b & c"), ("`&shy;`", "&shy;"),
])  # fmt: skip
def test_letters_that_are_written_as_entities_are_cleaned_like_others(body: str, drawn: str) -> None:
    (strip,) = MarkdownLines(remembered=1).body(body, body, 60)
    assert strip.text.strip() == drawn


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("> **isla** wrote:\n>\n> old words\n\nMy own words", "My own words"),
        ("On 3 Dec 2019, Isla wrote:\n\n> old words\n> more\n\nMy own words", "My own words"),
        ("Isla said:\n> old words\n\n\nMy own words\n\n> and more", "My own words > and more"),
        ("> old words", "> old words"),
        ("> old words\n\n", "> old words"),
        ("My words\n\n> old", "My words > old"),
        ("What we need:\n\n- a room", "What we need: - a room"),
        ("", ""),
    ],
)
def test_an_excerpt_begins_with_the_authors_own_words(body: str, words: str) -> None:
    assert excerpt(body) == words
