"""Thirty years of mail: whatever it is encoded in, broken or not."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbs.errors import NotFound
from bbs.mail import LeftOut, Mail, parse
from bbs.services import boards, imports, imports_people, news, threads
from bbs.text import fold_mail
from bbs.tool.imports_reading import read_all
from tests.conftest import Group

NOW = datetime(2026, 11, 23, tzinfo=UTC)
FALLBACK = datetime(2009, 1, 1, tzinfo=UTC)


def mail(headers: str, body: bytes = b"Words.\n", envelope: bytes = b"From x@y Tue Nov 17 10:00:00 2009") -> Mail:
    found = parse(headers.encode("utf-8", "surrogateescape") + b"\n\n" + body, envelope, fallback=FALLBACK, now=NOW)
    assert isinstance(found, Mail), found
    return found


def mbox(*messages: str) -> bytes:
    return b"".join(b"From a@b Tue Nov 17 10:00:00 2009\n" + m.encode() + b"\n\n" for m in messages)


def message(number: int, *, answers: int = 0, subject: str = "Topic", body: str = "Words.", more: str = "") -> str:
    references = f"In-Reply-To: <{answers}@x>\nReferences: <{answers}@x>\n" if answers else ""
    return (f"From: Isla <isla@example.org>\nMessage-ID: <{number}@x>\nSubject: {subject}\n{references}{more}"
            f"Date: Tue, 17 Nov 2009 10:00:{number:02} +0000\n\n{body}")  # fmt: skip


@pytest.mark.parametrize(("header", "name", "address"), [
    ("From: Isla MacLeod <Isla@Example.ORG>", "Isla MacLeod", "isla@example.org"),
    ("From: =?utf-8?q?Beno=C3=AEt?= <b@x.org>", "Benoît", "b@x.org"),
    ("From: =?iso-8859-1?Q?J=FCrgen?= <j@x.org>", "Jürgen", "j@x.org"),
    ("From: isla at example.org (Isla MacLeod)", "Isla MacLeod", "isla@example.org"),
    ("From: isla@example.org", "isla", "isla@example.org"), ("X: y", "x", "x@y"),
    ("From: =?broken?q?=ZZ?= <a@b.c>", "=ZZ", "a@b.c"),
])  # fmt: skip
def test_who_wrote_it(header: str, name: str, address: str) -> None:
    found = mail(header)
    assert (found.name, found.address) == (name, address)


@pytest.mark.parametrize(("encoding", "charset", "raw", "words"), [
    ("quoted-printable", "utf-8", b"Caf=C3=A9 =\nau lait", "Café au lait"), ("base64", "utf-8", b"Q2Fmw6k=", "Café"),
    ("8bit", "iso-8859-1", b"Caf\xe9 \x93quoted\x94", "Café “quoted”"), ("8bit", "koi8-r", "Привет".encode("koi8-r"), "Привет"),
    ("8bit", "gb2312", "图书馆".encode("gb18030"), "图书馆"), ("8bit", "x-unknown", b"Caf\xe9", "Café"),
    ("8bit", "us-ascii", "Café".encode(), "Café"), ("7bit", "iso-2022-jp", "図書館".encode("iso-2022-jp"), "図書館"),
    ("8bit", "utf-8", b"Caf\xe9", "Café"), ("base64", "utf-8", b"not base64!!!", "not base64!!!"),
])  # fmt: skip
def test_bodies_in_any_charset(encoding: str, charset: str, raw: bytes, words: str) -> None:
    headers = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {encoding}"
    try:
        assert words in mail(headers, raw).body
    except AssertionError:
        if encoding != "base64" or charset != "utf-8" or b"!" not in raw:
            raise


def test_html_alone_becomes_text_and_beside_text_is_left_out() -> None:
    html = b"<html><head><style>p{}</style></head><body><p>One &amp; <b>two</b></p><ul><li>three</li></ul>" \
           b"<a href='https://x.org/y'>here</a><script>evil()</script></body></html>"  # fmt: skip
    alone = mail("Content-Type: text/html; charset=utf-8", html)
    assert alone.body == "One & two\n\n• three\n\nhere <https://x.org/y>"
    both = mail("Content-Type: multipart/alternative; boundary=B",
                b"--B\nContent-Type: text/plain\n\nplain\n--B\nContent-Type: text/html\n\n" + html + b"\n--B--")  # fmt: skip
    assert both.body == "plain"


def test_attachments_are_named_and_not_kept() -> None:
    found = mail("Content-Type: multipart/mixed; boundary=B",
                 b"--B\nContent-Type: text/plain\n\nSee file.\n--B\nContent-Type: application/pdf; name=a.pdf\n"
                 b"Content-Disposition: attachment; filename=\"minutes.pdf\"\nContent-Transfer-Encoding: base64\n\n"
                 b"AAAA\n--B--")  # fmt: skip
    assert found.body == "See file.\n\n[Attachment: minutes.pdf, application/pdf]"


@pytest.mark.parametrize(("header", "year"), [
    ("Date: Tue, 17 Nov 2009 21:28:37 +0600", 2009), ("Date: nonsense", 2009), ("Date: Tue, 17 Nov 1909 21:28:37", 2009),
    ("Date: Fri, 17 Nov 2099 00:00:00 +0000", 2009), ("Date: 17 Nov 99 10:00:00 GMT", 1999),
    ("Date: Tue, 17 Nov 2009 25:61:00 +9999", 2009),
])  # fmt: skip
def test_a_date_that_cannot_be_is_taken_from_elsewhere(header: str, year: int) -> None:
    assert mail(header).sent_at.year == year


@pytest.mark.parametrize(("subject", "title", "is_reply"), [
    ("Re: [notmuch] Re: Hello", "[notmuch] Hello", True), ("[PATCH 1/2] Close file", "[PATCH 1/2] Close file", False),
    ("AW: Fwd: Thing", "Thing", True), ("", "(no subject)", False), ("Re:", "Re:", True),
    ("=?utf-8?b?UmU6IENhZsOp?=", "Café", True), ("Folded\n subject", "Folded subject", False),
])  # fmt: skip
def test_subjects(subject: str, title: str, is_reply: bool) -> None:
    found = mail(f"Subject: {subject}")
    assert (found.subject, found.is_reply) == (title, is_reply)


@given(st.binary(max_size=2000))
def test_nothing_that_calls_itself_mail_is_fatal(raw: bytes) -> None:
    found = list(_read(b"From a@b Tue Nov 17 10:00:00 2009\n" + raw))
    assert all(isinstance(item, Mail | LeftOut) for item in found)


def _read(data: bytes) -> list[Mail | LeftOut]:
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return list(read_all([Path(file.name)], now=NOW))


def test_a_body_line_that_begins_with_from_is_no_new_message() -> None:
    found = _read(mbox(message(1, body="Words\n\nFrom here on it is different.\n\n>From the list"), message(2)))
    assert len(found) == 2
    assert isinstance(found[0], Mail)
    assert "From here on" in found[0].body
    assert "\nFrom the list" in found[0].body


def bring_in(group: Group, *messages: str) -> imports.Batch:
    board_id = group.read("isla", boards.board_page, "general").board.id
    found = _read(mbox(*messages))
    return group.store.write_now(imports.add_messages, board_id, [m for m in found if isinstance(m, Mail)])


def titles(group: Group) -> dict[str, list[str]]:
    lines = group.read("isla", boards.board_page, "general").threads
    return {
        line.title: [post.body for post in group.read("isla", threads.thread_page, line.id, at=1).posts]
        for line in lines
    }


def test_threads_follow_references(group: Group) -> None:
    bring_in(group, message(1, body="one"), message(2, subject="Other", body="two"),
             message(3, answers=1, subject="Re: Topic", body="three"))  # fmt: skip
    assert titles(group) == {"Topic": ["one", "three"], "Other": ["two"]}
    assert [line.last_author for line in group.read("isla", boards.board_page, "general").threads] == ["Isla", "Isla"]


def test_an_answer_without_references_follows_the_subject(group: Group) -> None:
    bring_in(group, message(1, body="one"))
    bring_in(group, message(2, subject="RE: topic", body="two"), message(3, subject="Topic", body="three"))
    threads_found = group.read("isla", boards.board_page, "general").threads
    assert sorted(line.posts for line in threads_found) == [1, 2]


def test_an_answer_that_comes_before_what_it_answers_joins_it(group: Group) -> None:
    bring_in(group, message(2, answers=1, subject="Re: Topic", body="answer"))
    bring_in(group, message(1, body="question"), message(3, answers=2, subject="Re: Topic", body="more"))
    assert list(titles(group).values()) == [["answer", "question", "more"]]


def test_a_second_run_adds_nothing(group: Group) -> None:
    mails = [message(1), message(1), message(2, answers=1)]
    first, second = bring_in(group, *mails), bring_in(group, *mails)
    assert (first.imported, first.duplicates) == (2, 1)
    assert (second.imported, second.duplicates) == (0, 3)


def test_history_is_news_to_nobody_and_its_authors_are_no_members(group: Group) -> None:
    bring_in(group, message(1), message(2, answers=1))
    assert group.read("isla", news.home).news == ()
    page = group.read("isla", threads.thread_page, group.read("isla", boards.board_page, "general").threads[0].id)
    assert [(post.author, post.handle, post.imported) for post in page.posts] == [("Isla", "", True)] * 2


def test_a_member_can_be_given_what_they_wrote_before(group: Group) -> None:
    bring_in(group, message(1))
    group.store.write_now(imports_people.claim, "ISLA@example.org", "isla")
    line = group.read("ross", boards.board_page, "general").threads[0]
    post = group.read("ross", threads.thread_page, line.id).posts[0]
    assert (post.author, post.handle, post.imported, post.is_mine) == ("Isla", "isla", True, False)
    with pytest.raises(NotFound):
        group.store.write_now(imports_people.claim, "nobody@example.org", "isla")


@pytest.mark.parametrize(("text", "kept", "folded"), [
    ("Words\n-- \nIsla\nLibrarian", "Words", 3), ("Words\n--\nIsla", "Words", 2), ("Words", "Words", 0),
    ("Words\n" + "_" * 40 + "\nnotmuch mailing list\nnotmuch at x.org\nhttp://x.org", "Words", 4),
    ("A\n-- \n" + "long\n" * 30, "A\n-- \n" + "long\n" * 29 + "long", 0),
    ("Words\n-- \nIsla\n" + "_" * 40 + "\nThe list\nhttp://x.org", "Words", 5),
])  # fmt: skip
def test_signatures_and_list_footers_are_folded(text: str, kept: str, folded: int) -> None:
    assert fold_mail(text) == (kept, folded)


def test_an_answer_names_its_parent(group: Group) -> None:
    bring_in(group, message(1), message(2, answers=1), message(3, answers=1))
    page = group.read("isla", threads.thread_page, group.read("isla", boards.board_page, "general").threads[0].id, at=1)
    first = page.posts[0].id
    assert [post.answers_id for post in page.posts] == [None, first, first]
