"""Files made after public reports of what other programs read wrongly, each with what it says."""

import pytest

from bbs.mail import LeftOut
from tests.mail.reading import CASES, case, case_posts

ONE_BODY = {
    "amp_html": "Words.\n\n[Attachment: text/x-amp-html]\n[Attachment: text/watch-html]",
    "attach_only": "[Attachment: plan.pdf, application/pdf]",
    "b64_junk": "Hello from the café\n" + "_" * 47 + "\nNetwork mailing list\nNetwork@lists.example",
    "bom_single": "text first",
    "calendar_alt": "You are invited.\n\n[Calendar entry: Tea, cake, 2009-11-17 10:00 UTC]",
    "calendar_only": "[Calendar entry: Tea, cake, 2009-11-17 10:00 UTC]",
    "cs_base64codec": "Plain words",
    "cs_cp1252_as_ascii": "It’s – “fine”",
    "cs_cp1252_as_latin1": "It’s – “fine”",
    "cs_empty": "Zoë über",
    "cs_idna": "Plain words",
    "cs_jp_dollar_esc": "図書館の皆さん",
    "cs_jp_nec": "議題①について",
    "cs_jp_none": "図書館の皆さん",
    "cs_koi8r": "Библиотека",
    "cs_latin1_as_utf8": "Zoë über",
    "cs_macintosh": "Zoë",
    "cs_macroman": "Zoë",
    "cs_unicode11": "Zoë",
    "cs_utf7": "Zoë – ok",
    "cs_utf8_star": "Zoë über",
    "digest": "---------- Message ----------\nFrom: One <one@d.example>\nSubject: S1\n\nWords one.\n\n"
              "---------- Message ----------\nFrom: Two <two@d.example>\nSubject: S2\n\nWords two.",
    "flowed_plain": "one two\n\nthree four",
    "flowed_quote": "> Shall we meet on Friday?\nYes, at ten.\n> And where?\nHere.",
    "flowed_quote_join": "> one two three four\nreply",
    "flowed_sig": "text that flows\n--\nAna",
    "footer_mailman": "Words.\n--\nAna\nLibrary\n" + "_" * 47 + "\nNetwork mailing list\nNetwork@lists.example\n"
                      "https://lists.example/network",
    "from_memory": "First words.\n\nFrom memory the shelf held forty boxes.\nEnd words.",
    "from_prose": "We looked at the rota.\n\nFrom 10:30 on 12 May 2004 we open the desk, and\nthe branch follows later.\n\n"
                  "Third paragraph stays.",
    "hdr_8bit_fname": "hello\n\n[Attachment: Größe.pdf, application/pdf]",
    "html_entities": "Café & tea the page <https://x.example/a>",
    "html_pre": "one\n  two\nthree",
    "html_quote": "My answer\n\n> Your question",
    "html_table": "| Monday | 10:00 |\n| Friday | 14:00 |",
    "mboxcl_nested": "Forwarded below:\n\nFrom old@old.example Mon Nov  9 09:00:00 2009\nFrom: Old <old@old.example>\n"
                     "Subject: Inner\nMessage-ID: <inner@old.example>\nDate: Mon, 9 Nov 2009 09:00:00 +0000\n\nInner text.",
    "mboxrd": "From the desk\n>From the deep\n> From a quote",
    "missing_end": "Words.",
    "named_body": "The only words.",
    "named_inline": "See below.\n\nshelf list row",
    "named_only_patch": "all the words",
    "no_boundary": "Words without parts.",
    "pgp_inline": "Words.\n\n--\nAna",
    "pgp_mime": "Words.",
    "plain_stub": "Real words",
    "qp_broken": "Price = 5, bad =ZZ, softbreak, café",
    "rfc822": "See this.\n\n---------- Forwarded message ----------\nFrom: Third <third@third.example>\n"
              "Subject: Inner subject\n\nInner words.",
    "smime_old": "Words.",
    "uu": "Words.\n\n[Attachment: pic.gif]",
    "vcard": "Words.\n\n[Attachment: text/x-vcard]",
}  # fmt: skip
BODIES = {
    "bom": ["text first", "text second"], "crlf_two": ["one\n\ntwo", "three"],
    "from_noblank": ["--\nText one.", "Text two."], "no_date_separator": ["text a", "text b"],
    "dup_id": ["one text", "quite another text"], "zone_separator": ["text a", "text b"],
    "trailing_zone_separator": ["text a", "text b"], "no_id": ["first without id", "second without id"],
}  # fmt: skip
AUTHORS = {
    "dmarc_via": [("Ana Silva", "ana@silva.example"), ("Bob Tait", "bob@tait.example")],
    "from_at_in_name": [("Ana (ana@work)", "ana@name.example")],
    "from_comma": [("Müller, Ana", "ana@from-comma.example")],
    "from_comma_two": [("Österreich, Eva", "eva@two.example"), ("Österreich, Max", "max@two.example")],
    "hdr_8bit_utf8": [("Zoë Ñandú", "zoe@h8.example")],
    "pipermail": [("Isla Roy", "isla@pipermail.example")],
    "shared_address": [("Ana", "desk@office.example"), ("Bob", "desk@office.example")],
}
SUBJECTS = {
    "hdr_8bit_utf8": ["Größe der Bücherei"], "hdr_cp1252": ["We’re open – again"], "hdr_gb2312": ["朱镕基讲话"],
    "hdr_koi8": ["Библиотека"], "hdr_spaces": ["Café über alles"], "hdr_unknown_cs": ["Plain words"],
    "subj_prefixes": ["Katalog", "Katalog", "Katalog", "[lst] Katalog", "Katalog"],
    "long_subject": [("word " * 23).strip() + "…"], "newest_first": ["Old thread", "Old thread"],
}  # fmt: skip
DATES = {
    "date_1970": ["2005-05-17 10:31"], "date_2018clock": ["2020-04-05 22:43", "2020-04-05 23:43"],
    "date_2digit": ["1999-01-12 10:00"], "date_bad": ["2005-05-17 10:31"], "date_takeout": ["2015-04-16 09:53"],
}  # fmt: skip
IDS = {
    "bare_id": [("bare1@x.example", ()), ("m2@bare-id.example", ("bare1@x.example",))],
    "folded_id": [("folded1@x.example", ()), ("m2@folded-id.example", ("folded1@x.example",))],
    "irt_free_text": [("m1@irt-free-text.example", ()), ("m2@irt-free-text.example", ())],
    "ref_loop": [("m1@ref-loop.example", ("m2@ref-loop.example",)), ("m2@ref-loop.example", ("m1@ref-loop.example",))],
    "ref_nospace": [("m1@ref-nospace.example", ()),
                    ("m2@ref-nospace.example", ("m1@ref-nospace.example", "x2@ref-nospace.example"))],
    "ref_self": [("m1@ref-self.example", ())],
}  # fmt: skip
LEFT_OUT = {
    "imap_internal": ["it is a mail program's own note"],
    "mozilla_deleted": ["a mail program has marked it as deleted"],
    "no_archive": ["its author asked that it is not archived"],
}
ELSEWHERE = {"crlf_long", "gzipped"}


@pytest.mark.parametrize("name", sorted(ONE_BODY | BODIES))
def test_bodies(name: str) -> None:
    expected = BODIES.get(name) or [ONE_BODY[name]]
    assert [post.body for post in case_posts(f"{name}.mbox")] == expected


@pytest.mark.parametrize("name", sorted(AUTHORS))
def test_authors(name: str) -> None:
    assert [(post.name, post.address) for post in case_posts(f"{name}.mbox")] == AUTHORS[name]


@pytest.mark.parametrize("name", sorted(SUBJECTS))
def test_titles(name: str) -> None:
    assert [post.subject for post in case_posts(f"{name}.mbox")] == SUBJECTS[name]


def test_answers_in_any_language_have_the_key_of_what_they_answer() -> None:
    posts = case_posts("subj_prefixes.mbox")
    assert {post.subject_key for post in posts} == {"katalog"}
    assert [post.is_reply for post in posts] == [False, True, True, True, True]


@pytest.mark.parametrize("name", sorted(DATES))
def test_dates(name: str) -> None:
    assert [f"{post.sent_at:%Y-%m-%d %H:%M}" for post in case_posts(f"{name}.mbox")] == DATES[name]


@pytest.mark.parametrize("name", sorted(IDS))
def test_ids(name: str) -> None:
    assert [(post.message_id, post.references) for post in case_posts(f"{name}.mbox")] == IDS[name]


@pytest.mark.parametrize("name", sorted(LEFT_OUT))
def test_what_is_left_out(name: str) -> None:
    assert [item.why for item in case(f"{name}.mbox") if isinstance(item, LeftOut)] == LEFT_OUT[name]


def test_messages_without_an_id_have_the_same_one_in_every_copy() -> None:
    first, second = [[post.message_id for post in case_posts("no_id.mbox")] for _ in range(2)]
    assert first == second
    assert len(set(first)) == 2


def test_long_lines_stay_whole() -> None:
    (post,) = case_posts("crlf_long.mbox")
    assert len(post.body.split("\n")[0]) > 9_000
    assert "\r" not in post.body


def test_a_packed_file() -> None:
    assert [post.body for post in case_posts("gzipped.mbox.gz")] == ["zipped text"]


def test_each_case_is_looked_at() -> None:
    tested = set().union(ONE_BODY, BODIES, AUTHORS, SUBJECTS, DATES, IDS, LEFT_OUT, ELSEWHERE)
    assert {path.name.split(".")[0] for path in CASES.iterdir()} == tested
