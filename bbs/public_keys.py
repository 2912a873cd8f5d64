"""Public keys as people send them: from Notepad, broken over lines by a mail program, several, or the wrong file."""

import codecs
import re
from collections.abc import Iterator

import asyncssh

from bbs.errors import Invalid
from bbs.private_keys import refuse_private_key
from bbs.views.members import KEY_KINDS

LONGEST_TEXT = 20_000
MOST_KEYS = 10
MOST_PIECES = 60
"""Lines over which a mail program breaks the longest key."""
SHORTEST_RSA, LONGEST_RSA = 2048, 16_384
"""Bits. A longer one is verified by no OpenSSL."""
WHAT_IS_GOOD = "use Ed25519, ECDSA, or RSA of 2,048 to 16,384 bits."
WEAK = f"That kind of key is too weak: {WHAT_IS_GOOD}"
UNKNOWN = f"That kind of key is not used here: {WHAT_IS_GOOD}"
NO_KEY = "That is not a public key: give the one line of a file such as id_ed25519.pub."
BROKEN = "That key is not whole: a line may be missing, or a program has changed it. Send the file itself."
BEFORE_IT = ("Something stands before that key, such as options or the name of a host. They would not hold here: give "
             "the key alone, as it stands in a file such as id_ed25519.pub.")  # fmt: skip
CERTIFICATE = "That is a certificate. Give the key itself: the file of the same name without '-cert'."
TOO_LONG = f"That is more than {LONGEST_TEXT:,} characters: give {MOST_KEYS} keys at most, and nothing else."

PublicKey = tuple[str, str]
"""(fingerprint, the line with its comment)"""

_KIND = re.compile(r"(ssh|sk-ssh|ecdsa|sk-ecdsa|webauthn-sk-ecdsa)-[a-z0-9.@-]+")
_KEY_BEGINS = "AAAA"
"""Every key in base64: its first number is the short length of its kind (RFC 4253 6.6)."""
_LONGEST_COMMENT_WORD = 64
_UNSEEN = re.compile("[\0\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_FIRST_LINE = re.compile(r"-{4,5} ?BEGIN (SSH2 PUBLIC KEY|(RSA )?PUBLIC KEY) ?-{4,5}")
_LAST_LINE = re.compile(r"-{4,5} ?END .*-{4,5}")


def text_of(data: bytes) -> str:
    """The text of a key file, in the letters that PowerShell or an old editor wrote it in."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read_public_keys(text: str) -> list[PublicKey]:
    """All keys of a text. Raises Invalid, with advice, unless every one of them can be added."""
    if len(text) > LONGEST_TEXT:
        raise Invalid(TOO_LONG)
    refuse_private_key(text)
    found = list(_pieces(_lines(text)))
    if not found:
        raise Invalid(NO_KEY)
    if len(found) > MOST_KEYS:
        raise Invalid(f"Those are more than {MOST_KEYS} keys.")
    return [_checked(*(_of_block(lines) if lines[0].startswith("-") else _of_words(lines))) for lines in found]


def is_block(text: str) -> bool:
    """Whether it is the beginning of something that ends with a line of its own, and that line is not there yet."""
    begins = "---- BEGIN " in text or "-----BEGIN " in text or "PuTTY-User-Key-File" in text
    return begins and "---- END " not in text and "-----END " not in text and "Private-MAC:" not in text


def is_half(text: str) -> bool:
    """Whether it is a key of which some is missing, that may stand on the next line."""
    try:
        read_public_keys(text)
    except Invalid as error:
        return error.message == BROKEN
    return False


def why_refused(key: asyncssh.SSHKey) -> str:
    """What stands against a key, whoever has proved it; '' for a good one."""
    algorithm = key.get_algorithm()
    bits = getattr(key.pyca_key, "key_size", 0)
    if algorithm == "ssh-dss" or (algorithm == "ssh-rsa" and bits < SHORTEST_RSA):
        return WEAK
    is_known = algorithm in KEY_KINDS and (algorithm != "ssh-rsa" or bits <= LONGEST_RSA)
    return "" if is_known else UNKNOWN


def _lines(text: str) -> list[str]:
    """Those that say something, without what programs put into them: marks of order and direction, '> ', quotes."""
    lines = (" ".join(line.lstrip("> \t").split()) for line in _UNSEEN.sub("", text).splitlines())
    bare = (line.strip("\"'") if line.startswith(("'", '"')) else line for line in lines)
    return [line for line in bare if line and not line.startswith("#")]


def _pieces(lines: list[str]) -> Iterator[list[str]]:
    """For each key its lines, those of a block, or its words, the kind first. Raises Invalid for what is neither."""
    words: list[str] = []
    block: list[str] = []
    for line in lines:
        if block or _FIRST_LINE.fullmatch(line):
            block.append(line)
            if _LAST_LINE.fullmatch(line):
                yield from filter(None, (words, block))
                words, block = [], []
        else:
            for word, is_kind in _with_kinds(line.split(" "), is_first=not words):
                if is_kind and words:
                    yield words
                    words = []
                words.append(word)
    yield from filter(None, (words, block))


def _with_kinds(words: list[str], *, is_first: bool) -> Iterator[tuple[str, bool]]:
    """Each word of a line, and whether a key begins with it."""
    for at, word in enumerate(words):
        following = words[at + 1] if at + 1 < len(words) else _KEY_BEGINS if at == 0 else ""
        is_kind = _KIND.fullmatch(word) is not None and following.startswith(_KEY_BEGINS)
        if at == 0 and not is_kind:
            begins = _KIND.search(" ".join(words[1:])) and any(w.startswith(_KEY_BEGINS) for w in words[1:])
            if begins or is_first:
                raise Invalid(BEFORE_IT if begins else NO_KEY)
        yield word, is_kind


def _of_block(lines: list[str]) -> tuple[asyncssh.SSHKey, str]:
    try:
        return asyncssh.import_public_key("\n".join(lines)), ""
    except (asyncssh.KeyImportError, ValueError):
        raise Invalid(BROKEN) from None


def _of_words(words: list[str]) -> tuple[asyncssh.SSHKey, str]:
    """The key of these words, and its comment: first its kind, then its letters, which may be in pieces."""
    kind, *pieces = words
    if "-cert-" in kind:
        raise Invalid(CERTIFICATE)
    if kind not in KEY_KINDS:
        raise Invalid(WEAK if kind == "ssh-dss" else UNKNOWN)
    for end in range(1, min(len(pieces), MOST_PIECES) + 1):
        try:
            key = asyncssh.import_public_key(f"{kind} {''.join(pieces[:end])}")
        except (asyncssh.KeyImportError, ValueError):
            continue
        comment = pieces[end:]
        if any(word.startswith(_KEY_BEGINS) and len(word) > _LONGEST_COMMENT_WORD for word in comment):
            raise Invalid(BROKEN)  # another key, whose kind is missing
        return key, " ".join(comment)
    raise Invalid(BROKEN)


def _checked(key: asyncssh.SSHKey, comment: str) -> PublicKey:
    if why := why_refused(key):
        raise Invalid(why)
    return key.get_fingerprint(), f"{key.export_public_key().decode().strip()} {comment}".strip()
