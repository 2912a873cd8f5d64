"""Tools of others: seven clients sign in, ssh-audit and hydra try what they can, and what is not offered is refused."""

import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import asyncssh

from bench.attack.member import PASSWORD

OUTSIDERS = Path(__file__).parent / "outsiders.py"
POLICY = Path(__file__).parent / "ssh-audit.policy"
VENV = Path(".venv-attack").resolve()
PATIENCE = 60.0
QUIETLY = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-F", "none"]


class Tried(NamedTuple):
    what: str
    outcome: str
    holds: bool
    seconds: float


class Try(NamedTuple):
    """A command, and a word that its output must hold."""

    what: str
    command: list[str]
    expects: str
    environment: Mapping[str, str] = MappingProxyType({})


def table(port: int, folder: Path, key: asyncssh.SSHKey) -> str:
    lines = ["| outsider | outcome | s | |", "| --- | --- | ---: | --- |"]
    for tried in (_run(attempt) for attempt in _attempts(port, _key_file(folder, key), folder)):
        word = "holds" if tried.holds else "FAILS"
        print(f"{tried.what}: {word}", file=sys.stderr, flush=True)
        lines.append(f"| {tried.what} | {tried.outcome} | {tried.seconds:.1f} | {word} |")
    return "\n".join(lines)


def _key_file(folder: Path, key: asyncssh.SSHKey) -> Path:
    path = folder / "isla"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.export_private_key())
    return path


def _attempts(port: int, key: Path, folder: Path) -> Iterator[Try]:
    yield from _clients(port, key, folder)
    yield from _refusals(port, key)
    audit = str(VENV / "bin" / "ssh-audit")
    where = ["-p", str(port), "127.0.0.1"]
    yield Try("ssh-audit, policy", [audit, "--skip-rate-test", "-P", str(POLICY), *where], "Passed")
    yield Try("ssh-audit, connection rate", [audit, *where], "no-warning-of-dheat")
    words = folder / "words"
    words.write_text("".join(f"guess number {number}\n" for number in range(200)))
    yield Try("hydra, 16 tasks, 200 words", ["timeout", "40", "hydra", "-I", "-t", "16", "-l", "ross", "-P", str(words),
                                             "-s", str(port), "127.0.0.1", "ssh"], "no-password-found")  # fmt: skip


def _clients(port: int, key: Path, folder: Path) -> Iterator[Try]:
    """Each by key and by password."""
    ssh = ["-p", str(port), *QUIETLY, "isla@127.0.0.1", "whoami"]
    yield Try("OpenSSH by key", ["ssh", "-i", str(key), *ssh], "isla")
    ask = folder / "ask"
    ask.write_text(f"#!/bin/sh\necho '{PASSWORD}'\n")
    ask.chmod(0o700)
    asks = {"SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force"}
    yield Try("OpenSSH by password", ["ssh", "-o", "PubkeyAuthentication=no", *ssh], "isla", asks)
    host_key = subprocess.run(
        ["ssh-keygen", "-lf", str(folder / "host_key")], capture_output=True, text=True, check=True
    )
    plink = ["plink", "-batch", "-hostkey", host_key.stdout.split()[1], "-P", str(port)]
    putty_key = folder / "isla.ppk"
    subprocess.run(["puttygen", str(key), "-O", "private", "-o", str(putty_key)], check=False)
    yield Try("plink by key", [*plink, "-i", str(putty_key), "isla@127.0.0.1", "whoami"], "isla")
    yield Try("plink by password", [*plink, "-pw", PASSWORD, "isla@127.0.0.1", "whoami"], "isla")
    small = folder / "isla.dropbear"
    subprocess.run(["dropbearconvert", "openssh", "dropbear", str(key), str(small)], check=False, capture_output=True)
    dropbear = ["dbclient", "-y", "-y", "-p", str(port)]
    yield Try("dbclient by key", [*dropbear, "-i", str(small), "isla@127.0.0.1", "whoami"], "isla")
    yield Try("dbclient by password", [*dropbear, "isla@127.0.0.1", "whoami"], "isla", {"DROPBEAR_PASSWORD": PASSWORD})
    for library in ("paramiko", "libssh", "libssh2"):
        run = [str(VENV / "bin" / "python"), str(OUTSIDERS), library, str(port), "isla", PASSWORD]
        yield Try(f"{library} by key", [*run, str(key)], "isla")
        after = ", after a wrong key" if library == "paramiko" else ""
        yield Try(f"{library} by password{after}", [*run, ""], "isla")


def _refusals(port: int, key: Path) -> Iterator[Try]:
    """What a forum does not do is refused in words."""
    options = ["-i", str(key), *QUIETLY]
    where, to = ["-p", str(port), *options], "isla@127.0.0.1"
    talkative = ["ssh", "-v", "-p", str(port), "-i", str(key), *QUIETLY[:4]]
    yield Try("ssh -W (a tunnel)", [*talkative, "-W", "127.0.0.1:22", to], "forwards nothing")
    for option in ("-L", "-D"):  # the client listens itself: the refusal comes with the first who connects there
        own = str(free_port())
        ports = own if option == "-D" else f"{own}:127.0.0.1:{port}"
        script = FORWARDED.format(ssh=shlex.join(talkative), option=option, ports=ports, port=own, to=to)
        yield Try(f"ssh {option}", ["bash", "-c", script], "forwards nothing")
    yield Try("ssh -R", ["ssh", *where, "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:22", to, "whoami"],
              "forwarding failed")  # fmt: skip
    yield Try("ssh -A", ["ssh", *where, "-A", to, "whoami"], "isla")
    yield Try("ssh -X", ["ssh", *where, "-X", to, "whoami"], "isla")
    yield Try("sftp", ["sftp", "-P", str(port), *options, to], "holds no files")
    yield Try("scp", ["scp", "-P", str(port), *options, f"{to}:x", "/dev/null"], "holds no files")
    yield Try("scp -O", ["scp", "-O", "-P", str(port), *options, f"{to}:x", "/dev/null"], "holds no files")


FORWARDED = (
    "{ssh} -N {option} {ports} {to} & sleep 2; exec 3<>/dev/tcp/127.0.0.1/{port}; "
    "printf '\\005\\001\\000\\005\\001\\000\\001\\177\\000\\000\\001\\000\\026' >&3; sleep 1; kill $!"
)
"""Somebody connects to the port that the client listens at; to that of -D with a request of SOCKS 5 (RFC 1928)."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        number: int = found.getsockname()[1]
    return number


def _run(attempt: Try) -> Tried:
    if shutil.which(attempt.command[0]) is None:
        return Tried(attempt.what, f"{attempt.command[0]} is not installed", holds=False, seconds=0.0)
    begun = time.monotonic()
    try:
        done = subprocess.run(
            attempt.command, capture_output=True, text=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL,
            env={**os.environ, **attempt.environment}, cwd=tempfile.gettempdir(),  # hydra leaves a file where it runs
        )  # fmt: skip
        said = f"{done.stdout}\n{done.stderr}".strip()
    except subprocess.TimeoutExpired:
        said = f"no end within {PATIENCE:.0f} s"
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if attempt.expects == "no-warning-of-dheat":
        holds = "DHEat" not in said or "throttling detected" not in said
        return Tried(attempt.what, "a throttle" if holds else "no throttle", holds, time.monotonic() - begun)
    if attempt.expects == "no-password-found":
        tried = next((line for line in reversed(lines) if "tries" in line), lines[-1])
        return Tried(attempt.what, tried[:90], "login: ross" not in said, time.monotonic() - begun)
    line = next((line for line in lines if attempt.expects in line), lines[-1] if lines else "nothing")
    return Tried(attempt.what, line[:90], attempt.expects in said, time.monotonic() - begun)
