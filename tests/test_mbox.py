"""Where messages begin and end, in every kind of file that mail programs leave behind."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbs.errors import Unreadable
from bbs.mail import LeftOut, Mail
from bbs.mbox import MAX_ROW, envelope_date, messages
from bbs.tool.imports_reading import read_all

NOW = datetime(2026, 11, 26, tzinfo=UTC)
HEAD = "From: Ana <ana@x.example>\nSubject: A\nDate: Tue, 17 Nov 2009 10:00:00 +0000\nMessage-ID: <{0}@x.example>\n\n"
DATED = "From ana@x.example Tue Nov 17 10:00:00 2009\n"


def message(number: int, body: str, *, separator: str = DATED, headers: str = "") -> str:
    return separator + headers + HEAD.format(number) + body


def read(path: Path, data: str | bytes) -> list[Mail | LeftOut]:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return list(read_all([path], now=NOW))


def bodies(items: list[Mail | LeftOut]) -> list[str]:
    assert all(isinstance(item, Mail) for item in items), items
    return [item.body for item in items if isinstance(item, Mail)]


@pytest.mark.parametrize("separator", [
    "From ana@x.example Tue Nov 17 10:00:00 2009",
    "From ana@x.example Tue Nov  3 10:00 2009",
    "From ana at x.example  Tue Nov 17 10:00:00 2009",
    "From 1832929883591034824@xxx Fri May 23 16:35:53 +0000 2025",
    "From - Tue Nov 17 10:00:00 2009",
    "From ???@??? Tue Nov 17 10:00:00 2009",
    "From MAILER-DAEMON Tue Nov 17 10:00:00 2009 -0500",
    "From ana Tue Nov 17 10:00:00 GMT 2009",
    "From a@x.example Tue, 17 Nov 2009 10:00:00 GMT",
    "From ana Tue Nov 17 10:00:00 1992 remote from wombat",
    "From ana@x.example",
    "From -",
    "From ",
])  # fmt: skip
def test_separators_of_all_programs(tmp_path: Path, separator: str) -> None:
    text = message(1, "one\n\n", separator=f"{separator}\n") + message(2, "two\n", separator=f"{separator}\n")
    assert bodies(read(tmp_path / "list.mbox", text)) == ["one", "two"]
    assert bodies(read(tmp_path / "crlf.mbox", text.replace("\n", "\r\n"))) == ["one", "two"]


@pytest.mark.parametrize("prose", [
    "Words.\nFrom memory the shelf held forty boxes.\nMore.",
    "Words.\n\nFrom memory the shelf held forty boxes.\nMore.",
    "Words.\n\nFrom 10:30 on 12 May 2004 we open the desk, and\nthe branch follows later.",
    "Words.\n\nFrom Monday to Friday, 10:00 to 17:00, from May 2004\nNote: the branch is closed.",
    "Words.\n\nFrom ana@x.example I heard that the fund is open.\nNote: until May.",
    "Words.\nFrom ana@x.example\nNote: without an empty line before it this is a sentence.",
    "From here on it is different.",
])  # fmt: skip
def test_a_sentence_that_begins_with_from_stays_in_its_message(tmp_path: Path, prose: str) -> None:
    found = bodies(read(tmp_path / "list.mbox", message(1, f"{prose}\n\n") + message(2, "two\n")))
    assert found == [prose, "two"]


def test_a_separator_without_an_empty_line_before_it_separates(tmp_path: Path) -> None:
    assert bodies(read(tmp_path / "list.mbox", message(1, "one\n") + message(2, "two\n"))) == ["one", "two"]


def test_one_level_of_quoting_is_taken_away(tmp_path: Path) -> None:
    text = message(1, ">From the desk\n>>From the deep\n> From a quote\n")
    assert bodies(read(tmp_path / "list.mbox", text)) == ["From the desk\n>From the deep\n> From a quote"]


def nested(length: int) -> str:
    """A message whose text holds a whole other one, and one more message behind it."""
    inner = "Forwarded:\n\n" + message(9, "inner\n")
    return message(1, f"{inner}\n", headers=f"Content-Length: {len(inner) + length}\n") + message(2, "two\n")


def test_content_length_says_what_belongs_to_a_text(tmp_path: Path) -> None:
    found = bodies(read(tmp_path / "list.mbox", nested(0)))
    assert len(found) == 2
    assert "Subject: A" in found[0]
    assert found[0].endswith("inner")


@pytest.mark.parametrize("wrong", [-7, 9, 10_000, 10**11])
def test_a_wrong_content_length_loses_nothing(tmp_path: Path, wrong: int) -> None:
    found = bodies(read(tmp_path / "list.mbox", nested(wrong)))
    assert found == ["Forwarded:", "inner", "two"]


def test_a_file_may_begin_with_a_mark_of_its_encoding(tmp_path: Path) -> None:
    assert bodies(read(tmp_path / "list.mbox", "\ufeff" + message(1, "one\n\n") + message(2, "two\n"))) == [
        "one",
        "two",
    ]


def test_long_lines_are_whole(tmp_path: Path) -> None:
    long = "a" * (MAX_ROW + 9_000)
    found = list(messages_of(tmp_path / "list.mbox", message(1, f"{long}\nFrom here\n\n") + message(2, "two\n")))
    assert len(found) == 2
    assert long.encode() in found[0]


def messages_of(path: Path, text: str) -> list[bytes]:
    path.write_text(text)
    return [found.raw for found in messages(path)]


def test_gzip_is_unpacked(tmp_path: Path) -> None:
    packed = gzip.compress(message(1, "one\n\n").encode()) + gzip.compress(message(2, "two\n").encode())
    assert bodies(read(tmp_path / "list.mbox.gz", packed)) == ["one", "two"]


def test_a_single_message(tmp_path: Path) -> None:
    text = HEAD.format(1) + "one\n\n" + message(2, "pasted\n")
    found = bodies(read(tmp_path / "one.eml", text))
    assert len(found) == 1
    assert "pasted" in found[0]


def test_a_maildir_is_read_without_its_bin(tmp_path: Path) -> None:
    for folder, name in (("cur", "1:2,S"), ("new", "2"), ("cur", "3:2,ST"), ("tmp", "4"), (".Sent/cur", "5:2,")):
        (tmp_path / "mail" / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "mail" / folder / name).write_text(HEAD.format(name[0]) + f"text {name[0]}\n")
    found = list(read_all([tmp_path / "mail"], now=NOW))
    assert sorted(item.body for item in found if isinstance(item, Mail)) == ["text 1", "text 2", "text 5"]
    assert [item.why for item in found if isinstance(item, LeftOut)] == ["a mail program has marked it as deleted"]


def test_a_folder_of_files_is_read_and_what_is_no_mail_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.mbox").write_text(message(1, "one\n"))
    (tmp_path / "b.eml").write_text(HEAD.format(2) + "two\n")
    (tmp_path / "c.pdf").write_bytes(b"%PDF-1.4\n1 0 obj << /Type: x >>\n")
    found = list(read_all([tmp_path], now=NOW))
    assert [item.body if isinstance(item, Mail) else item.what for item in found] == ["one", "two", "c.pdf"]


@pytest.mark.parametrize(("name", "data", "why"), [
    ("empty.mbox", b"", "is empty"),
    ("blank.mbox", b"\n\n\n", "holds no mail"),
    ("paper.pdf", b"%PDF-1.4\n1 0 obj << /Type: /Catalog >>\nendobj\n", "holds no mail"),
    ("notes.txt", b"Agenda: the fund\n\nWe meet at ten.\n", "holds no mail"),
    ("letter.txt", b"From memory the shelf held forty boxes.\n", "holds no mail"),
    ("broken.gz", gzip.compress(b"x" * 1000, mtime=0)[:-9], "is a damaged gzip file"),
])  # fmt: skip
def test_what_is_no_mail_is_refused(tmp_path: Path, name: str, data: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(tmp_path / name, data)


@pytest.mark.parametrize(("header", "why"), [
    ("X-Mozilla-Status: 0009", "marked it as deleted"), ("X-Status: AD", "marked it as deleted"),
    ("X-No-Archive: Yes", "not archived"), ("Archive: no", "not archived"),
    ("X-Mozilla-Status: 0001", ""), ("X-Status: A", ""), ("X-No-Archive: no", ""), ("X-Mozilla-Status: nonsense", ""),
])  # fmt: skip
def test_what_nobody_wants_to_find_is_left_out(tmp_path: Path, header: str, why: str) -> None:
    (found,) = read(tmp_path / "list.mbox", message(1, "one\n", headers=f"{header}\n"))
    assert why in found.why if isinstance(found, LeftOut) else not why


def test_a_folders_own_notes_are_left_out(tmp_path: Path) -> None:
    text = (
        DATED
        + "From: Mail System <MAILER-DAEMON@x>\nSubject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\n\nx\n\n"
    )
    found = read(tmp_path / "list.mbox", text + message(2, "two\n"))
    assert [type(item) for item in found] == [LeftOut, Mail]


@pytest.mark.parametrize(("separator", "date"), [
    (b"From a@x Tue Nov 17 10:00:00 2009", "17 Nov 2009 10:00:00 +0000"),
    (b"From 1@xxx Fri May 23 16:35:53 +0200 2025", "23 May 2025 16:35:53 +0200"),
    (b"From a@x Tue, 17 November 2009 10:00 GMT", "17 Nov 2009 10:00 +0000"),
    (b"From a@x", ""),
])  # fmt: skip
def test_the_date_of_a_separator(separator: bytes, date: str) -> None:
    assert envelope_date(separator) == date


@given(
    st.lists(
        st.sampled_from([DATED, "From ", "From x", "\n", "Subject: s\n", "Content-Length: 3\n", "words\n", "\r\n"])
    )
)
def test_no_line_is_lost(tmp_path_factory: pytest.TempPathFactory, rows: list[str]) -> None:
    """Whatever stands in a file that begins with a message: each of its bytes is in one message, or a separator."""
    path = tmp_path_factory.mktemp("mail") / "list.mbox"
    text = DATED + HEAD.format(1) + "".join(rows)
    path.write_text(text, newline="")
    found = list(messages(path))
    assert sum(len(one.envelope) + len(one.raw) for one in found) == len(text)
    assert found[-1].position == len(text)
