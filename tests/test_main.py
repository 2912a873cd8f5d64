"""The `bbs` command before it has loaded anything."""

import subprocess
import sys

import pytest

from bbs.__main__ import COMMANDS, Later


@pytest.mark.parametrize("later", COMMANDS, ids=lambda later: later.name)
def test_the_help_says_of_a_command_what_it_says_of_itself(later: Later) -> None:
    command = later.load()
    assert command.name == later.name
    assert (command.help or "").replace("\n", " ").startswith(str(later.short_help).rstrip("."))


def test_the_help_loads_no_command() -> None:
    done = subprocess.run([sys.executable, "-X", "importtime", "-m", "bbs", "--help"], capture_output=True, text=True,
                          check=True)  # fmt: skip
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "click" in loaded
    assert loaded.isdisjoint({"asyncssh", "pydantic", "sqlalchemy", "textual"})
