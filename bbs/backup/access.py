"""What a restore does not bring back: sessions of before, and codes that let a key or a password onto an account.

A code may have been used or withdrawn since; whoever still needs one is given a new one. Invitations come back, because
those who joined with them since have to join again; a restore lists them.
"""

from collections.abc import Collection, Iterator

from bbs.backup.facts import Rows

LEFT_BEHIND = ("one_time_codes", "member_sessions")


def statements(tables: Collection[str], epoch: int = 0) -> Iterator[str]:
    """SQL for a database with these tables. An `epoch` above all others ends each session that a server still holds."""
    yield from (f"DELETE FROM {table}" for table in LEFT_BEHIND if table in tables)  # noqa: S608 - named above
    if epoch:
        yield f"UPDATE members SET auth_epoch = {epoch:d}"  # noqa: S608 - a number


def next_epoch(*databases: Rows) -> int:
    """One that no session of these forums has."""
    return 1 + max((int(row["auth_epoch"]) for rows in databases for row in rows("members", "auth_epoch")), default=0)
