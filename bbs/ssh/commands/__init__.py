"""`ssh HANDLE@host COMMAND`, and the words of plain mode: one grammar over the same services as the screens."""

from bbs.ssh.commands import (
    access,
    account,
    arranging,
    board,
    calling,
    finding,
    helping,
    meeting,
    message,
    moderating,
    own,
    poll,
    reading,
    sanctioning,
    writing,
)
from bbs.ssh.commands.base import (
    DONE,
    NOT_FOUND,
    OUR_FAULT,
    REFUSED,
    TOO_FAST,
    USAGE,
    Outcome,
    Piped,
    Run,
    main,
    run,
)
from bbs.ssh.commands.own import warning

NOUNS = (access, account, arranging, board, calling, finding, helping, meeting, message, moderating, own, poll,
         reading, sanctioning, writing)  # fmt: skip
"""Loading a module registers its commands."""

__all__ = ["DONE", "NOT_FOUND", "NOUNS", "OUR_FAULT", "REFUSED", "TOO_FAST", "USAGE", "Outcome", "Piped", "Run", "main",
           "run", "warning"]  # fmt: skip
