"""The operator's command: settings, backup and restore, import, doctor."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bbs.__main__ import main
from bbs.config import Settings
from bbs.errors import BBSError


@pytest.fixture
def bbs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Bbs":
    for name in [name for name in os.environ if name.startswith("BBS_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return Bbs(tmp_path)


class Bbs:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str, given: str = "", status: int = 0) -> Result:
        done = CliRunner().invoke(main, list(arguments), input=given)
        assert done.exit_code == status, (arguments, done.output, done.exception)
        return done


def test_a_forum_is_made_filled_and_listed(bbs: Bbs) -> None:
    assert "schema now" in bbs("migrate").output
    assert "Nothing to do" in bbs("migrate").output
    bbs("member", "add", "isla", "--password-stdin", given="river canoe lantern\n")
    assert "taken" in bbs("member", "add", "ISLA", "--password-stdin", given="river canoe lantern\n", status=1).output
    assert "easily guessed" in bbs("member", "add", "ross", "--password-stdin", given="password12\n", status=1).output
    bbs("member", "role", "isla", "operator", "facilitator")
    bbs("board", "add", "general", "--title", "General", "--description", "d", "--private")
    assert json.loads(bbs("member", "list", "--json").output)["roles"] == ["facilitator", "operator"]
    assert json.loads(bbs("board", "list", "--json").output)["private"] is True
    assert "isla" in bbs("member", "list").output
    assert len(bbs("invite", "--uses", "3", "--expires", "2w").output.strip()) == 14
    assert "12h" in bbs("invite", "--expires", "soon", status=1).output


def test_without_a_database_a_command_says_what_to_do(bbs: Bbs) -> None:
    assert "'bbs serve' or 'bbs migrate' makes one" in bbs("board", "list", status=1).output


def test_settings_come_from_the_file_and_the_environment_wins(bbs: Bbs, monkeypatch: pytest.MonkeyPatch) -> None:
    (bbs.folder / "staffroom.toml").write_text('port = 2022\nregistration = "open"\n')
    monkeypatch.setenv("BBS_PORT", "2023")
    rows = {row["name"]: row for row in map(json.loads, bbs("config", "--json").output.splitlines())}
    assert (rows["port"]["value"], rows["port"]["source"]) == (2023, "BBS_PORT")
    assert (rows["registration"]["value"], rows["registration"]["source"]) == ("open", "staffroom.toml")
    assert rows["zone"]["source"] == "default"
    assert set(rows) == set(Settings.model_fields)


@pytest.mark.parametrize(("file", "name", "value", "said"), [
    ("", "BBS_PORT", "high", "BBS_PORT is 'high'"), ("", "BBS_REGISTRATION", "maybe", "BBS_REGISTRATION is 'maybe'"),
    ("", "BBS_PROT", "1", "BBS_PROT is not a setting"), ("prot = 1", "", "", "prot in staffroom.toml is not a setting"),
    ('zone = "Mars"', "", "", "zone in staffroom.toml is 'Mars'"), ("port =", "", "", "staffroom.toml cannot be read"),
    ("", "BBS_CONFIG", "nowhere.toml", "no such file"),
    ("", "BBS_DATABASE_URL", "forum.db", "BBS_DATABASE_URL is no address"),
    ("", "BBS_DATABASE_URL", "mysql://forum:s3cret@db/forum", "BBS_DATABASE_URL is no address"),
    ("", "BBS_DATABASE_URL", "sqlite:////tmp", "is a folder: name a file in it"),
])  # fmt: skip
def test_a_wrong_setting_ends_the_start_with_one_line(
    bbs: Bbs, monkeypatch: pytest.MonkeyPatch, file: str, name: str, value: str, said: str
) -> None:
    if file:
        (bbs.folder / "staffroom.toml").write_text(file)
    if name:
        monkeypatch.setenv(name, value)
    output = bbs("serve", status=5 if "folder" in said else 1).output
    assert said in output
    assert output.count("\n") == 1
    assert "s3cret" not in output


def test_a_settings_file_with_a_byte_order_mark_is_read(bbs: Bbs) -> None:
    """Notepad writes one."""
    (bbs.folder / "staffroom.toml").write_bytes(b'\xef\xbb\xbfname = "Room"\r\n')
    assert "Room" in bbs("config").output


def test_a_password_in_the_database_address_is_not_shown(bbs: Bbs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BBS_DATABASE_URL", "postgresql://forum:s3cret@db/forum")
    assert "s3cret" not in bbs("config").output


def test_the_doctor_finds_what_is_wrong(bbs: Bbs) -> None:
    bbs("migrate")
    healthy = {row["what"]: row for row in map(json.loads, bbs("doctor", "--json").output.splitlines())}
    assert healthy["schema"]["state"] == healthy["database"]["state"] == "ok"
    assert healthy["operator"]["state"] == "warning"
    key = bbs.folder / "data" / "host_key"
    key.write_text("x")
    key.chmod(0o644)
    assert (
        "Others can read the host key data/host_key. Mend it with: chmod 600 data/host_key"
        in bbs("doctor", status=1).output
    )


def test_the_archive_is_imported_once(bbs: Bbs, tmp_path: Path) -> None:
    bbs("migrate")
    bbs("board", "add", "archive", "--title", "Archive")
    mbox = tmp_path / "list.mbox"
    one = b"From a@b Tue Nov 17 10:00:00 2009\nMessage-ID: <%d@x>\nSubject: S\nFrom: A <a@b>\n\n%b\n\n"
    mbox.write_bytes(one % (1, b"Words") + one % (2, b"") + one % (3, b"More"))
    done = bbs("import", "mbox", str(mbox), "--board", "archive")
    assert "imported 2 messages in 2 threads\n" in done.stdout
    assert "skipped: 1\n  it has no text: 1\n" in done.stdout
    again = bbs("import", "mbox", str(mbox), "--board", "archive").stdout
    assert "imported 0 messages in 0 threads\nthere already: 2\n" in again
    assert "There is no board" in bbs("import", "mbox", str(mbox), "--board", "nowhere", status=1).output


def test_an_import_says_what_it_leaves_out_and_refuses_what_is_no_mail(bbs: Bbs, tmp_path: Path) -> None:
    bbs("migrate")
    bbs("board", "add", "archive", "--title", "Archive")
    private = tmp_path / "private.eml"
    private.write_text("From: A <a@b>\nMessage-ID: <1@x>\nX-No-Archive: yes\n\nWords\n")
    other = tmp_path / "other.eml"
    other.write_text("From: A <a@b>\nMessage-ID: <2@x>\n\nWords\n")
    done = bbs("import", "mbox", str(private), "--board", "archive", "--verbose")
    assert "its author asked that it is not archived: 1\n    message 1 <1@x>\n" in done.stdout
    assert "Every message was left out, so nothing was imported." in done.stdout
    assert (
        "imported 1 message in 1 thread" in bbs("import", "mbox", str(private), str(other), "--board", "archive").stdout
    )
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(b"%PDF-1.4\n")
    refused = bbs("import", "mbox", str(paper), "--board", "archive", status=5)
    assert "paper.pdf holds no mail" in refused.stderr


def test_settings_refuse_what_they_do_not_know() -> None:
    with pytest.raises((BBSError, ValueError)):
        Settings(nonsense=1)  # type: ignore[call-arg]


def test_a_member_is_forgotten_after_a_question(bbs: Bbs) -> None:
    bbs("migrate")
    for handle in ("isla", "ross"):
        bbs("member", "add", handle, "--password-stdin", given="river canoe lantern\n")
    bbs("member", "role", "isla", "operator")
    asked = bbs("member", "forget", "ross", given="n\n", status=1).output
    assert "0 posts and 0 messages stay, under 'a former member'." in asked
    assert "It cannot be undone. Let them take out what is theirs first" in asked
    assert "are removed" in bbs("member", "forget", "ross", "--erase", given="n\n", status=1).output
    assert "ross is 'a former member' now; 0 posts kept." in bbs("member", "forget", "ROSS", given="y\n").output
    assert "There is no member called ross." in bbs("member", "forget", "ross", "--yes", status=1).output
    assert "isla is the only operator" in bbs("member", "forget", "isla", status=1).output
    assert "taken" in bbs("member", "add", "ross", "--password-stdin", given="river canoe lantern\n", status=1).output
    assert "forgotten" in bbs("member", "list").output
