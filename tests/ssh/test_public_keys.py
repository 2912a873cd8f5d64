"""Public keys as people send them."""

from pathlib import Path

import asyncssh
import pytest

from bbs.errors import Invalid
from bbs.public_keys import LONGEST_TEXT, read_public_keys
from bbs.views.members import KEY_KINDS

CASES = Path(__file__).parent.parent / "cases" / "keys"
KEY = asyncssh.generate_private_key("ssh-ed25519")
LINE = KEY.export_public_key().decode().strip()


@pytest.mark.parametrize(("name", "kinds"), [
    ("two-keys", ["Ed25519", "ECDSA"]), ("notepad-bom", ["Ed25519"]), ("wrapped", ["RSA"]),
    ("security-key", ["Ed25519 security key"]),
])  # fmt: skip
def test_a_file_that_programs_have_changed_is_read(name: str, kinds: list[str]) -> None:
    text = (CASES / f"{name}.pub").read_bytes().decode()
    assert [KEY_KINDS[line.split(" ")[0]] for _, line in read_public_keys(text)] == kinds


@pytest.mark.parametrize("text", [
    f"{LINE} a comment with ssh-rsa in it", f"# my laptop\n\n{LINE}\r\n", f"{LINE[:50]}\r\n{LINE[50:]} una\r\n@pc",
    KEY.export_public_key("rfc4716").decode(),
], ids=["comment", "blank lines", "broken over lines", "PuTTY's"])  # fmt: skip
def test_what_is_one_key_is_one_key(text: str) -> None:
    assert [fingerprint for fingerprint, _ in read_public_keys(text)] == [KEY.get_fingerprint()]


@pytest.mark.parametrize("private", [
    KEY.export_private_key().decode(), KEY.export_private_key("pkcs8-pem").decode(),
    "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", f"{LINE}\n{KEY.export_private_key().decode()}",
], ids=["openssh", "pkcs8", "putty", "with the public one"])  # fmt: skip
def test_a_private_key_is_refused_with_advice(private: str) -> None:
    with pytest.raises(Invalid, match="private key") as refused:
        read_public_keys(private)
    assert "ssh-keygen" in refused.value.message


@pytest.mark.parametrize(("text", "why"), [
    ("", "not a public key"), ("hello", "not a public key"), ('from="10.0.0.1" ' + LINE, "not a public key"),
    (LINE[:-6], "not whole"), (f"{LINE}\n{LINE[:-6]}", "not whole"), ("ssh-dss AAAAB3NzaC1kc3MAAAAA", "too weak"),
    ("ssh-rsa " + "A " * LONGEST_TEXT, "not whole"), (f"{LINE}\n" * 11, "more than 10"),
], ids=list("abcdefgh"))  # fmt: skip
def test_what_is_no_key_or_half_of_one_is_refused(text: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        read_public_keys(text)
