"""Plain mode over a real channel: how lines are taken, what is said when, and what is kept."""

import asyncio

import asyncssh
import pytest

from bbs.services import boards, drafts, messages, notices, posts
from bbs.services.drafts import DraftView
from bbs.ssh.lines import wrapped
from bbs.views.notices import Wishes
from tests.conftest import Group
from tests.meetings import call
from tests.ssh.conftest import Host

PATIENCE = 10.0


class Liner:
    """One member in plain mode."""

    def __init__(self, process: "asyncssh.SSHClientProcess[bytes]") -> None:
        self.process = process
        self.raw = bytearray()
        self._heard = 0

    def says(self, text: str) -> None:
        self.process.stdin.write(text.encode())

    async def hears(self, *wanted: str) -> str:
        """Wait for words, each after the one before; what came up to the last of them."""
        start = self._heard
        for words in wanted:
            async with asyncio.timeout(PATIENCE):
                while (at := self.raw.find(words.encode(), self._heard)) < 0:
                    data = await self.process.stdout.read(65_536)
                    assert data, f"waited for {words!r}, heard {self.raw[start:].decode()}"
                    self.raw += data
            self._heard = at + len(words.encode())
        return self.raw[start : self._heard].decode()


async def lines(connection: asyncssh.SSHClientConnection, term: str | None = None,
                size: tuple[int, int] = (80, 24)) -> Liner:  # fmt: skip
    """A session in lines: without a terminal, or on one."""
    process = await connection.create_process(term_type=term, term_size=size if term else (), encoding=None)
    liner = Liner(process)
    await liner.hears("\n> ")
    return liner


@pytest.fixture
def group(sqlite_group: Group) -> Group:
    sqlite_group.do("ross", posts.start_thread, "general", "Who pays", "Not us.")
    return sqlite_group


async def test_a_dumb_line_is_mended_by_letter_word_and_whole(host: Host, group: Group) -> None:
    async with host.connect("isla") as connection:
        isla = await lines(connection, "dumb")
        isla.says("reply 1\r")
        await isla.hears(".help")
        isla.says("日本\x7f語 e\u0301x\x7f\x7f\x7f\x7f!\r\n")
        isla.says("all gone\x15two words here\x17\x17three\ttabs\x1b[A\x1bOB\x1bx\r")
        isla.says("\x00\x07bells\x80\xff\n.\n")
        await isla.hears("Posted: thread 1, #2")
    page = (await host.run("ross", "read '#2'")).stdout
    assert "日!\ntwo three    tabs\nbells" in str(page)


async def test_nothing_but_letters_and_line_ends_is_sent_whatever_is_typed(host: Host, group: Group) -> None:
    async with host.connect("isla") as connection:
        isla = await lines(connection, "dumb")
        isla.says("".join(map(chr, range(0x05, 0x20))).replace("\x15", "").replace("\r", "") + "\x9b31m\u202e\r")
        await isla.hears("'help' lists the commands")
        assert not set(isla.raw.decode()) & {*map(chr, range(7)), "\x1b", "\x9b", "\u202e"}


async def test_ctrl_c_clears_a_line_and_puts_a_text_aside(host: Host, group: Group) -> None:
    async with host.connect("isla") as connection:
        isla = await lines(connection, "dumb")
        isla.says("nonsense\x03")
        assert "No such" not in await isla.hears("\r\n> ")
        isla.says("reply 1\rhalf\x03")
        await isla.hears("Your draft is kept")
        isla.says("\x04")
        await isla.hears("You have signed out.")
    kept = group.read("isla", drafts.draft, "thread:1")
    assert kept is not None
    assert kept.body == "half"


async def test_a_half_line_is_kept_while_the_member_thinks(host: Host, group: Group) -> None:
    async with host.connect("isla") as connection:
        isla = await lines(connection, "dumb")
        isla.says("reply 1\rwhole\rand ha")
        async with asyncio.timeout(PATIENCE):
            while (found := group.read("isla", drafts.draft, "thread:1")) is None or "and ha" not in found.body:
                await asyncio.sleep(0.05)
        assert found.body == "whole\nand ha"


async def test_what_comes_rings_for_who_wishes_it_and_is_said_at_the_next_question(host: Host, group: Group) -> None:
    async with host.connect("isla") as connection:
        isla = await lines(connection)
        isla.says("settings bell on\n")
        await isla.hears("bell: on", "\n> ")
        group.do("ross", posts.start_thread, "training", "A course", "In May.")
        group.do("ross", messages.send_message, "isla", "look")
        assert await isla.hears("\a", "\a") == "\a\a"
        isla.says("whoami\n")
        said = await isla.hears("isla · Isla", "Just in: ", "\n> ")
        assert "A course" in said
        assert "message from" in said
        assert "Who pays" not in said
        isla.says("whoami\n")
        assert "Just in" not in await isla.hears("\n> ")


async def test_a_member_can_wish_for_lines_on_any_terminal(host: Host, group: Group) -> None:
    wishes = group.read("isla", notices.wishes)
    assert wishes == Wishes(False, False, *(True,) * 10, theme="terminal")
    assert (await host.run("isla", "settings plain on")).stdout == "plain: on\n"
    async with host.connect("isla") as connection:
        isla = await lines(connection, "xterm-256color")
        assert b"\x1b" not in isla.raw


async def test_a_refused_text_stays_as_a_draft(host: Host, group: Group) -> None:
    for number in range(posts.BURST):
        group.do("isla", posts.reply, 1, str(number))
    async with host.connect("isla") as connection:
        isla = await lines(connection)
        isla.says("reply 1\none more\n.\n")
        await isla.hears("Your text is kept")
    found = group.read("isla", drafts.draft, "thread:1")
    assert found is not None
    assert found.body == "one more"


async def test_a_draft_can_be_thrown_away_or_begun_anew(host: Host, group: Group) -> None:
    group.do("isla", drafts.save_draft, DraftView("thread:1", "", "old", None, "k", None))
    async with host.connect("isla") as connection:
        isla = await lines(connection)
        isla.says("reply 1\n2\nnew\n.discard\n")
        await isla.hears("You have a draft here", "old", "1 or 2:", "Discarded.")
        assert group.read("isla", drafts.draft, "thread:1") is None
        isla.says("undo\nreply 1\n1\n.discard\ndrafts\n1\n1\n1\n.discard\n")
        await isla.hears("Put back as it was.", "1: new", "Discarded.", "1. Reply, discarded, Who pays, new",
                         "1. Reply, Who pays, new", "1: new", "Discarded.")  # fmt: skip
        isla.says("reply 1\nfresh\n.undo\n.undo\n.9\nonly\n.1 this\nthat\n.2\n.help\n.\n")
        await isla.hears("Taken back: fresh", "Nothing is left", "There is no line 9", "is changed", "is taken out",
                         "Posted: thread 1, #2")  # fmt: skip
    assert "\nthis\n" in str((await host.run("ross", "read '#2'")).stdout)


@pytest.mark.parametrize(("choice", "kept", "aside"), [
    ("1", "mine\nmore\n\ntheirs", None), ("2", "theirs", "mine\nmore"), ("3", "mine\nmore", "theirs"),
])  # fmt: skip
async def test_two_sessions_on_one_draft_lose_neither_text(
    host: Host, group: Group, choice: str, kept: str, aside: str | None
) -> None:
    async with host.connect("isla") as one, host.connect("isla") as two:
        first, second = await lines(one), await lines(two)
        second.says("reply 1\n")
        await second.hears(".help")
        first.says("reply 1\nmine\nmore\n.keep\n")
        await first.hears("Your draft is kept")
        second.says("theirs\n")
        await second.hears("Another of your sessions", "1, 2 or 3:")
        second.says(f"{choice}\n")
        await second.hears("so far:")
        second.says(".keep\n")
        await second.hears("Your draft is kept")
    for read, wanted in ((drafts.draft, kept), (drafts.discarded, aside)):
        found = group.read("isla", read, "thread:1")
        assert (found and found.body) == wanted


async def test_a_line_that_drops_before_the_choice_keeps_both_texts(host: Host, group: Group) -> None:
    async with host.connect("isla") as one, host.connect("isla") as two:
        first, second = await lines(one), await lines(two)
        second.says("reply 1\n")
        await second.hears(".help")
        first.says("reply 1\nmine\n.keep\n")
        await first.hears("Your draft is kept")
        second.says("theirs\n")
        await second.hears("1, 2 or 3:")
        two.abort()
        async with asyncio.timeout(PATIENCE):
            while (found := group.read("isla", drafts.draft, "thread:1")) is None or "theirs" not in found.body:
                await asyncio.sleep(0.02)
        assert found.body == "mine\n\ntheirs"


async def test_a_thread_is_begun_edited_and_removed_in_lines(host: Host, group: Group) -> None:
    async with host.connect("isla") as connection:
        isla = await lines(connection)
        isla.says("post general\nMy subject\nText.\n.\nread 2\nedit\n.1 Better text.\n.\nhistory\ndelete\n3\n")
        await isla.hears("Subject:", "Posted: thread 2, #2", "My subject", "1: Text.", "Changed: #2",
                         "Version 1 of 2", "Text.", "Version 2 of 2", "Better text.",
                         "3. remove with all its posts", "Removed: #2")  # fmt: skip


async def test_numbers_open_and_signs_find(host: Host, group: Group) -> None:
    call(group, title="Winter", starts="2026-12-03 14:00", zone="UTC", minutes=60)
    async with host.connect("isla") as connection:
        isla = await lines(connection)
        isla.says("boards\n1\n1\n#1\n@ross\n/pays\n1\n99\nreport 1\n")
        await isla.hears("1. 1 new, general, General", "1. 1 new, Who pays, 1 post, ross", "Not us.", "Not us.",
                         "Here since", "1. post, Who pays", "Not us.", "There is no 99", "What is wrong with it:")  # fmt: skip
        isla.says("rude\ncatchup\nundo\nundo\nmute general\nmute general --off\nfollow 1 --off\n?\n")
        await isla.hears("Reported", "marked as read", "Put back as it was.", "There is nothing to put back",
                         "Muted: General", "You hear of this again", "Not followed any longer", "Enter alone reads on")  # fmt: skip


async def test_a_fault_in_one_command_ends_that_command_alone(
    host: Host, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    async with host.connect("isla") as connection:
        isla = await lines(connection)
        monkeypatch.setattr(boards, "board_list", broken)
        isla.says("boards\nwhoami\n")
        await isla.hears("Something went wrong on our side", "isla · Isla")


async def test_a_flood_of_input_is_held_back_and_a_huge_line_is_cut(host: Host, group: Group) -> None:
    async with host.connect("isla") as connection:
        isla = await lines(connection)
        isla.says("reply 1\n" + "x" * 300_000 + "\n.\n.discard\nwhoami\n")
        await isla.hears("has at most 20,000 characters", "isla · Isla")
    kept = group.read("isla", drafts.draft, "thread:1")
    assert kept is not None
    assert len(kept.body) == drafts.MAX_BODY


async def test_the_end_of_a_session_from_outside_is_said_and_keeps_the_text(host: Host, group: Group) -> None:
    async with host.connect("ross", client_keys=[host.keys["ross"]]) as connection:
        ross = await lines(connection)
        ross.says("reply 1\nkept\nand this")
        await ross.hears(".help")
        await host._listener.close("The server is restarting.")
        await ross.hears("The server is restarting.")
    kept = group.read("ross", drafts.draft, "thread:1")
    assert kept is not None
    assert kept.body == "kept\nand this"


async def kept_of(group: Group, ending: str) -> str:
    """The draft of Isla's reply, once it ends so."""
    async with asyncio.timeout(PATIENCE):
        while (found := group.read("isla", drafts.draft, "thread:1")) is None or not found.body.endswith(ending):
            await asyncio.sleep(0.02)
    return found.body


async def test_a_line_that_drops_in_a_huge_one_keeps_the_whole_lines_and_what_fits(host: Host, group: Group) -> None:
    async with host.connect("isla") as connection:
        isla = await lines(connection)
        isla.says("reply 1\n")
        await isla.hears(".help")
        isla.says("first\n" + "x" * 99_999)
        isla.process.stdin.write_eof()
        kept = await kept_of(group, "x" * 99_000)
    assert (kept[:7], len(kept)) == ("first\nx", drafts.MAX_BODY)


async def test_a_changed_line_needs_room_too(host: Host, group: Group) -> None:
    async with host.connect("isla") as connection:
        isla = await lines(connection)
        isla.says("reply 1\n")
        await isla.hears(".help")
        isla.says("a" * 60_000 + "\nb\n.2 " + "c" * 60_000 + "\nprecious\n.keep\n")
        await isla.hears("There is no room for that line", "Your draft is kept")
    assert await kept_of(group, "precious") == "a" * 60_000 + "\nb\nprecious"


async def test_a_draft_is_filled_to_its_last_letter(host: Host, group: Group) -> None:
    group.do("isla", drafts.save_draft, DraftView("thread:1", "", "old", None, "k", None))
    room = drafts.MAX_BODY - len("old\n")
    async with host.connect("isla") as connection:
        isla = await lines(connection)
        isla.says("reply 1\n1\n")
        await isla.hears("1: old")
        isla.says("x" * (room + 1) + "\n" + "y" * room + "\n.1 new\n.keep\n")
        await isla.hears("There is no room for that line", "Line 1 is changed", "Your draft is kept")
    assert await kept_of(group, "y") == "new\n" + "y" * room


async def test_a_letter_without_a_form_is_left_out_where_the_client_shows_what_is_typed(
    host: Host, group: Group
) -> None:
    async with host.connect("isla") as connection:
        isla = await lines(connection)
        isla.says("reply 1\nbe\0fore\n.keep\n")
        await isla.hears("Your draft is kept")
    assert await kept_of(group, "fore") == "before"


async def test_going_on_with_a_draft_takes_the_new_subject_and_the_post_that_is_named(host: Host, group: Group) -> None:
    other = group.do("ross", posts.reply, 1, "Or perhaps us.")
    group.do("isla", drafts.save_draft, DraftView("thread:1", "", "words", 1, "k", None))
    group.do("isla", drafts.save_draft, DraftView("board:1", "Old", "words", None, "l", None))
    async with host.connect("isla") as connection:
        isla = await lines(connection)
        isla.says(f"reply #{other.post_id}\n1\n.keep\npost general New\n1\n.keep\n")
        await isla.hears("Your draft is kept", "Your draft is kept")
    answer, opening = (group.read("isla", drafts.draft, place) for place in ("thread:1", "board:1"))
    assert answer is not None
    assert opening is not None
    assert (answer.answers_id, opening.subject) == (other.post_id, "New")


async def test_an_undo_that_breaks_is_said_and_can_be_tried_again(
    host: Host, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    async with host.connect("isla") as connection:
        isla = await lines(connection)
        isla.says("catchup\n")
        await isla.hears("marked as read")
        with monkeypatch.context() as patch:
            patch.setattr(notices, "mark_unread", broken)
            isla.says("undo\n")
            await isla.hears("Something went wrong on our side", "\n> ")
        isla.says("undo\nnews\n")
        await isla.hears("Put back as it was.", "Who pays")


async def test_a_post_after_an_unread_mention_is_said_as_it_comes(host: Host, group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "A question", "@isla what do you think?")
    async with host.connect("isla") as connection:
        isla = await lines(connection)
        group.do("ross", posts.reply, made.thread_id, "And one thing more.")
        group.do("heather", messages.send_message, "isla", "psst")
        async with asyncio.timeout(PATIENCE):
            said = ""
            while "Just in: " not in said:
                isla.says("whoami\n")
                said = await isla.hears("isla · Isla", "\n> ")
        assert "A question" in said
        assert "Who pays" not in said


@pytest.mark.parametrize(("line", "width", "rows"), [
    ("one two three", 8, ["one two", "three"]),
    ("> > quoted words go on", 14, ["> > quoted", "> > words go", "> > on"]),
    ("    code stays in", 12, ["    code", "    stays in"]),
    ("see https://example.org/very/long here", 12, ["see", "https://example.org/very/long", "here"]),
    ("日本語 日本語", 8, ["日本語", "日本語"]),
    ("a\x1b[31mb\u202ec", 20, ["a[31mbc"]),
    ("", 20, [""]),
])  # fmt: skip
def test_lines_are_wrapped_by_cells_and_keep_their_marks(line: str, width: int, rows: list[str]) -> None:
    assert wrapped(line, width) == rows
