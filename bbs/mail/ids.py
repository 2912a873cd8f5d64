"""Message-IDs, by which threads hang together (RFC 5322, 3.6.4)."""

import hashlib
import re

from bbs.mail.headers import Headers

MAX_ID = 255
MAX_REFERENCES = 20
_ID = re.compile(r"<([^<>]{1,2000})(?:>|$)")


def message_id(headers: Headers, body: bytes) -> str:
    """The Message-ID, or for mail without one a digest of what stays the same in every copy of it."""
    if found := _ids(headers, "message-id"):
        return found[0]
    same = [headers.raw(name) for name in ("from", "date", "subject")]
    digest = hashlib.sha256("\n".join(same).encode("utf-8", "surrogateescape") + b"\n\n" + body.strip())
    return f"{digest.hexdigest()[:40]}@no-message-id"


def references(headers: Headers, own: str) -> tuple[str, ...]:
    """The ids from a thread's root to the parent; of a long list the first and the last ones."""
    found = dict.fromkeys([*_ids(headers, "references"), *_ids(headers, "in-reply-to")[:1]])
    found.pop(own, None)
    ids = list(found)
    return tuple(ids if len(ids) <= MAX_REFERENCES else [ids[0], *ids[1 - MAX_REFERENCES :]])


def _ids(headers: Headers, name: str) -> list[str]:
    value = headers.raw(name)
    if not value:
        return []
    if "=?" in value and "<" not in value:  # some programs encode what is too long for them
        value = headers.decoded(value)
    if "<" in value or ">" in value:
        ids = ["".join(found.split()) for found in _ID.findall(value)]
    else:
        # Prose ('Your message of Tuesday to ana@x.example') is no id; a list of references holds nothing else.
        words = value.split()
        is_ids = len(words) == 1 or name == "references"
        ids = [word.strip("\"'(),;") for word in words] if is_ids and all("@" in word for word in words) else []
    return [_kept(headers.decoded(found)) for found in ids if found]


def _kept(found: str) -> str:
    """An id as it is kept: one that is too long keeps its beginning and a digest of the whole."""
    if len(found) <= MAX_ID:
        return found
    return f"{found[: MAX_ID - 65]}:{hashlib.sha256(found.encode('utf-8', 'replace')).hexdigest()}"
