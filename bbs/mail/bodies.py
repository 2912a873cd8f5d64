"""The text of a message, of all its parts: what people wrote, and everything else named in one line."""

import re
from dataclasses import dataclass, field

from bbs.mail.authors import author_of
from bbs.mail.charsets import decode
from bbs.mail.escapes import without_escapes
from bbs.mail.flowed import unflowed
from bbs.mail.inlaid import without_inlaid
from bbs.mail.parts import Message, Part
from bbs.text import clean, fold_mail, plural

MAX_BODY = 200_000
"""Letters of a post."""
MAX_NAMED = 30
MAX_CLEANED = 3 * MAX_BODY
"""Letters of all texts that are cleaned, which takes a hundred bytes for some of them."""
_SIGNATURES = {
    "application/pgp-signature", "application/x-pgp-signature", "application/pkcs7-signature",
    "application/x-pkcs7-signature",
}  # fmt: skip
_SIGNATURE_FILES = re.compile(
    r"(?:smime\.p7s|signature\.asc|.*\.p7s|openpgp_digital_signature(?:\.asc)?)", re.IGNORECASE
)
_NO_TEXT = {
    "text/calendar", "text/x-vcalendar", "text/vcard", "text/x-vcard", "text/directory", "text/x-amp-html",
    "text/watch-html", "text/rtf", "text/css", "text/javascript", "text/xml", "text/csv",
    "text/rfc822-headers", "text/x-moz-deleted",
}  # fmt: skip
_TEXT_BY_ANOTHER_NAME = {"application/xhtml+xml", "application/pgp"}
_ENRICHED = {"text/enriched", "text/richtext"}
_CALENDAR = {"text/calendar", "text/x-vcalendar", "application/ics"}
_ENCRYPTED = {
    "application/pgp-encrypted": "PGP", "application/pkcs7-mime": "S/MIME", "application/x-pkcs7-mime": "S/MIME",
    "multipart/encrypted": "PGP",
}  # fmt: skip
_META_CHARSET = re.compile(rb"<meta[^<>]{0,300}?charset\s{0,5}=\s{0,5}[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_IS_HTML = re.compile(r"\s{0,200}(?:<!doctype html|<html|<head|<body)", re.IGNORECASE)
_STUB = re.compile(
    r"(?:not|n.t|cannot|unable|without)\b[^.]{0,80}\bhtml\b|\bhtml\b[^.]{0,80}\b(?:not|n.t|only|capable|compatible|viewer)\b"
    r"|multi-?part message in MIME format",
    re.IGNORECASE,
)
MAX_STUB = 400
"""Letters up to which a text that speaks of HTML is no message, but says that the message is elsewhere."""
_ENRICHED_MARK = re.compile(r"<param>[^<>]{0,200}</param>|</?[A-Za-z-]{1,60}>", re.IGNORECASE)
_CALENDAR_LINE = re.compile(r"^(SUMMARY|DTSTART|LOCATION)(?:;[^:\n]{0,200})?:(.{1,300})$", re.IGNORECASE | re.MULTILINE)
_CALENDAR_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")


@dataclass(slots=True)
class _Shown:
    """What is shown of a part: its texts, and lines that name the rest."""

    texts: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)

    @property
    def has_words(self) -> bool:
        return any(text.strip() for text in self.texts)

    def add(self, other: "_Shown") -> None:
        self.texts += other.texts
        self.named += other.named


def body_of(message: Message, charset: str, *, is_whole: bool) -> tuple[str, bool]:
    """The body of a post ('' for a message without any), and whether something was cut, which its last line says."""
    shown = _Bodies(charset).shown(message.part, is_outermost=True)
    text = "\n\n".join(text.strip("\n") for text in shown.texts if text.strip())
    body = clean(without_escapes(text[:MAX_CLEANED]))
    body = _with_names(body, list(dict.fromkeys(shown.named)))
    notice = ""
    if len(text) > MAX_CLEANED or len(body) > MAX_BODY:
        notice = f"[The rest of this message was cut: a post has at most {MAX_BODY:,} characters.]"
    elif message.left_out:
        notice = f"[Of this message, {plural(message.left_out, 'more part')} cannot be shown.]"
    elif not is_whole:
        notice = "[The rest of this message was cut: it is too large.]"
    if notice:
        body = f"{_beginning(body, MAX_BODY - 100).rstrip()}\n\n{notice}".lstrip()
    return body, bool(notice)


def _beginning(text: str, length: int) -> str:
    """As many lines as there is room for, or the beginning of a line that is longer than that."""
    if len(text) <= length:
        return text
    whole = text.rfind("\n", length - 2_000, length)
    return text[: whole if whole > 0 else length]


def _with_names(body: str, named: list[str]) -> str:
    """The names of attachments before the signature and the list's footer, which are folded on the screen."""
    if not named:
        return body
    if len(named) > MAX_NAMED:
        named = [*named[:MAX_NAMED], f"[… and {len(named) - MAX_NAMED:,} more]"]
    own, _ = fold_mail(body)
    return "\n\n".join(filter(None, (own, clean("\n".join(named)), body[len(own) :].strip("\n"))))


class _Bodies:
    """Walks over the parts of one message."""

    def __init__(self, charset: str) -> None:
        self._charset = charset
        """The one that the message names first, for parts that name none."""

    def shown(self, part: Part, *, is_outermost: bool = False) -> _Shown:
        if part.kind == "multipart/alternative":
            shown = self._best(part.parts)
        elif part.kind == "multipart/encrypted":
            shown = _Shown(named=[self._encrypted(part)])
        elif part.kind.startswith("message/") and part.parts:
            shown = self._enclosed(part.parts[0], "Message" if part.is_in_digest else "Forwarded message")
        elif part.parts:
            shown = self._all(part)
        else:
            shown = self._leaf(part, is_outermost=is_outermost)
        if part.after.strip() and is_outermost:  # a list's footer, set behind all parts
            shown.texts.append(without_inlaid(decode(part.after, "", self._charset)))
        return shown

    def _all(self, part: Part) -> _Shown:
        shown = _Shown()
        for number, inner in enumerate(part.parts):
            if part.kind != "multipart/signed" or number != 1 or inner.parts or inner.is_text:
                shown.add(self.shown(inner))
        if not shown.has_words:  # a text that was only attached
            texts = [inner for inner in part.parts if not inner.parts and self._can_be_read(inner)]
            if texts:
                shown.texts += [self._text(inner) for inner in texts]
                names = {self._named(inner) for inner in texts}
                shown.named = [name for name in shown.named if name not in names]
        return shown

    def _best(self, parts: list[Part]) -> _Shown:
        """The version of a text that says most: plain words, if they are not only a hint at another one."""
        plain = [part for part in parts if part.kind == "text/plain"]
        others = [part for part in reversed(parts) if part.kind != "text/plain"]
        chosen, best = None, _Shown()
        for part in (*plain, *others):
            shown = self.shown(part)
            is_hint = part in plain and others and _is_stub(shown.texts)
            if shown.has_words and (not best.has_words or not is_hint):
                chosen, best = part, shown
                if not is_hint:
                    break
        rest = [part for part in parts if part is not chosen]
        best = _Shown(list(best.texts), list(best.named))
        for part in rest:
            best.named += self._names(part)
        return best

    def _names(self, part: Part) -> list[str]:
        """What a version that was not chosen has beside its words."""
        if part.parts:
            return [name for inner in part.parts for name in self._names(inner)]
        if part.kind in {"text/plain", "text/html"} and part.headers.disposition != "attachment":
            return []
        return self._leaf(part, is_version=True).named

    def _enclosed(self, part: Part, what: str) -> _Shown:
        """A message in this one, with who wrote it and when."""
        headers = part.headers
        author = author_of(headers, b"") if headers.raw("from") else None
        rows = [f"{'-' * 10} {what} {'-' * 10}"]
        if author:
            rows.append(f"From: {author.name} <{author.address}>")
        rows += [f"{name}: {text}" for name in ("Date", "Subject") if (text := headers.text(name.casefold()))]
        shown = _Bodies(headers.charset or self._charset).shown(part, is_outermost=True)
        text = "\n\n".join(text.strip("\n") for text in shown.texts)
        return _Shown(["\n".join([*rows, "", text])], shown.named)

    def _leaf(self, part: Part, *, is_outermost: bool = False, is_version: bool = False) -> _Shown:
        kind = part.kind
        if kind in _SIGNATURES or (_SIGNATURE_FILES.fullmatch(part.headers.filename) and not part.is_text):
            return _Shown()
        if kind in _CALENDAR:
            return _Shown(named=[self._meeting(part)])
        if kind in _ENCRYPTED:
            # PGP's first part has a version number only.
            return _Shown(named=[self._encrypted(part)])
        is_shown = is_outermost or part.headers.disposition != "attachment"
        if is_shown and self._can_be_read(part) and not (is_version and kind in _ENRICHED):
            return _Shown([self._text(part)])
        return _Shown(named=[self._named(part)])

    @staticmethod
    def _can_be_read(part: Part) -> bool:
        return (part.is_text and part.kind not in _NO_TEXT) or part.kind in _TEXT_BY_ANOTHER_NAME

    @staticmethod
    def _named(part: Part) -> str:
        return f"[Attachment: {', '.join(filter(None, (part.headers.filename, part.kind)))}]"

    @staticmethod
    def _encrypted(part: Part) -> str:
        if "signed" in part.headers.parameter("content-type", "smime-type"):
            return "[A signed message in S/MIME, which cannot be shown]"
        return f"[An encrypted message ({_ENCRYPTED[part.kind]}), which cannot be shown]"

    def _text(self, part: Part) -> str:
        data, behind = part.content()
        charset, hint = part.headers.charset, self._charset
        is_html = part.kind in {"text/html", "application/xhtml+xml"}
        if is_html and (found := _META_CHARSET.search(data[:20_000])):
            hint = found[1].decode("ascii", "replace")
        text = decode(data, charset, hint).replace("\r\n", "\n")
        if is_html or _IS_HTML.match(text):
            text = _from_html(text)
        elif part.kind in _ENRICHED:
            text = _ENRICHED_MARK.sub("", text.replace("<<", "\0")).replace("\0", "<")
        else:
            if part.headers.parameter("content-type", "format").casefold() == "flowed":
                is_deleted = part.headers.parameter("content-type", "delsp").casefold() == "yes"
                text = unflowed(text, without_space=is_deleted)
            text = without_inlaid(text)
        footer = decode(behind, "", self._charset) if behind.strip() else ""
        return f"{text.rstrip()}\n{footer}" if footer else text

    def _meeting(self, part: Part) -> str:
        """A calendar part in one line: what, when, where."""
        data, _ = part.content()
        text = decode(data, part.headers.charset, self._charset)[:MAX_BODY].replace("\r\n", "\n").replace("\n ", "")
        event = text[max(0, text.upper().find("BEGIN:VEVENT")) :]
        facts: dict[str, str] = {}
        for found in _CALENDAR_LINE.finditer(event):
            value = found[2].replace("\\,", ",").replace("\\;", ";").replace("\\n", " ").replace("\\N", " ").strip()
            facts.setdefault(found[1].upper(), value)
        if "DTSTART" in facts:
            facts["DTSTART"] = _CALENDAR_DATE.sub(_day, facts["DTSTART"], count=1)
        told = [facts[name] for name in ("SUMMARY", "DTSTART", "LOCATION") if facts.get(name)]
        return f"[Calendar entry: {', '.join(told) or part.headers.filename or part.kind}]"


def _day(found: re.Match[str]) -> str:
    time = f" {found[4]}:{found[5]}" if found[4] else ""
    return f"{found[1]}-{found[2]}-{found[3]}{time}{' UTC' if found[6] else ''}"


def _is_stub(texts: list[str]) -> bool:
    text = "\n".join(texts)
    return len(text) <= MAX_STUB and _STUB.search(text) is not None


def _from_html(source: str) -> str:
    from bbs.mail.html import text_of_html  # noqa: PLC0415 - 20 MiB of libraries that a server need not hold

    return text_of_html(source)
