"""Somebody who signed up a moment ago, over real ssh."""

import pytest

from bbs.services.joining import Admission, invite, join
from tests.conftest import Group
from tests.ssh.conftest import Host


@pytest.fixture
def newcomer(sqlite_group: Group) -> Group:
    code = sqlite_group.store.write_now(invite)
    ticket = sqlite_group.store.write_now(join, Admission("invite", code), "finn", "Finn", "hash").ticket
    assert ticket
    sqlite_group.tickets["finn"] = ticket
    return sqlite_group


async def test_a_newcomer_meets_a_limit_and_is_told_kindly(newcomer: Group, host: Host) -> None:
    for number in range(3):
        newcomer.clock.forward(minutes=1)
        assert (await host.run("finn", f"post general --subject T{number}", "B")).exit_status == 0
    newcomer.clock.forward(minutes=1)
    done = await host.run("finn", "post general --subject T4", "my fourth")
    assert done.exit_status == 4
    assert "Welcome. In your first days you can write 3 threads a day. Your text is kept" in str(done.stderr)
    assert "my fourth" in str((await host.run("finn", "drafts")).stdout)
