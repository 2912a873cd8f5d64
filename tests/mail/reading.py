"""Messages for the tests of reading mail."""

from datetime import UTC, datetime
from pathlib import Path

from bbs.mail import LeftOut, Mail, parse
from bbs.tool.imports_reading import read_all

CASES = Path(__file__).parent.parent / "cases" / "mail"
NOW = datetime(2026, 11, 26, tzinfo=UTC)
FALLBACK = datetime(2009, 1, 1, tzinfo=UTC)
HEAD = b"From: Ana <ana@x.example>\nSubject: A\nDate: Tue, 17 Nov 2009 10:00:00 +0000\nMessage-ID: <1@x.example>\n"


def read(raw: bytes, envelope: bytes = b"") -> Mail | LeftOut:
    return parse(raw, envelope, fallback=FALLBACK, now=NOW)


def post(raw: bytes, envelope: bytes = b"") -> Mail:
    """A message that becomes a post. `raw` are its headers and its text."""
    found = read(raw, envelope)
    assert isinstance(found, Mail), found
    return found


def with_headers(headers: str, body: str = "Words.") -> Mail:
    """A post with these headers before the usual ones; surrogates stand for bytes."""
    return post(headers.encode("utf-8", "surrogateescape") + b"\n" + HEAD + b"\n" + body.encode())


def body(content_type: str, content: str | bytes, *, encoding: str = "8bit") -> str:
    """The body of a message that has one part."""
    return message(content_type, content, encoding=encoding).body


def message(content_type: str, content: str | bytes, *, encoding: str = "8bit") -> Mail:
    data = content.encode() if isinstance(content, str) else content
    head = f"Content-Type: {content_type}\nContent-Transfer-Encoding: {encoding}\n"
    return post(HEAD + head.encode() + b"\n" + data)


def parts(*contents: str, kind: str = "mixed") -> str:
    """The body of a message of several parts, each with its headers."""
    text = "".join(f"--b\n{content}\n" for content in contents)
    return body(f"multipart/{kind}; boundary=b", f"{text}--b--\n")


def case(name: str) -> list[Mail | LeftOut]:
    """The messages of a file."""
    return list(read_all([CASES / name], now=NOW))


def case_posts(name: str) -> list[Mail]:
    return [item for item in case(name) if isinstance(item, Mail)]
