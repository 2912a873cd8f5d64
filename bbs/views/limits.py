"""What the operator lets new members do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """For those who joined by themselves and hold no role, in their first `days` (0: no limits).

    `threads` and `replies` are for a day, `links` and `mentions` for a post, `seconds` pass between two posts.
    """

    days: int = 1
    threads: int = 3
    replies: int = 10
    links: int = 2
    mentions: int = 2
    seconds: int = 30
    hold_first_post: bool = False
    """Whether a moderator looks at a first post before others read it, however long ago its author joined."""
