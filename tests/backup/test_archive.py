"""The file of a backup: whatever was changed in it is noticed."""

from pathlib import Path

import pytest

from bbs.backup.archive import Manifest, Packing, glance, open_backup, seal
from bbs.clock import utc_now
from bbs.errors import Unusable


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "small.backup"
    with path.open("wb") as file:
        packing = Packing(file, tmp_path)
        packing.add("forum.db", [b"row 1\n", b"row 2\n"])
        packing.finish(Manifest(made_at=utc_now(), staffroom="1", engine="sqlite", schema_at="0001", rows={}))
    path.chmod(0o600)
    seal(path, verified=True)
    return path


def test_what_was_packed_is_read_again(packed: Path) -> None:
    with open_backup(packed) as backup:
        assert b"".join(backup.read("forum.db")) == b"row 1\nrow 2\n"
    seen = glance(packed)
    assert seen is not None
    assert seen.verified


def test_no_byte_of_a_backup_can_change_unnoticed(packed: Path) -> None:
    whole = packed.read_bytes()
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 0x20
        packed.write_bytes(changed)
        with pytest.raises(Unusable, match="no backup of a Staffroom forum, or it is damaged"), open_backup(packed):
            pass


def test_a_backup_that_is_cut_short_or_goes_on_is_refused(packed: Path) -> None:
    whole = packed.read_bytes()
    for other in (whole + b"\0", b"\0" + whole, *(whole[:length] for length in range(len(whole)))):
        packed.write_bytes(other)
        with pytest.raises(Unusable), open_backup(packed):
            pass
    assert glance(packed) is None
