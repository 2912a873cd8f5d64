"""Public keys as people send them: from Notepad, broken over lines by a mail program, several, or the wrong file."""

import asyncssh

from bbs.errors import Invalid
from bbs.views.members import KEY_KINDS

LONGEST_TEXT = 20_000
MOST_KEYS = 10
MOST_PIECES = 60
"""Lines over which a mail program breaks the longest key."""
SHORTEST_RSA = 2048
TOO_WEAK = ("ssh-dss",)
WEAK = "That kind of key is too weak: use Ed25519, ECDSA, or RSA of 2,048 bits or more."
NO_KEY = "That is not a public key: give the one line of a file such as id_ed25519.pub."
BROKEN = "That key is not whole: a line may be missing, or a program has changed it. Send the file itself."
PRIVATE = ("That is a private key, which is for nobody else's eyes. It was kept nowhere. Make a new one with "
           "'ssh-keygen -t ed25519', and send the file whose name ends in .pub.")  # fmt: skip

PublicKey = tuple[str, str]
"""(fingerprint, the line with its comment)"""


def read_public_keys(text: str) -> list[PublicKey]:
    """All keys of a text. Raises Invalid, with advice, unless every one of them can be added."""
    if "PRIVATE KEY" in text or "PuTTY-User-Key-File" in text:
        raise Invalid(PRIVATE)
    lines = text.lstrip("\ufeff").replace("\x00", "").strip()[:LONGEST_TEXT].splitlines()
    lines = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if lines and lines[0].startswith("---- BEGIN SSH2 PUBLIC KEY"):
        return [_checked(_imported("\n".join(lines)), "")]
    starts = [place for place, line in enumerate(lines) if line.split(" ")[0] in {*KEY_KINDS, *TOO_WEAK}]
    if not starts or starts[0] != 0:
        raise Invalid(NO_KEY)
    if len(starts) > MOST_KEYS:
        raise Invalid(f"Those are more than {MOST_KEYS} keys.")
    ends = [*starts[1:], len(lines)]
    return [_checked(*_whole(lines[start:end])) for start, end in zip(starts, ends, strict=True)]


def _whole(lines: list[str]) -> tuple[asyncssh.SSHKey, str]:
    """The key on these lines, and its comment: first its kind, then its letters, which may be in pieces."""
    kind, *pieces = " ".join(lines).split(" ")
    if kind in TOO_WEAK:
        raise Invalid(WEAK)
    for end in range(1, min(len(pieces), MOST_PIECES) + 1):
        try:
            return asyncssh.import_public_key(f"{kind} {''.join(pieces[:end])}"), " ".join(pieces[end:])
        except (asyncssh.KeyImportError, ValueError):
            continue
    raise Invalid(BROKEN)


def _imported(text: str) -> asyncssh.SSHKey:
    try:
        return asyncssh.import_public_key(text)
    except (asyncssh.KeyImportError, ValueError):
        raise Invalid(BROKEN) from None


def _checked(key: asyncssh.SSHKey, comment: str) -> PublicKey:
    algorithm = key.get_algorithm()
    is_short = algorithm == "ssh-rsa" and getattr(key.pyca_key, "key_size", 0) < SHORTEST_RSA
    if algorithm not in KEY_KINDS or is_short:
        raise Invalid(WEAK)
    return key.get_fingerprint(), f"{key.export_public_key().decode().strip()} {comment}".strip()
