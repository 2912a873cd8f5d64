"""What can be set, pressed or called is written down."""

import re
from pathlib import Path

import pytest

import screens.app
from bbs.__main__ import main
from bbs.config import Settings
from bbs.ssh import commands
from screens.page import Key, Page

ROOT = Path(__file__).parent.parent
assert screens.app


def pages(base: type[Page] = Page) -> list[type[Page]]:
    return [found for child in base.__subclasses__() for found in (child, *pages(child))]


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


def test_every_operators_command_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text()
    for name in main.commands:
        assert f"bbs {name}" in text, name


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.__name__)
def test_every_key_has_its_action_and_its_help(page: type[Page]) -> None:
    for key in page.BINDINGS:
        assert isinstance(key, Key)
        assert callable(getattr(page, f"do_{key.action}", None)), key
        assert key.help.strip(), key


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.__name__)
def test_no_key_of_a_page_does_two_things(page: type[Page]) -> None:
    names = [name for key in page.BINDINGS for name in key.names()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.__name__)
def test_a_page_lets_everybody_out_and_find_help(page: type[Page]) -> None:
    for name, action in (("?", "help"), ("ctrl+q", "sign_out"), ("0", "go_home"), ("space", "read_on")):
        key = page.binding(name)
        assert key is not None
        assert key.action == action
