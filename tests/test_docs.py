"""What can be set, pressed or called is written down."""

import re
import runpy
from pathlib import Path
from typing import get_args

import click
import pytest
from textual.binding import Binding

from bbs.__main__ import main
from bbs.config import Settings
from bbs.services.rules import TABLE, Action
from bbs.ssh import commands
from bbs.ssh.commands import helping
from screens.place import Place
from screens.places import PLACES

ROOT = Path(__file__).parent.parent


def test_every_setting_is_documented_with_its_default() -> None:
    text = (ROOT / "docs/settings.md").read_text()
    for name, field in Settings.model_fields.items():
        assert f"| `{name}` | `BBS_{name.upper()}` |" in text
        assert str(field.description) in text


def test_every_command_and_exit_code_is_documented() -> None:
    text = (ROOT / "docs/commands.md").read_text()
    for name in commands.main.commands:
        assert re.search(rf"^\| `{name}\b", text, re.MULTILINE), name
    for code in (commands.DONE, commands.OUR_FAULT, commands.USAGE, commands.NOT_FOUND, commands.TOO_FAST,
                 commands.REFUSED):  # fmt: skip
        assert f"\n| {code} |" in text


def test_every_command_stands_under_one_heading() -> None:
    listed = [line.name for line in helping.listed()]
    single = {name for name, found in commands.main.commands.items() if not isinstance(found, click.Group)}
    under = {f"{name} {one}" for name, found in commands.main.commands.items() if isinstance(found, click.Group)
             for one in found.commands}  # fmt: skip
    assert sorted(listed) == sorted(single | under)


def test_every_operators_command_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text()
    for name in main.commands:
        assert f"bbs {name}" in text, name


@pytest.mark.parametrize("place", PLACES.values(), ids=lambda place: place.__name__)
def test_every_key_has_its_action_and_its_help(place: type[Place]) -> None:
    for binding in place.own_bindings():
        assert callable(getattr(place, f"action_{binding.action}", None)), binding
        assert binding.tooltip.strip(), binding
        assert bool(binding.description) == binding.show, binding


@pytest.mark.parametrize("place", PLACES.values(), ids=lambda place: place.__name__)
def test_no_key_of_a_place_does_two_things(place: type[Place]) -> None:
    for owner in place.__mro__:
        found = [binding for binding in owner.__dict__.get("BINDINGS", ()) if isinstance(binding, Binding)]
        keys = [key for binding in found for key in binding.key.split(",")]
        assert len(keys) == len(set(keys)), owner


@pytest.mark.parametrize("place", PLACES.values(), ids=lambda place: place.__name__)
def test_n_means_new_and_nothing_else(place: type[Place]) -> None:
    found = [binding.action for binding in place.own_bindings() if "n" in binding.key.split(",")]
    assert set(found) <= {"new", "write"}


@pytest.mark.parametrize("place", PLACES.values(), ids=lambda place: place.__name__)
def test_a_place_lets_everybody_out_and_find_help(place: type[Place]) -> None:
    actions = {key: binding.action for binding in place.own_bindings() for key in binding.key.split(",")}
    assert actions["question_mark"] == "help"
    assert actions["0"] == "go_home"
    assert actions["space"] in {"read_on", "page_down"}
    assert "backspace" in actions


def test_the_page_of_roles_is_made_from_the_table_of_rules() -> None:
    made = runpy.run_path(str(ROOT / "docs/roles.py"))["text"]()
    assert (ROOT / "docs/roles.md").read_text() == made, "run docs/roles.py"


def test_every_action_has_one_rule() -> None:
    assert sorted(rule.action for rule in TABLE) == sorted(get_args(Action))
