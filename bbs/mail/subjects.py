"""Subjects: what a reply puts before them, and the [tag] of a list.

Prefixes of replies and of forwarded mail are those that mail programs write in their users' languages. Single letters
are Italian, and in lower case they may be anything.
"""

import re
from dataclasses import dataclass

from bbs.text import excerpt

MAX_TITLE = 120
MAX_KEY = 120
_REPLY = (
    "re|aw|antw|antwort|sv|svar|vs|vá|vastaus|ref|réf|rif|res|resp|odp|odpověď|ynt|yan|atb|απ|σχετ|ang|bls|ats|atbilde|"
    "отв|ответ|відп|回复|回覆|答复|答覆|返信|回信|답장|회신|رد|השב|תשובה|ตอบ"
)
_FORWARD = (
    "fwd?|wg|tr|trs|rv|enc|vb|vl|fs|pd|ilt|doorst|továbbítás|fw|πρθ|пер|перес|转发|轉寄|轉發|転送|전달|"
    "הועבר|إعادة توجيه"
)

_COUNT = r"(?:\s{0,3}(?:\[\d{1,3}\]|\(\d{1,3}\)|[\^*]\d{1,3}|\d{1,2}))?"
_PREFIX = re.compile(
    rf"(?:(?P<reply>{_REPLY}|(?-i:R))|(?:{_FORWARD}|(?-i:I))){_COUNT}\.?\s{{0,3}}[:：]\s*", re.IGNORECASE
)
_TAG = re.compile(r"\[([^\[\]]{1,60})\]\s*")
_LIST_TAG = re.compile(r"(?!(?:patch|rfc|ann|job|event|solved)\b)[^\]\s\d]{1,40}", re.IGNORECASE)
"""'[lis-scotland] ': a list puts it before every subject. Others say what a message is about."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A thread's title, the key by which an answer without references finds it, and whether this is an answer."""

    title: str
    key: str
    is_reply: bool


def read_subject(subject: str) -> Subject:
    """A subject on one line without the prefixes; each [tag] at its beginning stays once."""
    tags: dict[str, str] = {}
    rest = subject.strip()
    is_reply: bool | None = None
    while rest:
        if prefix := _PREFIX.match(rest):
            is_reply = (
                prefix["reply"] is not None if is_reply is None else is_reply
            )  # a reply that was forwarded is none
            rest = rest[prefix.end() :]
        elif tag := _TAG.match(rest):
            tags.setdefault(" ".join(tag[1].split()).casefold(), tag[0].strip())
            rest = rest[tag.end() :]
        else:
            break
    about = [tag for key, tag in tags.items() if not _LIST_TAG.fullmatch(key)]
    title = " ".join([*tags.values(), rest]).strip() or subject.strip() or "(no subject)"
    key = " ".join([*about, rest]).strip() or title
    return Subject(excerpt(title, MAX_TITLE), key.casefold()[:MAX_KEY].strip(), bool(is_reply))
