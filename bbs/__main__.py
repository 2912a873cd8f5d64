"""The `bbs` command; the one place that puts screens, SSH and the store together.

It loads the command that is run and no other: all of them together take seconds on a small machine.
"""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bbs.ssh.session import AppFactory


def make_apps() -> "AppFactory":
    """What makes an app for each connection."""
    from screens.app import AppMaker  # noqa: PLC0415 - see above
    from screens.patches import prepare_process  # noqa: PLC0415 - see above

    prepare_process()
    return AppMaker()


def serve() -> click.Command:
    """`bbs serve`, given the screens: `bbs.tool` knows none."""
    from bbs.tool.serve import serve_command  # noqa: PLC0415 - see above

    return serve_command(make_apps)


def in_tool(module: str, name: str) -> Callable[[], click.Command]:
    """What loads a command of `bbs.tool`."""

    def load() -> click.Command:
        command: click.Command = getattr(import_module(f"bbs.tool.{module}"), name)
        return command

    return load


class Later(click.Command):
    """A command that has not been loaded: its name, and what `bbs --help` says of it."""

    def __init__(self, name: str, short_help: str, load: Callable[[], click.Command]) -> None:
        super().__init__(name, short_help=short_help)
        self.load = load


class OnDemand(click.Group):
    """A group that loads a command when it is run."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.load() if isinstance(command, Later) else command, rest


@click.group(cls=OnDemand, context_settings={"max_content_width": 100})
@click.version_option(package_name="staffroom")
def main() -> None:
    """Staffroom: a text forum that a group runs for itself, over SSH."""


COMMANDS = (
    Later("serve", "Serve the forum until SIGINT or SIGTERM.", serve),
    Later("migrate", "Bring the database to this version's schema.", in_tool("data", "migrate_command")),
    Later("config", "Print the settings in force and where each comes from.", in_tool("data", "config_command")),
    Later("member", "Add members and change what they may do.", in_tool("members", "member")),
    Later("invite", "Make an invitation code and print it.", in_tool("members", "invite")),
    Later("board", "Add and list boards.", in_tool("boards", "board")),
    Later("import", "Bring a group's history in.", in_tool("imports", "import_")),
    Later("backup", "Write the forum to one compressed file, while it works.", in_tool("backup", "backup")),
    Later("restore", "Put a backup in the place of the forum.", in_tool("backup", "restore")),
    Later("doctor", "Look for what is wrong or will be; exit 1 when something is.", in_tool("doctor", "doctor")),
)
for command in COMMANDS:
    main.add_command(command)

if __name__ == "__main__":
    main()
