"""The file of a backup: a zip of the database, the host key and a manifest of both, sealed as a whole.

The manifest has a checksum for each file in the zip. The seal is the zip's comment (APPNOTE.TXT 4.3.16, 4.4.26):
whether the backup was verified, and a checksum of every byte before. So damage anywhere is noticed before anything is
unpacked. Whatever its size, a backup is written and read in pieces.
"""

import hashlib
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from bbs import private
from bbs.backup.facts import need_room
from bbs.errors import Unusable

FORMAT = 1
MANIFEST = "manifest.json"
HOST_KEY = "host_key"
MANIFEST_BYTES = 1_000_000
HOST_KEY_BYTES = 100_000
"""Of what is held in memory at once, whatever a manifest says."""
PIECE = 1 << 20
MARK = b"staffroom-backup verified=%b sha256="
SEAL = re.compile(rb"staffroom-backup verified=(yes|no ) sha256=([0-9a-f]{64})")
DIGEST_BYTES = 64
SEAL_BYTES = len(MARK % b"yes") + DIGEST_BYTES
ENCRYPTED = 1
NO_COMMENT = b"\0\0"
"""The end of a zip without a comment: its length, in two bytes."""


class Part(BaseModel):
    """One file of a backup: its length in bytes and its SHA-256, both as it is unpacked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    size: int
    sha256: str


class Manifest(BaseModel):
    """What a backup says of itself.

    `schema_at` is the revision of the database's schema. `rows` counts those of each table. `sequences`
    has, on PostgreSQL, the last number that was given out for 'table.column'.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int = FORMAT
    made_at: AwareDatetime
    staffroom: str
    engine: Literal["sqlite", "postgresql"]
    schema_at: str
    rows: dict[str, int]
    sequences: dict[str, int] = {}
    parts: tuple[Part, ...] = ()


class Packing:
    """Writes the zip: its parts first, one after another, then the manifest. One that is not finished is no backup."""

    def __init__(self, file: IO[bytes], folder: Path) -> None:
        """`folder` is where the file is: its disk is not filled."""
        self._folder = folder
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._parts: list[Part] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Otherwise it would be closed after its file, by whoever clears up, and complain of that."""
        with suppress(OSError, ValueError):
            self._zip.close()

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """Raises Unusable when the disk would be full."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(_entry(name), "w", force_zip64=True) as target:
            for piece in _gathered(pieces):
                need_room(self._folder, len(piece))
                digest.update(piece)
                size += len(piece)
                target.write(piece)
        self._parts.append(Part(name=name, size=size, sha256=digest.hexdigest()))

    def finish(self, manifest: Manifest) -> None:
        whole = manifest.model_copy(update={"parts": tuple(self._parts)})
        with self._zip.open(_entry(MANIFEST), "w") as target:
            target.write(whole.model_dump_json(indent=1).encode())
        self._zip.close()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, datetime.now(UTC).timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in fewer pieces: a database hands them over row by row."""
    gathered = bytearray()
    for piece in pieces:
        gathered += piece
        if len(gathered) >= PIECE:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


def pieces_of(file: IO[bytes], size: int | None = None) -> Iterator[bytes]:
    """What a file holds, to its end or for `size` bytes."""
    while piece := file.read(PIECE if size is None else min(PIECE, size)):
        yield piece
        if size is not None:
            size -= len(piece)


def seal(path: Path, *, verified: bool) -> None:
    """Close a finished zip against change, and have it survive a power cut."""
    with path.open("r+b") as file:
        file.seek(-len(NO_COMMENT), os.SEEK_END)
        if file.read() != NO_COMMENT:
            raise ValueError(f"{path} has a comment already")
        file.seek(-len(NO_COMMENT), os.SEEK_END)
        file.write(struct.pack("<H", SEAL_BYTES) + MARK % (b"yes" if verified else b"no "))
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.write(digest.encode())
        file.flush()
        os.fsync(file.fileno())


@dataclass(frozen=True)
class Backup:
    """A backup that is open. Its parts are checked as they are read."""

    path: Path
    manifest: Manifest
    _zip: zipfile.ZipFile

    def part(self, name: str) -> Part | None:
        return next((part for part in self.manifest.parts if part.name == name), None)

    def read(self, name: str) -> Iterator[bytes]:
        """What a part holds. Raises Unusable, at its end at the latest, when it is not what the manifest says."""
        part = self.part(name)
        if part is None:
            raise damaged(self.path)
        digest, size = hashlib.sha256(), 0
        try:
            with self._zip.open(name) as source:
                for piece in pieces_of(source):
                    digest.update(piece)
                    size += len(piece)
                    if size > part.size:
                        break
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError):
            raise damaged(self.path) from None
        if (size, digest.hexdigest()) != (part.size, part.sha256):
            raise damaged(self.path)

    def check(self) -> None:
        """Read every part. Raises Unusable when one is not what the manifest says."""
        for part in self.manifest.parts:
            for _ in self.read(part.name):
                pass


def damaged(path: Path) -> Unusable:
    return Unusable(f"{path} is no backup of a Staffroom forum, or it is damaged.")


@contextmanager
def open_backup(path: Path, *, sealed: bool = True) -> Iterator[Backup]:
    """A backup to read from. Raises Unusable for what is none, is damaged, or can be read by others."""
    try:
        is_file = path.is_file()
        if not is_file:
            raise Unusable(f"{path} is a folder or a device." if path.exists() else f"There is no file {path}.")
        private.refuse_shared("backup", path)
        file = path.open("rb")
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}.") from None
    with file:
        if sealed and not _holds(file):
            raise damaged(path)
        with _zip_of(path, file) as found:
            yield Backup(path, _manifest(path, found), found)


def _holds(file: IO[bytes]) -> bool:
    """Whether every byte is as it was when the backup was sealed."""
    comment = _comment(file)
    if comment is None:
        return False
    digest = hashlib.sha256()
    length = file.seek(0, os.SEEK_END) - DIGEST_BYTES
    file.seek(0)
    for piece in pieces_of(file, length):
        digest.update(piece)
    return digest.hexdigest().encode() == comment[2]


def _comment(file: IO[bytes]) -> re.Match[bytes] | None:
    if file.seek(0, os.SEEK_END) < SEAL_BYTES:
        return None
    file.seek(-SEAL_BYTES, os.SEEK_END)
    return SEAL.fullmatch(file.read())


def _zip_of(path: Path, file: IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise damaged(path) from None


def _manifest(path: Path, found: zipfile.ZipFile) -> Manifest:
    """Raises Unusable when it cannot be read or names other parts than there are."""
    try:
        with found.open(MANIFEST) as source:
            manifest = Manifest.model_validate_json(source.read(MANIFEST_BYTES))
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, ValidationError, RuntimeError):
        raise damaged(path) from None
    names = [MANIFEST, *(part.name for part in manifest.parts)]
    if sorted(found.namelist()) != sorted(names) or len(set(names)) < len(names):
        raise damaged(path)
    if any(entry.compress_type != zipfile.ZIP_DEFLATED or entry.flag_bits & ENCRYPTED for entry in found.infolist()):
        raise damaged(path)
    if manifest.format != FORMAT:
        raise Unusable(f"{path} was made by Staffroom {manifest.staffroom}, in a form that this version does not know.")
    return manifest


@dataclass(frozen=True, slots=True)
class Glance:
    """What is seen of a backup without reading all of it."""

    made_at: datetime
    verified: bool


def glance(path: Path) -> Glance | None:
    """When a backup was made and whether it was verified; None for what is none, or is cut short."""
    if not path.is_file():  # to open a pipe would wait for whoever writes into it
        return None
    try:
        with path.open("rb") as file:
            comment = _comment(file)
            if comment is None:
                return None
            with _zip_of(path, file) as found:
                return Glance(_manifest(path, found).made_at, comment[1] == b"yes")
    except (OSError, Unusable):
        return None
