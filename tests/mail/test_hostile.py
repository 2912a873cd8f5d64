"""No input stops the reading of mail: none is fatal, and none takes time that grows with its square.

Inputs are so large that quadratic time would end in the timeout that every test has.
"""

from cProfile import Profile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bbs.mail import MAX_BODY, LeftOut
from bbs.mail.ids import MAX_ID, MAX_REFERENCES
from tests.mail.reading import HEAD, read

SIZE = 400_000


def times(unit: str | bytes, size: int = SIZE) -> bytes:
    data = unit.encode() if isinstance(unit, str) else unit
    return data * (size // len(data))


def text(data: bytes, kind: bytes = b"text/plain", encoding: bytes = b"8bit") -> bytes:
    return HEAD + b"Content-Type: " + kind + b"\nContent-Transfer-Encoding: " + encoding + b"\n\n" + data


def header(name: bytes, data: bytes) -> bytes:
    return name + b": " + data + b"\nFrom: a@x\nSubject: s\n\nWords."


def nested(depth: int) -> bytes:
    parts = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth))
    return HEAD + parts + b"\nwords\n" + b"x\n" * SIZE


MAILS = {
    "charset-idna": text(times("ü"), b"text/plain; charset=idna"),
    "charset-punycode": text(times("a-b"), b"text/plain; charset=punycode"),
    "charset-rfc2231": HEAD + b"Content-Type: text/plain; charset*=idna''" + times("%C3%BC") + b"\n\nx",
    "filename-idna": HEAD + b"Content-Disposition: attachment; filename*=idna''" + times("%C3%BC") + b"\n\nx",
    "word-idna": header(b"Subject", b"=?idna?Q?" + times("=C3=BC") + b"?="),
    "words": header(b"Subject", times("=?a?q?x")), "prefixes": header(b"Subject", times("Re: ")),
    "tags": header(b"Subject", times("[a]")), "brackets": header(b"Subject", times("[")),
    "from-brackets": header(b"From", times("<")), "from-quotes": header(b"From", times('"\\')),
    "from-spaces": header(b"From", times("a ") + b"via x"), "from-hidden": header(b"From", times("(at)")),
    "references": header(b"References", times("<a@b>")), "references-open": header(b"References", times("<")),
    "date": header(b"Date", times("(")), "date-colons": header(b"Date", times("1:")), "received": header(b"Received", times(";")),
    "parameters": HEAD + b"Content-Type: text/plain" + times(';a="') + b"\n\nx",
    "headers": times("X: y\n") + HEAD + b"\nx", "no-headers": HEAD + times("xyz\n"), "folded": HEAD + b"X: y\n" + times(" x\n") + b"\nx",
    "nested-parts": nested(2_000), "nested-messages": HEAD + times("Content-Type: message/rfc822\n\n") + b"x",
    "parts": text(times("--b\n"), b"multipart/mixed; boundary=b"), "no-boundary": text(times("--\xff"), b"multipart/mixed"),
    "boundaries": text(times("--" + "a" * 60 + "\n"), b"multipart/mixed"),
    "base64": text(times("QQ==\n   "), encoding=b"base64"), "base64-spaces": text(b"QUJD" + times(" "), encoding=b"base64"),
    "quoted-printable": text(times("= "), encoding=b"quoted-printable"), "soft-break": text(b"=" + times(" "), encoding=b"quoted-printable"),
    "flowed": text(times("x \n"), b"text/plain; format=flowed"), "flowed-quote": text(times(">") + b" \n", b"text/plain; format=flowed"),
    "armour": text(times("-----BEGIN PGP MESSAGE-----\n")), "armour-headers": text(b"-----BEGIN PGP SIGNED MESSAGE-----\n" + times("Hash: a\n")),
    "quoted-armour": text(times("> ") + b"-----BEGIN PGP"), "uu": text(times("begin 644 a\n")), "uu-line": text(b"begin 644 a\n" + times("M")),
    "next-parts": text(times("-------------- next part --------------\n")),
    "csi": text(b"\x1b[" + times("1;")), "osc": text(times("\x1b]")), "backspaces": text(times("\b")), "signatures": text(times("\n-- \n")),
    "iso-2022": text(times("\x1b$B")), "iso-2022-pairs": text(b"\x1b$B" + times("!!")), "marks": text(b"e" + times("\u0301")),
    "utf-7": text(times("+"), b"text/plain; charset=utf-7"), "hz": text(times("~{"), b"text/plain; charset=hz"),
    "every-byte": text(times(bytes(range(128, 256)))), "latin": text(times(b"\xe9\n")), "footers": text(times("\n" + "_" * 30 + "\nmailing list\n")),
    "enriched": text(times("<param>"), b"text/enriched"), "calendar": text(times("SUMMARY;a:\n"), b"text/calendar"), "stub": text(times("not ", 300)),
}  # fmt: skip
PAGES = {
    "tags": "<", "open": "<a ", "attribute": '<a href="', "comments": "<!--", "endless-style": "<style>", "cdata": "<![CDATA[", "entities": "&amp",
    "divs": "<div>", "tables": "<table>", "cells": "<td>x", "bold": "<b>x</i>", "quotes": "<blockquote>x<br>", "lists": "<ul><li>x",
    "ends": "</p>", "declarations": "<!", "meta": "<meta ", "pre": "<pre>\n ", "selects": "<select><option>", "spaces": "x          ",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(MAILS))
def test_no_message_stalls(name: str) -> None:
    found = read(MAILS[name])
    assert isinstance(found, LeftOut) or len(found.body) <= MAX_BODY


@pytest.mark.parametrize("size", [19_000, 1_000_000])
@pytest.mark.parametrize("name", sorted(PAGES))
def test_no_page_stalls(name: str, size: int) -> None:
    found = read(text(times(PAGES[name], size), b"text/html; charset=utf-8"))
    assert isinstance(found, LeftOut) or len(found.body) <= MAX_BODY


@pytest.mark.parametrize(("before", "unit"), [
    ("", "<p>x"), ("<ol>", "<li>x"), ("<blockquote>" * 9, "x<br>"), ("<table>" * 9, "<td>x"), ("<table>", "<tr><td>x"),
    ("<ol><li>" * 9, "<p>x"), ("", "<ul></ul><!---->"), ("<dl>", "<dt>x<dd>y"),
])  # fmt: skip
def test_the_work_for_a_page_grows_with_its_size(before: str, unit: str) -> None:
    once, thrice = (calls(text(before.encode() + times(unit, size), b"text/html")) for size in (2_000, 6_000))
    assert thrice < 4 * once


def calls(raw: bytes) -> int:
    """How many functions are called while a message is read."""
    read(raw)  # what is loaded and remembered at the first time
    profile = Profile()
    profile.runcall(read, raw)
    return sum(entry.callcount for entry in profile.getstats())


_PIECES = st.sampled_from([
    b"\n", b"\n\n", b"\r\n", b" ", b"--b\n", b"--b--\n", b"Content-Type: multipart/mixed; boundary=b\n\n", b"Content-Type: text/html\n\n",
    b"Content-Type: message/rfc822\n\n", b"Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\n\n",
    b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: quoted-printable\n", b"Content-Type: text/plain; charset=",
    b"idna", b"iso-2022-jp", b"utf-16", b"big5", b"x\xff", b"\x1b$B", b"\x1b(B", b"\x1b[31m", b"=?utf-8?Q?", b"?=", b"=ZZ", b"QUJD", b"> ", b"-- \n",
    b"<table><tr><td>", b"</td>", b"<pre>", b"<blockquote>", b"<li>", b"<ol start=x>", b"&#x110000;", b"&nbsp;", b"<!--", b"<style>", b"<a href=http://[>",
    b"-----BEGIN PGP SIGNED MESSAGE-----\n", b"-----BEGIN PGP SIGNATURE-----\n", b"begin 644 a\n#86)C\n", b"From: ", b"Subject: Re: [x] ", b"Date: ",
    b"Tue, 17 Nov 2009 99:00:00 +9999", b"0000-00-00", b"Received: ;", b"References: <a@b", b"Message-ID: ", b"Reply-To: a@b\n", b" via x <l@x>\n",
    b"BEGIN:VEVENT\nDTSTART:99999999T999999Z\n", b"Content-Type: text/calendar\n\n", b"Content-Disposition: attachment; filename*0*=", b"''%FF",
])  # fmt: skip


@given(st.lists(st.one_of(_PIECES, st.binary(max_size=12)), max_size=60).map(b"".join), st.booleans())
@settings(max_examples=400, deadline=None)
def test_nothing_is_fatal_and_what_comes_out_is_clean(data: bytes, has_head: bool) -> None:
    found = read((HEAD if has_head else b"") + data, data[:50])
    if isinstance(found, LeftOut):
        assert found.why
        return
    assert found.body.strip()
    assert len(found.body) <= MAX_BODY
    assert len(found.message_id) <= MAX_ID
    assert len(found.references) <= MAX_REFERENCES
    assert 0 < len(found.subject) <= 120
    assert 0 < len(found.name) <= 80
    assert 0 < len(found.address) <= 254
    shown = [
        found.body.replace("\n", ""),
        found.subject,
        found.name,
        found.address,
        found.message_id,
        *found.references,
    ]
    assert not any(
        letter < " " or "\x7f" <= letter <= "\x9f" or "\ud800" <= letter <= "\udfff"
        for line in shown
        for letter in line
    )
