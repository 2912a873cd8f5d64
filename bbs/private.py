"""Files and folders that only their owner can read: all that the forum makes are such, whatever the umask."""

import os
import shlex
import stat
from pathlib import Path

from bbs.errors import Unusable

OTHERS = 0o077
"""What group and others may do with a file."""


def make_folder(path: Path) -> None:
    """A folder for its owner only, and so each folder above it that is missing."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    path.chmod(0o700)
    hand_over(path)


def create(path: Path) -> int:
    """A new, empty file for its owner only, open for reading and writing; its descriptor. Raises FileExistsError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    os.fchmod(descriptor, 0o600)
    hand_over(path)
    return descriptor


def hand_over(path: Path) -> None:
    """Give what root has made to whoever has its folder: the server, which runs as them, has to be able to use it."""
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.chown(path, folder.st_uid, folder.st_gid)


def write(path: Path, content: bytes) -> None:
    """A new file with this content, which survives a power cut. Raises FileExistsError."""
    with os.fdopen(create(path), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def put(path: Path, content: bytes) -> None:
    """The same in the place of what is there: whenever the program is killed, one of the two is there, and whole."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    write(new, content)
    new.replace(path)
    sync(path.parent)


def is_shared(path: Path) -> bool:
    """Whether group or others can do anything with it. A file that is not there is not shared."""
    try:
        return bool(stat.S_IMODE(path.stat().st_mode) & OTHERS)
    except FileNotFoundError:
        return False


def shared_words(what: str, *paths: Path) -> str:
    """What is wrong with these files, and the command that mends it; '' when nothing is."""
    shared = [path for path in paths if is_shared(path)]
    if not shared:
        return ""
    command = shlex.join(["chmod", "600", *map(str, shared)])
    return f"Others can read the {what} {shared[0]}. Mend it with: {command}"


def refuse_shared(what: str, *paths: Path) -> None:
    """Raises Unusable with the command that mends it, when group or others can read one of the files."""
    if said := shared_words(what, *paths):
        raise Unusable(said)


def refuse_others(what: str, *paths: Path) -> None:
    """Raises Unusable, with whom to be, when one of the files is there and may not be changed by who runs this."""
    for path in paths:
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            owner = _owner(path)
            raise Unusable(f"You may not change the {what} {path}, which belongs to {owner}. Run this as {owner}.")


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except KeyError:  # nobody has this number here, as in a container
        return f"the user {path.stat().st_uid}"


def sync(path: Path) -> None:
    """Have what was written to a file, or what was renamed in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
