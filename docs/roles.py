"""Writes docs/roles.md from the table of rules: `.venv/bin/python docs/roles.py`."""

from pathlib import Path

from bbs.services.rules import TABLE, Rule, Who

HEAD = """\
# Who may do what

Made from the table in `bbs/services/rules.py` by `docs/roles.py`: change the table, then run it.

Every account is a **member**. Beside that a person can hold one or several roles: a **facilitator** calls and runs
meetings, a **moderator** looks after all boards, an **operator** runs the forum and does all that a moderator does. A
member can also moderate **single boards**. Operators give and take roles: with `ssh HANDLE@host role HANDLE ROLE…`, or
on the server with `bbs member role HANDLE ROLE…`, which names all roles that the member is to hold. The member is told.

A **private** board is there for those whom it names to read, write or moderate, and for operators; it says so above its
threads. A moderator whom it does not name sees of it what is reported, and nothing else. In an **announcement** board
those whom it names write, and all others read and, where it takes replies, reply. A private board that names writers is
read by the others.

What no line allows is refused. What a member may not see does not exist for them: it is 'not found', never 'forbidden'.

| action | who may | and |
| --- | --- | --- |
"""


def row(rule: Rule) -> str:
    who = ", ".join(one.value for one in Who if one in rule.who)
    notes = [rule.note] if rule.note else []
    if rule.others_read_it:
        notes.append("nobody who may not write")
    return f"| {rule.action} | {who} | {'; '.join(notes)} |\n"


def text() -> str:
    """The whole page."""
    return HEAD + "".join(map(row, TABLE))


if __name__ == "__main__":
    Path(__file__).with_suffix(".md").write_text(text())
