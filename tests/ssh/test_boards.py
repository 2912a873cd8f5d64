"""Boards and threads by command: what has to be agreed to, and handles that are added and taken."""

import pytest

from bbs.services import board_settings, boards, posts
from tests.conftest import Group
from tests.ssh.conftest import Host


@pytest.fixture
def inner(sqlite_group: Group) -> int:
    """A thread of a private board in which Isla and Heather are."""
    group = sqlite_group
    group.do("heather", board_settings.add_board, "inner", "Inner", kind="private")
    group.do("heather", board_settings.set_board_people, "inner", reads=["isla"])
    return group.do("isla", posts.start_thread, "inner", "Plans", "B").thread_id


async def test_more_readers_have_to_be_agreed_to(host: Host, inner: int) -> None:
    for command in (f"mod move {inner} general", "board edit inner --kind public", "board merge inner general"):
        refused = await host.run("heather", command)
        assert refused.exit_status == 5, command
        assert "1 more member: ross. Nothing was changed: --yes does it." in str(refused.stderr)
        assert (await host.run("ross", f"read {inner}")).exit_status == 3
    assert (await host.run("heather", "board merge inner general --yes")).stdout == "inner is part of General now.\n"
    assert (await host.run("ross", f"read {inner}")).exit_status == 0
    assert "Plans" in str((await host.run("ross", "threads inner")).stdout)


async def test_plain_mode_asks(host: Host, inner: int) -> None:
    async with host.connect("heather") as connection:
        process = await connection.create_process()
        process.stdin.write(f"mod move {inner} general\n1\nmod move {inner} general\n2\nquit\n")
        said = str((await process.wait()).stdout)
    assert "“Plans” could be read by 1 more member: ross. You can" in said
    assert f"Thread {inner} is in General now." in said


async def test_handles_are_named_added_and_taken(host: Host, inner: int, sqlite_group: Group) -> None:
    def reads() -> tuple[str, ...]:
        return sqlite_group.read("heather", board_settings.board_settings, "inner").reads

    for given, wanted in (("ross", ("ross",)), ("+isla", ("isla", "ross")), ("-ross,+morag", ("isla", "morag")),
                          ("isla, ross", ("isla", "ross")), ("nobody", ())):  # fmt: skip
        done = await host.run("heather", f"board people inner --reads {given}")
        assert (done.exit_status, reads()) == (0, wanted), done.stderr
    assert (await host.run("heather", "board people inner --reads isla +ross")).exit_status == 2
    assert (await host.run("heather", "board people inner --reads nowhereman")).exit_status == 5
    assert (await host.run("ross", "board people inner --reads ross")).exit_status == 3
    assert (await host.run("isla", "board people inner --reads ross")).exit_status == 3
    assert [line.slug for line in sqlite_group.read("ross", boards.board_list) if line.private] == []
