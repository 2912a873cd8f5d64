"""A real SSH server on a free port, with what asyncssh's client can do to it."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh
import pytest

from bbs.context import Forum
from bbs.guesses import Guesses
from bbs.services import members
from bbs.ssh.server import Listener, listen
from screens.app import AppMaker, StaffroomApp
from screens.patches import prepare_process
from tests.conftest import Group
from tests.terminal import live, make_forum

PASSWORD = "river canoe lantern seven"


class Host:
    """The server, and ways to connect to it."""

    def __init__(self, forum: Forum, listener: Listener, keys: dict[str, asyncssh.SSHKey]) -> None:
        self.forum = forum
        self.port = listener.port
        self._listener = listener
        self.keys = keys

    def connect(
        self, handle: str, **more: object
    ) -> "contextlib.AbstractAsyncContextManager[asyncssh.SSHClientConnection]":
        options: dict[str, object] = {"client_keys": [self.keys[handle]] if handle in self.keys else None}
        return asyncssh.connect("127.0.0.1", self.port, username=handle, known_hosts=None, config=None,
                                agent_path=None, **(options | more))  # fmt: skip

    def app_of(self, handle: str) -> StaffroomApp:
        """The app of this member's session."""
        apps: list[object] = [session._app for session in self._listener._house.sessions]
        return next(app for app in apps if isinstance(app, StaffroomApp) and app.ctx.handle == handle)

    @property
    def is_visited(self) -> bool:
        """Whether anybody is connected, or something is still done for who was."""
        house = self._listener._house
        return bool(house.connections or house.sessions)

    @property
    def guesses(self) -> Guesses:
        return self._listener._house.guesses

    async def run(self, handle: str, command: str, given: str = "") -> asyncssh.SSHCompletedProcess:
        async with self.connect(handle) as connection:
            source = {"input": given} if given else {"stdin": asyncssh.DEVNULL}
            return await connection.run(command, **source)


@pytest.fixture
def settings() -> dict[str, object]:
    """A test module may give its own."""
    return {}


@pytest.fixture
async def host(sqlite_group: Group, tmp_path: Path, settings: dict[str, object]) -> AsyncIterator[Host]:
    """Isla and the others, each with a key; Ross has a password too."""
    prepare_process()
    group = sqlite_group
    forum = make_forum(group.store, data_dir=tmp_path, host="127.0.0.1", port=0, **settings)
    keys = {}
    for handle in group.tickets:
        key = keys[handle] = asyncssh.generate_private_key("ssh-ed25519")
        group.store.write_now(members.add_key, group.id(handle), key.get_fingerprint(),
                              key.export_public_key().decode().strip())  # fmt: skip
    group.store.write_now(members.set_password, group.id("ross"), forum.passwords.hash_now(PASSWORD))
    group.tickets["ross"] = group.store.write_now(members.sign_in, group.id("ross")).ticket  # type: ignore[assignment]
    async with live(forum):
        listener = await listen(forum, AppMaker())
        yield Host(forum, listener, keys)
        await listener.close("The test is over.")
