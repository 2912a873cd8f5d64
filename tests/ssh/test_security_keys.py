"""Keys of hardware tokens sign in. The token is made of software here, and signs as PROTOCOL.u2f of OpenSSH says."""

from base64 import b64encode
from hashlib import sha256

import asyncssh
import pytest
from asyncssh.packet import Byte, MPInt, String, UInt32
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.ssh.conftest import Host

TOUCHED = 1
"""SSH_SK_USER_PRESENCE_REQD: somebody has touched the token."""


class Token(asyncssh.SSHKeyPair):
    """A security key of either kind."""

    def __init__(self, algorithm: bytes, *, flags: int = TOUCHED) -> None:
        self._flags = flags
        if algorithm.startswith(b"sk-ssh-ed25519"):
            self._ed = ed25519.Ed25519PrivateKey.generate()
            point = self._ed.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
            public = String(algorithm) + String(point) + String("ssh:")
        else:
            self._ec = ec.generate_private_key(ec.SECP256R1())
            point = self._ec.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            public = String(algorithm) + String("nistp256") + String(point) + String("ssh:")
        super().__init__(algorithm, algorithm, [algorithm], [algorithm], public, None)

    def sign(self, data: bytes) -> bytes:
        signed = sha256(b"ssh:").digest() + Byte(self._flags) + UInt32(7) + sha256(data).digest()
        if hasattr(self, "_ed"):
            signature = self._ed.sign(signed)
        else:
            r, s = decode_dss_signature(self._ec.sign(signed, ec.ECDSA(SHA256())))
            signature = MPInt(r) + MPInt(s)
        return String(self.algorithm) + String(signature) + Byte(self._flags) + UInt32(7)

    @property
    def line(self) -> str:
        return f"{self.algorithm.decode()} {b64encode(self.public_data).decode()}"


@pytest.mark.parametrize("algorithm", ["sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"])
async def test_a_security_key_is_added_and_signs_in_when_it_is_touched(host: Host, algorithm: str) -> None:
    token = Token(algorithm.encode())
    added = str((await host.run("isla", "keys add --name Token", token.line)).stdout)
    assert "Token, E" in added
    assert "security key" in added
    async with host.connect("isla", client_keys=[token]) as connection:
        said = str((await connection.run("sessions", stdin=asyncssh.DEVNULL)).stdout)
    assert "by Token" in said
    token._flags = 0
    with pytest.raises(asyncssh.PermissionDenied):
        async with host.connect("isla", client_keys=[token]):
            pass
