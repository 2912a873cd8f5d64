"""A real SSH server on a free port, with what asyncssh's client can do to it."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh
import pytest
from sqlalchemy.orm import Session

from bbs.context import Forum
from bbs.guesses import Guesses
from bbs.services import members
from bbs.ssh.server import Listener, listen
from bbs.views.members import Ticket
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
    keys = {handle: asyncssh.generate_private_key("ssh-ed25519") for handle in group.tickets}
    password_hash = forum.passwords.hash_now(PASSWORD)

    def give_proofs(session: Session) -> Ticket | None:
        for handle, key in keys.items():
            members.add_key(session, group.id(handle), key.get_fingerprint(), key.export_public_key().decode().strip())
        members.set_password(session, group.id("ross"), password_hash)
        return members.sign_in(session, group.id("ross")).ticket

    ticket = group.store.write_now(give_proofs)
    assert ticket
    group.tickets["ross"] = ticket
    async with live(forum):
        listener = await listen(forum, AppMaker())
        yield Host(forum, listener, keys)
        await listener.close("The test is over.")
