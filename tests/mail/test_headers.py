"""Who wrote a message, when, about what, and what it answers."""

import pytest

from bbs.mail import LeftOut
from bbs.mail.ids import MAX_ID, MAX_REFERENCES
from tests.mail.reading import post, read, with_headers

LIST = "network@lists.example"
VIA = f"From: Ana Silva via Network <{LIST}>"
POST = f"List-Post: <mailto:{LIST}>"


@pytest.mark.parametrize(("headers", "name", "address"), [
    ("From: =?utf-8?Q?M=C3?= =?utf-8?Q?=BCller?= <a@x.org>", "Müller", "a@x.org"),
    ("From: =?utf-8?Q?\"Silva,_Ana\"?= <a@x.org>", "Silva, Ana", "a@x.org"),
    ("From: \"=?utf-8?Q?M=C3=BCller,_Ana?=\" <a@x.org>", "Müller, Ana", "a@x.org"),
    ("From: =?utf-8?Q?Ana_Silva_<a@x.org>?=", "Ana Silva", "a@x.org"),
    ("From: =?utf-8?Q?Zo=EB?= <a@x.org>", "Zoë", "a@x.org"),
    ("From: =?unknown-8bit?Q?Zo=EB?= <a@x.org>", "Zoë", "a@x.org"),
    ("From: a@x.org (=?utf-8?Q?Zo=C3=AB?=)", "Zoë", "a@x.org"),
    ("From: M\udcfcller, Ana <a@x.org>", "Müller, Ana", "a@x.org"),
    ("From: \udce9\udcd7\udcc1\udcce <a@x.org>\nContent-Type: text/plain; charset=koi8-r", "Иван", "a@x.org"),
    ('From: "Ana \\"Nan\\" Silva" <a@x.org>', 'Ana "Nan" Silva', "a@x.org"),
    ("From: \"Ana\n Silva\" <a@x.org>", "Ana Silva", "a@x.org"),
    ("From: 'Ana Silva' <a@x.org>", "Ana Silva", "a@x.org"),
    ("From: =?utf-8?Q?=1B[31mAna=1B[0m?= <a@x.org>", "Ana", "a@x.org"),
    ("From: Ana <a@x.org>, Bob <b@x.org>", "Ana", "a@x.org"),
    ("From: a@x.org (Ana (Nan) Silva)", "Ana (Nan) Silva", "a@x.org"),
    ("From: Ana <ana [at] x.org>", "Ana", "ana@x.org"), ("From: ana(at)x.org (Ana)", "Ana", "ana@x.org"),
    ("From: Ana <ana at x.org>", "Ana", "ana@x.org"), ("From: isla at x.org (Isla at Home)", "Isla at Home", "isla@x.org"),
    ("From: undisclosed: ana@x.org;", "ana", "ana@x.org"), ("From: \"a@x.org\" <a@x.org>", "a", "a@x.org"),
    ("From: Ana Silva", "Ana Silva", "unknown"), ("From: Ana <>", "Ana", "unknown"), ("Sender: s@x.org\nFrom:", "s", "s@x.org"),
])  # fmt: skip
def test_the_author(headers: str, name: str, address: str) -> None:
    found = post(headers.encode("utf-8", "surrogateescape") + b"\n\nWords.")
    assert (found.name, found.address) == (name, address)


@pytest.mark.parametrize(("headers", "address"), [
    (f"{VIA}\nX-Original-From: Ana Silva <ana@silva.example>", "ana@silva.example"),
    (f"{VIA}\nReply-To: Ana Silva <ana@silva.example>", "ana@silva.example"),
    (f"{VIA}\nReply-To: ana@silva.example", "ana@silva.example"),
    (f"{VIA}\nReply-To: Network <{LIST}>, Ana Silva <ana@silva.example>", "ana@silva.example"),
    (f"{VIA}\nReply-To: Network <{LIST}>\nCc: Bob <bob@x>, Ana Silva <ana@silva.example>", "ana@silva.example"),
    (f"From: \"'Ana Silva' via Network\" <{LIST}>\nReply-To: ana@silva.example", "ana@silva.example"),
    (f"From: Ana Silva (via Network) <{LIST}>\nReply-To: ana@silva.example", "ana@silva.example"),
    (f"From: =?utf-8?Q?Ana_Silva_via_Netz?= <{LIST}>\nReply-To: ana@silva.example", "ana@silva.example"),
    (f"From: Network <{LIST}>\nReply-To: Ana Silva <ana@silva.example>\n{POST}", "ana@silva.example"),
    ('From: "Ana Silva ana@silva.example [network]" <network@yahoogroups.example>', "ana@silva.example"),
    ("From: Ana Silva <ana=40silva.example@dmarc.example>", "ana@silva.example"),
    ("From: Ana Silva <000012ab-dmarc-request@listserv.example>\nReply-To: ana@silva.example", "ana@silva.example"),
    (VIA, LIST), (f"{VIA}\nReply-To: {LIST}\n{POST}", LIST),
    (f"From: Ana Silva <ana@silva.example>\nReply-To: {LIST}\n{POST}", "ana@silva.example"),
    ("From: Ana Silva <ana@silva.example>\nReply-To: Desk <desk@silva.example>", "ana@silva.example"),
])  # fmt: skip
def test_the_author_of_what_a_list_sent_under_its_own_address(headers: str, address: str) -> None:
    found = post(f"{headers}\n\nWords.".encode())
    assert (found.name, found.address) == ("Ana Silva", address)


@pytest.mark.parametrize(("subject", "title", "key", "is_reply"), [
    ("Re: [a][b] x", "[a] [b] x", "x", True), ("[a] Re: [A] x", "[a] x", "x", True),
    ("[JOB] Librarian", "[JOB] Librarian", "[job] librarian", False),
    ("Re: [PATCH 1/2] x", "[PATCH 1/2] x", "[patch 1/2] x", True),
    ("Fwd: Re: x", "x", "x", False), ("Re: Fwd: x", "x", "x", True), ("[tag] Re:", "[tag]", "[tag]", True),
    ("\x1b[31mRed\x1b[0m", "Red", "red", False), ("r: x", "r: x", "r: x", False), ("Research: x",) * 2 + ("research: x", False),
    ("Gr\udcf6\udcdfe", "Größe", "grösse", False),
    ("=?iso-2022-jp?B?GyRCP14bKEI=?= x", "図 x", "図 x", False),
    ("=?utf-8?Q?a?b?=", "a?b", "a?b", False), ("=?utf-8?B?Q?= x", "=?utf-8?B?Q?= x", "=?utf-8?b?q?= x", False),
    ("=?gb2312*zh?B?1uzpRg==?=", "朱镕", "朱镕", False),
])  # fmt: skip
def test_subjects(subject: str, title: str, key: str, is_reply: bool) -> None:
    found = with_headers(f"Subject: {subject}")
    assert (found.subject, found.subject_key, found.is_reply) == (title, key, is_reply)


@pytest.mark.parametrize(("codec", "subject"), [
    ("gbk", "图书馆"), ("gbk", "图书馆通知"), ("cp932", "図書館のお知らせ"), ("koi8_r", "Библиотека"), ("cp1251", "Библиотека закрыта"),
    ("cp949", "도서관 안내"), ("cp1253", "Περί βιβλιοθηκών"), ("cp1252", "Größe der Bücherei"), ("cp1252", "É"), ("cp1252", "ÅÄÖ"),
    ("cp1252", "Ærø"), ("cp1252", "Fàilte gu Alba"), ("cp1252", "€ 5"),
])  # fmt: skip
def test_raw_subjects_of_few_words(codec: str, subject: str) -> None:
    assert with_headers("Subject: " + subject.encode(codec).decode("ascii", "surrogateescape")).subject == subject


@pytest.mark.parametrize("prefix", [
    "Re:", "RE :", "Re\u00a0:", "AW:", "SV:", "VS:", "Antw.:", "Antwort:", "R:", "RIF:", "Rif:", "RES:", "Odp:", "ODPOVĚĎ:", "Ynt:",
    "ATB:", "Vá:", "Réf :", "ΑΠ:", "Отв:", "Ответ:", "回复：", "答复:", "返信:", "رد:", "השב:", "Re[2]:", "Re(3):", "Re^2:", "Re2:",
    "AW: Re:", "Re:Re:",
])  # fmt: skip
def test_prefixes_of_replies(prefix: str) -> None:
    found = with_headers(f"Subject: {prefix} x")
    assert (found.subject, found.subject_key, found.is_reply) == ("x", "x", True)


@pytest.mark.parametrize("prefix", ["Fwd:", "FW:", "WG:", "TR:", "I:", "RV:", "ENC:", "PD:", "VB:", "Doorst:", "转发:"])
def test_prefixes_of_forwarded_mail(prefix: str) -> None:
    found = with_headers(f"Subject: {prefix} x")
    assert (found.subject, found.is_reply) == ("x", False)


@pytest.mark.parametrize(("header", "found"), [
    ("<a@b>", "a@b"), ("a@b", "a@b"), ("\n <a@b>", "a@b"), ("<a\n b@c>", "ab@c"), ("<a@b", "a@b"), ("<a>", "a"),
    ("=?utf-8?q?=3Ca=40b=3E?=", "a@b"), ("<\x1b[31ma@b>", "a@b"),
])  # fmt: skip
def test_the_id(header: str, found: str) -> None:
    assert with_headers(f"Message-ID: {header}").message_id == found


def test_a_message_without_an_id_gets_one_that_no_program_changes() -> None:
    text = b"From: a@x\nDate: Tue, 17 Nov 2009 10:00:00 +0000\n%b\nWords.\n"
    copies = {post(text % more).message_id for more in (b"", b"Status: RO\n", b"Message-ID: words\n")}
    copies.add(post((text % b"").replace(b"\n", b"\r\n") + b"\r\n").message_id)
    assert len(copies) == 1
    assert post(text.replace(b"Words", b"Others") % b"").message_id not in copies


def test_ids_that_are_too_long_stay_different() -> None:
    first, second = (with_headers(f"Message-ID: <{'a' * 400}{end}@x>").message_id for end in "12")
    assert first != second
    assert len(first) <= MAX_ID


@pytest.mark.parametrize(("headers", "ids"), [
    ("In-Reply-To: a@b", ("a@b",)), ("In-Reply-To: Your message of Tuesday from a@b", ()),
    ("In-Reply-To: <a@b> from Bob <b@c>", ("a@b",)), ("References: <a@b><c@d>", ("a@b", "c@d")),
    ("References: <a@b>\n\t<c@d>\nIn-Reply-To: <c@d>", ("a@b", "c@d")), ("References: a@b c@d", ("a@b", "c@d")),
    ("References: see a@b", ()), ("References: =?utf-8?Q?=3Ca=40b=3E_=3Cc=40d=3E?=", ("a@b", "c@d")),
    ("References: <a@b> <1@x.example>", ("a@b",)), ("In-Reply-To: ana@x.example (Ana)", ()),
])  # fmt: skip
def test_references(headers: str, ids: tuple[str, ...]) -> None:
    assert with_headers(headers).references == ids


def test_of_many_references_the_root_and_the_parent_are_kept() -> None:
    found = with_headers("References: " + " ".join(f"<{number}@x>" for number in range(2_000))).references
    assert len(found) == MAX_REFERENCES
    assert (found[0], found[-1]) == ("0@x", "1999@x")


@pytest.mark.parametrize(("date", "read_as"), [
    ("Tue, 17 Nov 2009 10:00:00 BST", "2009-11-17 09:00"), ("Tue, 17 Nov 2009 10:00:00 CEST", "2009-11-17 08:00"),
    ("Tue, 17 Nov 2009 10:00:00 EST", "2009-11-17 15:00"), ("Tue, 17 Nov 2009 10:00:00 +01:00", "2009-11-17 09:00"),
    ("2009-11-17T10:00:00Z", "2009-11-17 10:00"), ("Tue, 17 Nov 109 10:00:00 +0000", "2009-11-17 10:00"),
    ("Tue, 17 Nov 19109 10:00:00 +0000", "2009-11-17 10:00"), ("Tue, 17 Nov 2009 10:00", "2009-11-17 10:00"),
    ("Tue Nov 17 10:00:00 2009", "2009-11-17 10:00"), ("nonsense", "2009-01-01 00:00"),
])  # fmt: skip
def test_dates(date: str, read_as: str) -> None:
    found = post(f"From: a@x\nDate: {date}\n\nWords.".encode())
    assert f"{found.sent_at:%Y-%m-%d %H:%M}" == read_as


@pytest.mark.parametrize(("date", "received", "day"), [
    ("1 Jan 2018", ["6 Apr 2020"], "2020-04-06"), ("6 Apr 2021", ["6 Apr 2020"], "2020-04-06"),
    ("3 Apr 2020", ["6 Apr 2020"], "2020-04-03"), ("3 Apr 2020", ["6 Apr 2020", "1 Jan 2001"], "2020-04-03"),
    ("nonsense", ["7 Apr 2020", "6 Apr 2020"], "2020-04-06"), ("nonsense", ["6 Apr 2020", "nonsense"], "2020-04-06"),
])  # fmt: skip
def test_a_wrong_clock_is_overruled_by_the_servers(date: str, received: list[str], day: str) -> None:
    lines = "".join(f"Received: from a; {row} 10:00:00 +0000\n" for row in received)
    found = post(f"From: a@x\nDate: {date} 10:00:00 +0000\n{lines}\nWords.".encode())
    assert f"{found.sent_at:%Y-%m-%d}" == day


@pytest.mark.parametrize(("headers", "body", "why"), [
    ("X-No-Archive: Yes", "Words.", "not archived"), ("X-No-Archive: yes (please)", "Words.", "not archived"),
    ("X: y", "X-No-Archive: Yes\n\nWords.", "not archived"), ("X-Evolution: 00000001-0012", "Words.", "as deleted"),
    ("X-Evolution: 00000001-0010", "Words.", ""), ("X: y", " \n", "no text"),
    ("From: Ana <a@x>\nSubject: Re: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA", "What is this?", ""),
    ("From: =?utf-8?Q?Mail_System_Internal_Data?= <MAILER-DAEMON@x>\nSubject: Don't delete this message -- FOLDER INTERNAL DATA",
     "x", "own note"),
])  # fmt: skip
def test_what_is_left_out(headers: str, body: str, why: str) -> None:
    found = read(f"{headers}\nMessage-ID: <1@x>\n\n{body}".encode())
    assert why in found.why if isinstance(found, LeftOut) else not why


@pytest.mark.parametrize(("head", "title", "words"), [
    (b"From: a@x\nSubject: One\ntwo\nDate: Tue, 17 Nov 2009 10:00:00 +0000\n\nWords.", "One two", "Words."),
    (b"From: a@x\nSubject: One\nHello, all.\n\nMore.", "One", "Hello, all.\n\nMore."),
    (b"From: a@x\n>From b@x Tue Nov 17 10:00:00 2009\nSubject: One\n\nWords.", "One", "Words."),
    (b"From: a@x\nSubject:\nSubject: One\n\nWords.", "One", "Words."),
    (b"From: a@x\r\nSubject: One\r\n two\r\n\r\nWords.\r\n", "One two", "Words."),
])  # fmt: skip
def test_broken_headers_lose_nothing(head: bytes, title: str, words: str) -> None:
    found = post(head)
    assert (found.subject, found.body) == (title, words)


def test_what_has_no_headers_is_left_out() -> None:
    assert isinstance(read(b"\nWords.\n"), LeftOut)
    assert isinstance(read(b""), LeftOut)
