"""The `bbs` command; the one place that puts screens, SSH and the store together."""

import click

from bbs.ssh.session import AppFactory
from bbs.tool.backup import backup, restore
from bbs.tool.boards import board
from bbs.tool.data import config_command, migrate_command
from bbs.tool.doctor import doctor
from bbs.tool.imports import import_
from bbs.tool.members import invite, member
from bbs.tool.serve import serve_command


def make_apps() -> AppFactory:
    """What makes an app for each connection. Screens are loaded for the server only."""
    from screens.app import AppMaker  # noqa: PLC0415 - Textual costs a second that other commands need not wait
    from screens.patches import prepare_process  # noqa: PLC0415 - as above

    prepare_process()
    return AppMaker()


@click.group(context_settings={"max_content_width": 100})
@click.version_option(package_name="staffroom")
def main() -> None:
    """Staffroom: a text forum that a group runs for itself, over SSH."""


COMMANDS = (serve_command(make_apps), migrate_command, config_command, member, invite, board, import_, backup, restore,
            doctor)  # fmt: skip
for command in COMMANDS:
    main.add_command(command)

if __name__ == "__main__":
    main()
