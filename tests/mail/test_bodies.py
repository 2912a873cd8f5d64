"""The text of a message: all that people wrote, and the rest named in one line."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

from bbs.mail import MAX_BODY
from bbs.mail.parts import MAX_PARTS
from bbs.mbox import MAX_BYTES
from tests.mail.reading import HEAD, body, message, parts, post

PLAIN = "Content-Type: text/plain\n\nPlain words."
HTML = "Content-Type: text/html\n\n<p>Words in HTML.</p>"
INVITATION = (
    "Content-Type: text/calendar\n\nBEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nDTSTART:19700101T000000\nEND:VTIMEZONE\nBEGIN:VEVENT\n"
    "DTSTART;TZID=Europe/London:20091117T100000\nSUMMARY;LANGUAGE=en:Tea\\, cake\n  and more\nLOCATION:Room 5\nEND:VEVENT"
)
ENCRYPTED = (
    "Content-Type: multipart/encrypted; boundary=c\n\n--c\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--c\n"
    "Content-Type: application/octet-stream\n\n-----BEGIN PGP MESSAGE-----\n--c--"
)
QUOTED_SIGNED = (
    "> -----BEGIN PGP SIGNED MESSAGE-----\n> Hash: SHA1\n>\n> Hello\n> -----BEGIN PGP SIGNATURE-----\n>\n> iQEc\n"
    "> -----END PGP SIGNATURE-----\n\nyes"
)
SCRUBBED = (
    "Hi\n-------------- next part --------------\nA non-text attachment was scrubbed...\nName: not available\n"
    "Type: application/pgp-signature\nSize: 8 bytes\nDesc: not available\nURL: <http://x/a>\nbye"
)
INNER = "From: T <t@x.org>\nDate: Mon, 9 Nov 2009 09:00:00 +0000\nSubject: =?utf-8?Q?Caf=C3=A9?=\n\nInner."
FORWARDED = (
    "---------- Forwarded message ----------\nFrom: T <t@x.org>\nDate: Mon, 9 Nov 2009 09:00:00 +0000\n"
    "Subject: Café\n\nInner."
)


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# -- charsets


@pytest.mark.parametrize("codec", ["iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_2004", "iso2022_jp_3", "iso2022_jp_ext"])  # fmt: skip
@pytest.mark.parametrize("named", ["iso-2022-jp", "", "us-ascii", "_iso-2022-jp$esc", "iso-2022-jp-ms"])
def test_japanese_in_seven_bits(codec: str, named: str) -> None:
    text = "図書館のみなさん、こんにちは abc\n明日"
    assert body(f"text/plain; charset={named}", text.encode(codec), encoding="7bit") == text


@pytest.mark.parametrize(("raw", "text"), [
    (b"\x1b$B-!\x1b(B", "①"), (b"\x1b(I1234\x1b(B", "ｱｲｳｴ"), (b"\x1b$B?^\nlost", "図\nlost"), (b"\x1b$@?^\x1b(J x", "図 x"),
    ("한국어 a".encode("iso2022_kr"), "한국어 a"), (b"\x1b$)A\x0eM<Ji9]\x0f ok", "图书馆 ok"),
])  # fmt: skip
def test_other_sets_in_seven_bits(raw: bytes, text: str) -> None:
    assert body("text/plain; charset=iso-2022-jp", raw) == text


@pytest.mark.parametrize(("named", "codec", "text"), [
    ("gb2312", "gb18030", "朱镕基"), ("euc-kr", "cp949", "똠방각하"), ("shift_jis", "cp932", "①図書館"), ("ks_c_5601-1987", "cp949", "도서관"),
    ("iso-8859-1", "cp1252", "“it’s” – Zoë"), ("us-ascii", "cp1252", "Zoë"), ("iso-8859-1", "utf-8", "Zoë über"),
    ("utf-8", "cp1252", "Zoë über"), ("x-unknown", "utf-8", "Zoë"), ("Windows1252", "cp1252", "“x”"), ("ISO8859-15", "iso8859-15", "5 €"),
    ("iso-8859-8-i", "iso8859-8", "ספריה"), ("hz-gb-2312", "hz", "图书馆 a"), ("utf-16", "ascii", "plain"), ("utf-16", "utf-16", "Zoë"),
    ("rot13", "ascii", "plain"), ("punycode", "ascii", "plain-x"), ("unicode_escape", "ascii", "\\x41"), ("cp037", "ascii", "plain"),
    ("utf8mb4", "utf-8", "Zoë"), ("\"'koi8-u'\"", "koi8-u", "Їжак"), ("mac-cyrillic", "mac_cyrillic", "Библиотека"), ("cp-850", "cp850", "Zoë"),
    ("utf-8; x", "utf-8", "Zoë"), ("default", "utf-8", "Zoë"), ("euc-jp", "euc_jp", "図書館"),
])  # fmt: skip
def test_charsets_that_are_meant(named: str, codec: str, text: str) -> None:
    assert body(f"text/plain; charset={named}", text.encode(codec)) == text


@pytest.mark.parametrize(("codec", "text"), [
    ("cp1252", "L’été dernier, nous avons reçu des élèves très motivés à la bibliothèque."),
    ("cp1252", "Die Bücherei schließt früher; für Rückfragen steht unser Büro zur Verfügung. Schöne Grüße."),
    ("cp1252", "Tha mi a’ dol dhan leabharlann an-diugh. Mòran taing, is math sin. Chì mi a-màireach thu."),
    ("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy v knihovně. Děkuji."),
    ("iso8859_2", "Proszę o przesłanie książek do biblioteki w Łodzi. Dziękuję bardzo, żegnam się ślicznie."),
    ("koi8_r", "Уважаемые коллеги, библиотека закрыта до понедельника. Спасибо."),
    ("cp1251", "Уважаемые коллеги, библиотека закрыта до понедельника. Спасибо."),
    ("cp1253", "Αγαπητοί συνάδελφοι, η βιβλιοθήκη είναι κλειστή."), ("gb18030", "图书馆今天关门，谢谢大家的理解。明天见"),
    ("big5", "圖書館今天關門，謝謝大家的理解。明天見"), ("cp949", "도서관은 오늘 문을 닫습니다. 감사합니다."),
    ("cp932", "図書館は本日休館です。ありがとうございます。"), ("euc_jp", "図書館は本日休館です。ありがとうございます。"),
])  # fmt: skip
@pytest.mark.parametrize("named", ["", "us-ascii", "utf-8", "x-unknown"])
def test_a_text_with_no_charset_or_a_false_one_is_recognised(named: str, codec: str, text: str) -> None:
    assert body(f"text/plain; charset={named}", f"Hello.\n{text}".encode(codec)) == f"Hello.\n{text}"


def test_a_few_wrong_bytes_do_not_cost_the_rest() -> None:
    data = "Zoë – “quoted” words, naïve façade".encode()
    assert body("text/plain; charset=utf-8", data + b" caf\xe9") == data.decode() + " café"
    assert "図書館" in body("text/plain; charset=euc-jp", "図書館の皆さん".encode("euc_jp") + b"\xff!")


# -- transfer encodings


@pytest.mark.parametrize(("encoding", "content", "text"), [
    ("base64", in_base64("Zoë hello").rstrip("="), "Zoë hello"),
    ("base64", f"{in_base64('Hello ab')}\n{in_base64(' and more')}", "Hello ab and more"),
    ("base64", f"{in_base64('Hello.')}\n-- \nA list\n", "Hello.\n-- \nA list".replace("-- ", "--")),
    ("BASE64", in_base64("Hello."), "Hello."), ("base64", "not base64, but words!", "not base64, but words!"),
    ("quoted-printable", "Caf=C3=A9 =\t\nau lait =", "Café au lait"), ("quoted-printable", "a=3d=3Db =ZZ =", "a==b =ZZ"),
    ("x-uuencode", "begin 644 a\n+:&5L;&\\@=V]R;&0\n`\nend\n", "hello world"), ("strange", "Zoë", "Zoë"),
])  # fmt: skip
def test_transfer_encodings(encoding: str, content: str, text: str) -> None:
    assert body("text/plain; charset=utf-8", content, encoding=encoding) == text


# -- format=flowed


@pytest.mark.parametrize(("content", "text"), [
    ("Diese Biblio \nthek\n\n> a \n> b\n>> c \n>> d\n", "Diese Bibliothek\n\n> ab\n>> cd"),
    ("one \n\ntwo", "one\n\ntwo"), (" From here\n > no quote\n", "From here\n> no quote"),
    ("> words \n-- \nAna \nSilva", "> words\n--\nAnaSilva"), ("> quoted \n> -- \n> Ana", "> quoted\n> --\n> Ana"),
    ("a \n> b \nc", "a\n> b\nc"),
])  # fmt: skip
def test_flowed_text_with_deleted_spaces(content: str, text: str) -> None:
    assert body("text/plain; format=flowed; delsp=yes", content) == text


def test_flowed_text_keeps_its_spaces() -> None:
    assert body('text/plain; Format="Flowed"', "one \ntwo  \n three\n   \nfour") == "one two  three\n\nfour"


def test_text_that_does_not_flow_keeps_its_lines_and_their_indentation() -> None:
    text = "one \ntwo\n    code\n\ta tab\n| a | b |"
    assert body("text/plain", text) == text.replace("one ", "one").replace("\t", "    ")


# -- HTML


@pytest.mark.parametrize(("source", "text"), [
    ("<p>One <em>two</em>&nbsp;<b>three</b></p>", "One two three"), ("a<br>\nb<br><br>c", "a\nb\n\nc"),
    ("<div>one</div><div>two</div><div><br></div><div>three</div>", "one\ntwo\n\nthree"),
    ("<center>a</center><address>b</address>c", "a\nb\nc"), ("<div>a<div>b</div></div>c", "a\nb\nc"),
    ("<p class=MsoNormal>a<p class=MsoNormal>b<o:p></o:p></p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>c", "a\nb\n\nc"),
    ("<h1>Title</h1>text", "Title\n\ntext"), ("<ol start=3><li>a<li>b<ul><li>c</ul></ol>", "3. a\n4. b\n   • c"),
    ("A<blockquote>q1<br>q2<blockquote>deep</blockquote></blockquote>B", "A\n\n> q1\n> q2\n>\n> > deep\n\nB"),
    ("<pre>\n  x\n    y &lt;z&gt;\n</pre>", "  x\n    y <z>"), ("<blockquote><pre>a\n  b</pre></blockquote>", "> a\n>   b"),
    ('<a href="http://x.org/a">here</a> and <a href="http://x.org/">http://x.org/</a>', "here <http://x.org/a> and http://x.org/"),
    ('<a href="mailto:a@x.org">a@x.org</a> <a name=x>anchor</a> <a href="javascript:x">no</a>', "a@x.org anchor no"),
    ('<img src=x alt="Logo"><img src=pixel>', "[Logo]"), ("<p>a_b*c [d] #e</p>", "a_b*c [d] #e"), ("1. no list", "1. no list"),
    ("<table><tr><th>Day<th>Time<tr><td>Monday<td>10:00<tr><td><p>Fri</p><td></table>",
     "| Day    | Time  |\n|--------|-------|\n| Monday | 10:00 |\n| Fri    |       |"),
    ("<table><tr><td>図書<td>x<tr><td>abcd<td>y</table>", "| 図書 | x |\n| abcd | y |"),
    ("<table><tr><td>one<tr><td>two</table>", "one\ntwo"),
    ("<table><tr><td><table><tr><td><p>Dear all,</p><p>Words.</p></table><td>side</table>", "Dear all,\n\nWords.\n\nside"),
    ("<html><head><title>T</title><meta name=x><p>No end of the head", "No end of the head"),
    ("<style>p{}</style><script>x()</script><p>a<!-- b -->c", "ac"), ("<p>a<o:p></o:p><![if !x]>b<![endif]>", "ab"),
    ("<style>never ends <p>words", "never ends\nwords"), ("a < b &amp; c > d", "a < b & c > d"), ("&#8220;x&#x201D; &eacute", "“x” é"),
    ("<html><body></body></html>text behind", "text behind"), ("<dl><dt>T<dd>D</dl>", "T\n:   D"),
])  # fmt: skip
def test_html(source: str, text: str) -> None:
    found = body("text/html; charset=utf-8", source)
    assert found == text


@pytest.mark.parametrize("size", [6_000, 20_000, 60_000])
def test_styles_cost_no_text(size: int) -> None:
    styles = "p { color: red }\n" * (size // 10)
    assert body("text/html", f"<html><style>{styles}</style><body><p>After <b>styles</b>") == "After styles"


@pytest.mark.parametrize("unit", ["<div>", "<b>x", "<table><tr><td>", "<blockquote>", "<ul><li>", "<p>x"])
def test_what_is_too_deep_or_too_much_keeps_its_words(unit: str) -> None:
    assert body("text/html", unit * 8_000 + "deep words").endswith("deep words")


@pytest.mark.parametrize(("named", "meta", "codec"), [
    ("", '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">', "cp1251"), ("", "<meta charset=koi8-r>", "koi8-r"),
    ("; charset=us-ascii", "<meta charset='windows-1251'>", "cp1251"), ("; charset=koi8-r", "<meta charset=utf-8>", "koi8-r"),
])  # fmt: skip
def test_a_charset_may_stand_in_the_page(named: str, meta: str, codec: str) -> None:
    assert body(f"text/html{named}", meta.encode() + "<p>Привет".encode(codec)) == "Привет"


def test_html_that_calls_itself_plain() -> None:
    assert body("application/xhtml+xml", "<p>Words</p>") == "Words"
    assert body("text/plain", "<!DOCTYPE html>\n<html><p>Words</html>") == "Words"
    assert body("text/plain", "Use <html> with care") == "Use <html> with care"


# -- parts


@pytest.mark.parametrize(("versions", "text"), [
    ((PLAIN, HTML), "Plain words."), ((HTML, PLAIN), "Plain words."),
    (("Content-Type: text/plain\n\nYour mail program does not support HTML.", HTML), "Words in HTML."),
    (("Content-Type: text/plain\n\n\u00a0 \n", HTML), "Words in HTML."), (("Content-Type: text/plain\n\nI like HTML, not PDF.",), "I like HTML, not PDF."),
    ((PLAIN, "Content-Type: text/enriched\n\n<bold>Rich</bold>"), "Plain words.\n\n[Attachment: text/enriched]"),
    ((PLAIN, "Content-Type: multipart/mixed; boundary=c\n\n--c\n" + HTML + "\n--c\nContent-Type: application/pdf; name=a.pdf\n\nx\n--c--"),
     "Plain words.\n\n[Attachment: a.pdf, application/pdf]"),
    ((HTML, INVITATION),
     "Words in HTML.\n\n[Calendar entry: Tea, cake and more, 2009-11-17 10:00, Room 5]"),
])  # fmt: skip
def test_of_several_versions_the_one_that_says_most(versions: tuple[str, ...], text: str) -> None:
    assert parts(*versions, kind="alternative") == text


def test_named_parts_are_read_in_their_order() -> None:
    found = parts(PLAIN, "Content-Type: text/plain; name=a.txt\nContent-Disposition: inline\n\nsecond",
                  "Content-Type: image/png; name=p.png\n\nx", "Content-Type: text/x-diff; name=b.diff\n\nthird",
                  "Content-Type: text/plain; name=c.txt\nContent-Disposition: attachment\n\nkept away")  # fmt: skip
    assert found == (
        "Plain words.\n\nsecond\n\nthird\n\n[Attachment: p.png, image/png]\n[Attachment: c.txt, text/plain]"
    )


def test_a_text_that_is_only_attached_is_read() -> None:
    assert parts("Content-Type: text/plain; name=a.txt\nContent-Disposition: attachment\n\nThe words.") == "The words."
    assert body('text/plain; name="a.txt"\nContent-Disposition: attachment', "The words.") == "The words."


def test_attachments_stand_before_what_is_folded() -> None:
    found = parts("Content-Type: text/plain\n\nWords.\n-- \nAna", "Content-Type: application/pdf; name=a.pdf\n\nx",
                  f"Content-Type: text/plain\n\n{'_' * 40}\nNetwork mailing list\nnetwork@x.org")  # fmt: skip
    assert found == ("Words.\n\n[Attachment: a.pdf, application/pdf]\n\n--\nAna\n\n" + "_" * 40 + "\nNetwork mailing list\nnetwork@x.org")  # fmt: skip


@pytest.mark.parametrize(("headers", "name"), [
    ("Content-Disposition: attachment; filename*0*=utf-8''Caf%C3%A9; filename*1=\".pdf\"", "Café.pdf"),
    ('Content-Disposition: attachment; filename="=?utf-8?B?w4RwZmVsLnBkZg==?="', "Äpfel.pdf"),
    ('Content-Disposition: attachment; filename="C:\\\\My Files\\\\..\\\\a.pdf"', "a.pdf"),
    ("Content-Disposition: attachment; filename==?utf-8?Q?a_b.pdf?=", "a b.pdf"),
    ('Content-Disposition: attachment; filename="a\x1b[31m.pdf"', "a.pdf"),
])  # fmt: skip
def test_names_of_attachments(headers: str, name: str) -> None:
    found = parts(PLAIN, f"Content-Type: application/pdf\n{headers}\n\nx")
    assert f"[Attachment: {name}" in found


@pytest.mark.parametrize(("content", "line"), [
    ("Content-Type: application/ms-tnef; name=winmail.dat\n\nx", "[Attachment: winmail.dat, application/ms-tnef]"),
    ("Content-Type: text/directory; profile=vCard\n\nBEGIN:VCARD", "[Attachment: text/directory]"),
    ("Content-Type: text/vcard; name=ana.vcf\n\nBEGIN:VCARD", "[Attachment: ana.vcf, text/vcard]"),
    ("Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nMIIB", "[An encrypted message (S/MIME), which cannot be shown]"),
    (ENCRYPTED, "[An encrypted message (PGP), which cannot be shown]"),
    ("Content-Type: message/delivery-status\n\nReporting-MTA: x", "[Attachment: message/delivery-status]"),
    ("Content-Type: text/csv; name=a.csv\n\na,b", "[Attachment: a.csv, text/csv]"),
])  # fmt: skip
def test_what_is_no_text_is_named_in_one_line(content: str, line: str) -> None:
    assert parts(PLAIN, content) == f"Plain words.\n\n{line}"
    assert parts(content) == line


@pytest.mark.parametrize("content", [
    "Content-Type: application/pgp-signature\n\nx", "Content-Type: application/x-pkcs7-signature; name=smime.p7s\n\nx",
    "Content-Type: application/octet-stream; name=signature.asc\n\nx",
])  # fmt: skip
def test_signatures_leave_no_trace(content: str) -> None:
    assert parts(PLAIN, content) == "Plain words."
    assert parts(PLAIN, "Content-Type: application/strange\n\nx", kind="signed") == "Plain words."


def test_a_message_inside_its_signature_is_read() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ana")])
    day = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(day).not_valid_after(day.replace(year=2027)).sign(key, hashes.SHA256())
    )  # fmt: skip
    signed = (
        pkcs7.PKCS7SignatureBuilder().set_data(b"Content-Type: text/plain; charset=utf-8\r\n\r\nZo\xc3\xab's words.\r\n")
        .add_signer(certificate, key, hashes.SHA256()).sign(Encoding.DER, [pkcs7.PKCS7Options.Binary])
    )  # fmt: skip
    kind = "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m"
    assert body(kind, base64.encodebytes(signed), encoding="base64") == "Zoë's words."
    assert "cannot be shown" in body(kind, base64.encodebytes(signed[:40]), encoding="base64")


def test_a_signed_message_may_come_in_pieces() -> None:
    words = b"\x04\x08\n\nTwo pi\x04\x06eces.\n\x00\x00"
    data = bytes.fromhex("06092a864886f70d010701a0802480") + words + b"\x00\x00"
    assert body("application/pkcs7-mime", base64.encodebytes(data), encoding="base64") == "Two pieces."


def test_enriched_text_alone_is_read() -> None:
    assert (
        body("text/enriched", "<bold>Rich</bold> <<words>, <color><param>red</param>red</color>") == "Rich <words>, red"
    )


@pytest.mark.parametrize("content", [
    f"Content-Type: message/rfc822\n\n{INNER}", f"Content-Type: message/rfc822; name=x.eml\nContent-Disposition: attachment\n\n{INNER}",
    "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + in_base64(INNER.replace("\n", "\r\n")),
])  # fmt: skip
def test_a_forwarded_message_says_who_wrote_it_and_when(content: str) -> None:
    assert parts(PLAIN, content) == f"Plain words.\n\n{FORWARDED}"


def test_a_digest_says_who_wrote_what_and_when() -> None:
    other = (
        "From: O <o@x.org>\nSubject: S\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\nOther.\n--c\n"
        + HTML
        + "\n--c--"
    )
    assert parts(f"\n{INNER}", f"\n{other}", kind="digest") == (
        FORWARDED.replace("Forwarded message", "Message")
        + "\n\n---------- Message ----------\nFrom: O <o@x.org>\nSubject: S\n\nOther."
    )


@pytest.mark.parametrize("head", ["multipart/mixed; boundary=zzz", "multipart/mixed", 'multipart/mixed; boundary=""'])
def test_a_boundary_that_is_missing_or_wrong(head: str) -> None:
    text = f"--b\n{PLAIN}\n--b\nContent-Type: application/pdf; name=a.pdf\n\nx\n--b--\n"
    assert body(head, text) == "Plain words.\n\n[Attachment: a.pdf, application/pdf]"
    assert body(head, "Words without parts.\n-- \nAna") == "Words without parts.\n--\nAna"


def test_a_boundary_that_begins_like_another() -> None:
    inner = f"Content-Type: multipart/mixed; boundary=b-1\n\n--b-1\n{PLAIN}\n--b-1--"
    assert parts(inner, "Content-Type: text/plain\n\nMore.") == "Plain words.\n\nMore."


def test_what_stands_behind_the_last_part_is_kept() -> None:
    found = body("multipart/mixed; boundary=b", f"Not shown.\n--b\n{PLAIN}\n--b--\n\nA list's footer\n")
    assert found == "Plain words.\n\nA list's footer"


# -- what is no text in a text


@pytest.mark.parametrize(("content", "text"), [
    ("Hi\n-----BEGIN PGP MESSAGE-----\nVersion: x\n\nhQEMA\n=abcd\n-----END PGP MESSAGE-----\nbye", "Hi\n[Encrypted text, PGP]\nbye"),
    ("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nhQEMA\n-----END PGP PUBLIC KEY BLOCK-----\nbye", "[PGP key]\nbye"),
    (QUOTED_SIGNED, "> Hello\n\nyes"),
    ("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\nHello\n-----BEGIN PGP SIGNATURE-----\n\niQEc\n\nMore words.", "Hello\nMore words."),
    ("-----BEGIN of prose-----\nwords", "-----BEGIN of prose-----\nwords"),
    ("Hi\nbegin 644 a b.txt\n#86)C\n`\nend\nbye", "Hi\n[Attachment: a b.txt]\nbye"),
    ("begin 644 the work\nand rest", "begin 644 the work\nand rest"),
    ("(This file must be converted with BinHex 4.0)\n\n:$f*TEQKPH#jdH3\n!!!:\nbye", "[Attachment: a file in BinHex]\nbye"),
    (SCRUBBED, "Hi\nbye"),
    ("a \x1b[1mBold\x1b[0m \x1b]0;title\x07b \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\ \x1b(B\u009b31mred", "a Bold b link red"),
    ("N\bNA\bAME _\bx", "NAME x"),
])  # fmt: skip
def test_a_plain_text_is_freed_of_what_is_none(content: str, text: str) -> None:
    assert body("text/plain; charset=utf-8", content) == text


# -- limits


def test_a_long_text_is_cut_at_a_line_and_says_so() -> None:
    whole = message("text/plain", "x\n" * (MAX_BODY // 2))
    cut = message("text/plain", "a line of words\n" * 20_000)
    assert not whole.is_cut
    assert cut.is_cut
    assert len(cut.body) <= MAX_BODY
    *rows, _, notice = cut.body.split("\n")
    assert set(rows) == {"a line of words"}
    assert notice == "[The rest of this message was cut: a post has at most 200,000 characters.]"


def test_many_parts_are_no_wall_of_text() -> None:
    found = message("multipart/mixed; boundary=b", "--b\n\nx\n" * 20_000 + "--b--\n")
    assert found.is_cut
    assert found.body.count("x") == MAX_PARTS - 1
    assert found.body.endswith("[Of this message, 19,901 more parts cannot be shown.]")


def test_many_attachments_are_counted() -> None:
    files = [f"Content-Type: image/png; name={number}.png\n\nx" for number in range(50)]
    assert parts(PLAIN, *files).endswith("[Attachment: 29.png, image/png]\n[… and 20 more]")


def test_a_message_that_is_too_large_says_so() -> None:
    found = post(
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nWords.\n--b\nContent-Type: image/png\n\n"
        + b"x" * MAX_BYTES
    )
    assert found.is_cut
    assert found.body.startswith("Words.\n\n[Attachment: image/png]")
    assert found.body.endswith("[The rest of this message was cut: it is too large.]")
