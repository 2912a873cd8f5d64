"""Who may do what: the one table. What it does not allow is refused. `docs/roles.md` is made from it."""

from dataclasses import dataclass
from enum import Enum
from typing import Literal


class Who(Enum):
    """What a member can be to a thing. A rule names those of whom one is enough."""

    MEMBER = "every member who can see it"
    AUTHOR = "whoever wrote it"
    WRITER = "those whom its board lets write"
    REPLIER = "those whom its board lets reply"
    BOARD_MODERATOR = "moderators of its board"
    MODERATOR = "moderators"
    FACILITATOR = "facilitators"
    OPERATOR = "operators"


Action = Literal[
    "start a thread", "reply", "edit a post", "remove a post", "thank for a post", "report a post",
    "write a message", "write to the moderators", "answer as the moderators", "change what others see of oneself",
    "pin a thread", "lock a thread", "rename a thread", "move a thread", "split a thread", "merge threads",
    "hide a post", "restore a post", "edit out personal data",
    "see the queue", "read the log", "decide an application",
    "warn a member", "silence a member", "silence a member in a board", "suspend a member", "ban a member",
    "lift a measure", "lift a silence in a board", "see the measures against a member",
    "add a board", "describe a board", "choose a board's kind", "order the boards", "archive a board", "merge boards",
    "decide who reads a board", "decide who moderates a board",
    "call a meeting", "change a meeting", "cancel a meeting", "answer a meeting",
    "add a note to an answer", "answer a meeting for others", "write to those invited",
    "open a poll", "run a poll", "vote in a poll",
    "give roles", "invite somebody",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table."""

    action: Action
    who: frozenset[Who]
    others_read_it: bool = False
    """Who may not write may not do this either."""
    note: str = ""
    """What else has to be true, which the use case checks."""

    @property
    def refusal(self) -> str:
        """What a member reads who is none of those."""
        if self.who == {Who.AUTHOR}:
            return f"You can {self.action.replace(' a ', ' your own ')}s only."
        allowed = [who.value for who in Who if who in self.who - {Who.BOARD_MODERATOR}]
        return f"Only {' and '.join(allowed)} can {self.action}.".replace("its board", "this board")


def _rule(action: Action, *who: Who, others_read_it: bool = False, note: str = "") -> Rule:
    return Rule(action, frozenset(who), others_read_it, note)


TABLE: tuple[Rule, ...] = (
    _rule("start a thread", Who.WRITER, others_read_it=True, note="not in an archived board"),
    _rule("reply", Who.REPLIER, others_read_it=True, note="to a locked thread: moderators of its board alone"),
    _rule("edit a post", Who.AUTHOR, others_read_it=True),
    _rule("remove a post", Who.AUTHOR),
    _rule("thank for a post", Who.MEMBER, others_read_it=True, note="not for one's own"),
    _rule("report a post", Who.MEMBER, note="not one's own"),
    _rule("write a message", Who.MEMBER, others_read_it=True),
    _rule("write to the moderators", Who.MEMBER, note="who is suspended or banned too"),
    _rule("answer as the moderators", Who.MODERATOR),
    _rule("change what others see of oneself", Who.MEMBER, others_read_it=True),
    _rule("pin a thread", Who.BOARD_MODERATOR, Who.MODERATOR),
    _rule("lock a thread", Who.BOARD_MODERATOR, Who.MODERATOR, others_read_it=True),
    _rule("rename a thread", Who.BOARD_MODERATOR, Who.MODERATOR, others_read_it=True),
    _rule("move a thread", Who.BOARD_MODERATOR, Who.MODERATOR, note="of both boards"),
    _rule("split a thread", Who.BOARD_MODERATOR, Who.MODERATOR, others_read_it=True),
    _rule("merge threads", Who.BOARD_MODERATOR, Who.MODERATOR, note="of both boards"),
    _rule("hide a post", Who.BOARD_MODERATOR, Who.MODERATOR, others_read_it=True, note="not one's own"),
    _rule("restore a post", Who.BOARD_MODERATOR, Who.MODERATOR, note="not one's own"),
    _rule(
        "edit out personal data", Who.BOARD_MODERATOR, Who.MODERATOR, others_read_it=True, note="not in one's own post"
    ),
    _rule(
        "see the queue",
        Who.BOARD_MODERATOR,
        Who.MODERATOR,
        note="the part of their own boards, and nothing about themselves",
    ),
    _rule("read the log", Who.MEMBER, note="without private boards; what moderators alone read, those of the board"),
    _rule("decide an application", Who.MODERATOR, others_read_it=True),
    _rule("warn a member", Who.MODERATOR, others_read_it=True, note="whose role is lower"),
    _rule("silence a member", Who.MODERATOR, others_read_it=True, note="whose role is lower"),
    _rule(
        "silence a member in a board",
        Who.BOARD_MODERATOR,
        Who.MODERATOR,
        others_read_it=True,
        note="whose role is lower",
    ),
    _rule("suspend a member", Who.MODERATOR, others_read_it=True, note="whose role is lower"),
    _rule("ban a member", Who.MODERATOR, others_read_it=True, note="whose role is lower"),
    _rule("lift a measure", Who.MODERATOR, note="whose role is higher than the member's"),
    _rule(
        "lift a silence in a board", Who.BOARD_MODERATOR, Who.MODERATOR, note="whose role is higher than the member's"
    ),
    _rule(
        "see the measures against a member",
        Who.MODERATOR,
        note="the member sees what is in force; moderators of a board, the silences there",
    ),
    _rule("add a board", Who.MODERATOR, others_read_it=True),
    _rule("describe a board", Who.BOARD_MODERATOR, Who.MODERATOR, others_read_it=True),
    _rule("choose a board's kind", Who.MODERATOR),
    _rule("order the boards", Who.MODERATOR),
    _rule("archive a board", Who.MODERATOR),
    _rule("merge boards", Who.MODERATOR, note="both of which they can see"),
    _rule("decide who reads a board", Who.BOARD_MODERATOR, Who.MODERATOR, note="and who writes in it"),
    _rule("decide who moderates a board", Who.MODERATOR),
    _rule("call a meeting", Who.FACILITATOR, others_read_it=True),
    _rule("change a meeting", Who.FACILITATOR, others_read_it=True),
    _rule("cancel a meeting", Who.FACILITATOR, others_read_it=True),
    _rule("answer a meeting", Who.MEMBER),
    _rule("add a note to an answer", Who.MEMBER, others_read_it=True),
    _rule("answer a meeting for others", Who.FACILITATOR, others_read_it=True, note="they are told"),
    _rule("write to those invited", Who.FACILITATOR, others_read_it=True),
    _rule("open a poll", Who.FACILITATOR, others_read_it=True),
    _rule("run a poll", Who.FACILITATOR, others_read_it=True),
    _rule("vote in a poll", Who.MEMBER, note="while it is open"),
    _rule("give roles", Who.OPERATOR),
    _rule("invite somebody", Who.MEMBER, others_read_it=True, note="whom the setting `invitations` lets"),
)
RULES: dict[Action, Rule] = {rule.action: rule for rule in TABLE}
