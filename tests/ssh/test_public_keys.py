"""Public keys as people send them."""

from pathlib import Path

import asyncssh
import pytest

from bbs.errors import Invalid
from bbs.public_keys import LONGEST_TEXT, is_block, is_half, read_public_keys, text_of
from bbs.views.members import KEY_KINDS

CASES = Path(__file__).parent.parent / "cases" / "keys"
KEY = asyncssh.generate_private_key("ssh-ed25519")
LINE = KEY.export_public_key().decode().strip()
OTHER = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
OTHER_LINE = OTHER.export_public_key().decode().strip()
RSA = asyncssh.generate_private_key("ssh-rsa")
BLOCK, OTHER_BLOCK = (key.export_public_key("rfc4716").decode() for key in (KEY, OTHER))
ARMOURED = KEY.export_private_key().decode()


def bare(key: asyncssh.SSHKey, kind: str, passphrase: str | None = None) -> str:
    """A private key's base64 alone, as somebody copies it who leaves the first and the last line out."""
    return "".join(key.export_private_key(kind, passphrase).decode().splitlines(keepends=True)[1:-1])


@pytest.mark.parametrize(("name", "kinds"), [
    ("two-keys", ["Ed25519", "ECDSA"]), ("notepad-bom", ["Ed25519"]), ("wrapped", ["RSA"]),
    ("security-key", ["Ed25519 security key"]),
])  # fmt: skip
def test_a_file_that_programs_have_changed_is_read(name: str, kinds: list[str]) -> None:
    text = (CASES / f"{name}.pub").read_bytes().decode()
    assert [KEY_KINDS[line.split(" ")[0]] for _, line in read_public_keys(text)] == kinds


@pytest.mark.parametrize("text", [
    f"{LINE} a comment with ssh-rsa in it", f"# my laptop\n\n{LINE}\r\n", f"{LINE[:50]}\r\n{LINE[50:]} una\r\n@pc",
    BLOCK, KEY.export_public_key("pkcs8-pem").decode(), LINE.replace(" ", "\t"), f'"{LINE} una"', f"> {LINE}\n",
    f"\u200b{LINE}\xa0una\u200b", f"{LINE} my PRIVATE KEY, no: the public one", text_of(f"\ufeff{LINE}\r\n".encode("utf-16-le")),
    text_of(f"{LINE} Zo\xeb".encode("latin-1")),
], ids=["comment", "blank lines", "broken over lines", "PuTTY's", "OpenSSL's", "tabs", "quotes", "from a mail", "unseen letters",
        "a comment about private keys", "PowerShell's", "not UTF-8"])  # fmt: skip
def test_what_is_one_key_is_one_key(text: str) -> None:
    assert [fingerprint for fingerprint, _ in read_public_keys(text)] == [KEY.get_fingerprint()]


@pytest.mark.parametrize("text", [
    f"{LINE}\n{OTHER_LINE}", f"{LINE} a\r\n\r\n{OTHER_LINE} b", f"{LINE} {OTHER_LINE}", f"{LINE} a b {OTHER_LINE} c",
    BLOCK + OTHER_BLOCK, f"{LINE}\n{OTHER_BLOCK}", f"{BLOCK}\n{OTHER_LINE} a comment",
], ids=["two lines", "with comments", "one line", "one line, comments", "two blocks", "line and block", "block and line"])  # fmt: skip
def test_of_two_keys_none_is_left_out(text: str) -> None:
    read = [fingerprint for fingerprint, _ in read_public_keys(text)]
    assert read == [KEY.get_fingerprint(), OTHER.get_fingerprint()]


PRIVATE = {
    "openssh": ARMOURED,
    "pkcs8": KEY.export_private_key("pkcs8-pem").decode(), "pkcs1": RSA.export_private_key("pkcs1-pem").decode(),
    "putty 3": "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "putty 2": "PuTTY-User-Key-File-2: ssh-rsa\n",
    "putty, its end": "Private-Lines: 1\nAAAAIPq\nPrivate-MAC: 7c07\n",
    "ssh.com": "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nP2/56wAAAi4=\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\n",
    "with the public one": f"{LINE}\n{ARMOURED}", "from a mail": ARMOURED.replace("\n", "\n> "),
    "on one line": ARMOURED.replace("\n", " "), "in small letters": ARMOURED.replace("PRIVATE KEY", "private key"),
    "without its first line": ARMOURED.split("\n", 1)[1], "openssh, bare": bare(KEY, "openssh"),
    "pkcs8, bare": bare(KEY, "pkcs8-pem"), "pkcs8, bare and locked": bare(KEY, "pkcs8-pem", "open sesame"),
    "pkcs1, bare": bare(RSA, "pkcs1-pem"), "ec, bare": bare(OTHER, "pkcs1-pem"),
    "der": text_of(RSA.export_private_key("pkcs8-der")), "powershell": text_of(f"\ufeff{ARMOURED}".encode("utf-16-le")),
    "utf-16 without a mark": ARMOURED.encode("utf-16-le").decode(),
    "dropbear": text_of(b"\0\0\0\x0bssh-ed25519\0\0\0\x40\xff" + b"k" * 63),
    "age": "AGE-SECRET-KEY-1QQPQZRDQPQ9Z9Z3Z3Z3Z3", "minisign": "untrusted comment: minisign encrypted secret key\nRWRT\n",
    "pgp": "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOYBF\n", "jwk": '{"kty":"OKP","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7"}',
}  # fmt: skip


@pytest.mark.parametrize("private", PRIVATE.values(), ids=PRIVATE)
def test_a_private_key_is_refused_with_advice(private: str) -> None:
    with pytest.raises(Invalid, match="private key") as refused:
        read_public_keys(private)
    assert "ssh-keygen" in refused.value.message


@pytest.mark.parametrize(("text", "why"), [
    ("", "not a public key"), ("hello", "not a public key"),
    (LINE[:-6], "not whole"), (f"{LINE}\n{LINE[:-6]}", "not whole"), ("ssh-dss AAAAB3NzaC1kc3MAAAAA", "too weak"),
    ("ssh-rsa " + "AAAA " * 3_000, "not whole"), (f"{LINE}\n" * 11, "more than 10"),
    ('from="10.0.0.1" ' + LINE, "stands before"), (f'{LINE}\nfrom="10.0.0.1" {OTHER_LINE}', "stands before"),
    (f"[forum.example.org]:2222 {LINE}", "stands before"), (f"{LINE}\nssh-ed448 AAAACXNzaC1lZDQ0OA==", "not used here"),
    (f"{LINE}\n{OTHER_LINE.split()[1]}", "not whole"), (f"{BLOCK}{OTHER_BLOCK[:60]}", "not whole"),
    ("ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5", "certificate"), (f"{LINE} " + "x" * LONGEST_TEXT, "20,000"),
    (f"{LINE} una@pc{OTHER_LINE}", "not whole"), (f"{LINE}{OTHER_LINE}", "not whole"),
    (f"{BLOCK}and some words", "not a public key"), (KEY.get_fingerprint(), "not a public key"),
    ("ssh-rsa " + "A" * 4_000, "not whole"),
], ids=list("abcdefghijklmnopqrst"))  # fmt: skip
def test_what_is_no_key_or_half_of_one_is_refused(text: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        read_public_keys(text)


def test_a_paste_of_several_lines_is_known_from_its_first() -> None:
    lines = ARMOURED.splitlines(keepends=True)
    assert is_block(lines[0])
    assert not is_block(ARMOURED)
    assert is_half(LINE[:40])
    assert not is_half(LINE)
    assert not is_half("hello")
