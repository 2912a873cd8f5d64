"""The file of a backup: whatever was changed in it is noticed."""

import json
import zipfile
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


@pytest.mark.parametrize(("names", "listed", "method"), [
    (["forum.db", "forum.db"], ["forum.db"], zipfile.ZIP_DEFLATED),
    (["forum.db", "forum.db"], ["forum.db", "forum.db"], zipfile.ZIP_DEFLATED),
    (["forum.db", "../escape"], ["forum.db"], zipfile.ZIP_DEFLATED),
    ([], ["forum.db"], zipfile.ZIP_DEFLATED),
    (["forum.db"], ["forum.db"], zipfile.ZIP_LZMA),
    (["forum.db"], ["forum.db"], zipfile.ZIP_BZIP2),
], ids=["doubled", "doubled and listed", "more", "missing", "lzma", "bzip2"])  # fmt: skip
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_sealed_zip_that_is_not_what_we_make_is_refused(
    tmp_path: Path, names: list[str], listed: list[str], method: int
) -> None:
    made = tmp_path / "odd.backup"
    part = {"size": 3, "sha256": "0" * 64}
    manifest = {"made_at": "2026-01-01T00:00:00Z", "staffroom": "1", "engine": "sqlite", "schema_at": "0001", "rows": {},
                "parts": [{"name": name, **part} for name in listed]}  # fmt: skip
    with zipfile.ZipFile(made, "w", method) as packed:
        for name in names:
            packed.writestr(name, b"row")
        packed.writestr("manifest.json", json.dumps(manifest))
    made.chmod(0o600)
    seal(made, verified=True)
    with pytest.raises(Unusable, match="no backup of a Staffroom forum"), open_backup(made):
        pass


def test_a_part_that_unpacks_to_more_than_it_says_is_refused(tmp_path: Path) -> None:
    made = tmp_path / "bomb.backup"
    with made.open("wb") as file, Packing(file, tmp_path) as packing:
        packing.add("forum.db", [b"\0" * 5_000_000])
        packing._parts[0] = packing._parts[0].model_copy(update={"size": 5})
        packing.finish(Manifest(made_at=utc_now(), staffroom="1", engine="sqlite", schema_at="0001", rows={}))
    made.chmod(0o600)
    seal(made, verified=True)
    with open_backup(made) as backup, pytest.raises(Unusable):
        assert sum(map(len, backup.read("forum.db"))) <= 2_000_000
