"""The small forum over which sessions are measured: boards, threads of Markdown, members with a key each."""

from pathlib import Path

import asyncssh
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from bbs.models import Board, Member, MemberKey, Post, Thread
from bbs.schema import migrate
from bbs.services import board_settings, members
from bbs.store import Store, now

LONG = 200
"""Posts in each of the long threads, which stand on top of the first board under the one of fifty."""
LONG_THREADS = 40
SHORT_THREADS = 40
SHORT = 9
FIFTY = 50
UNREAD = 100
"""The newest posts, in eleven threads of other boards."""
WRITER = "writer"
BODY = """\
Reply {number} in *{title}*, with some **strong** words and a `code span` in a paragraph of its own, which is long
enough for two lines.

- one thing
- another thing, with [a link](https://example.org/{number})

> Somebody said something earlier.

```python
print("post {number}")
```

And a last line."""


def fill(folder: Path, people: int) -> dict[str, asyncssh.SSHKey]:
    """A forum in the folder's SQLite file; each member's key by their handle."""
    store = Store(f"sqlite:///{folder}/staffroom.db")
    migrate(store.engine)
    store.write_now(board_settings.add_first_boards)
    keys = {f"member{number}": asyncssh.generate_private_key("ssh-ed25519") for number in range(people)}
    store.write_now(_write_threads)
    store.write_now(_add_members, keys)
    store.close()
    return keys


def _write_threads(session: Session) -> None:
    writer = members.add_member(session, WRITER)
    listed = session.scalars(select(Board.id).order_by(Board.position, Board.id)).all()
    for number in range(LONG_THREADS):
        _write_thread(session, listed[0], writer, f"Long thread {number}", LONG)
    _write_thread(session, listed[0], writer, "Fifty posts", FIFTY)
    for number in range(SHORT_THREADS):
        for board_id in listed[1:]:
            _write_thread(session, board_id, writer, f"Thread {number}", SHORT)


def _write_thread(session: Session, board_id: int, writer: int, title: str, length: int) -> None:
    at = now(session)
    thread = Thread(board_id=board_id, title=title, created_at=at, last_post_at=at, last_post_id=0, post_count=length)
    session.add(thread)
    session.flush()
    session.execute(insert(Post), [
        {"thread_id": thread.id, "board_id": board_id, "author_id": writer, "created_at": at,
         "body": BODY.format(number=number, title=title)}
        for number in range(length)
    ])  # fmt: skip
    thread.last_post_id = session.scalar(select(func.max(Post.id))) or 0


def _add_members(session: Session, keys: dict[str, asyncssh.SSHKey]) -> None:
    """They have read all but the newest posts."""
    newest = session.scalar(select(func.max(Post.id))) or 0
    for handle, key in keys.items():
        member = members.add_member(session, handle)
        session.get_one(Member, member).floor_post_id = newest - UNREAD
        public = key.export_public_key().decode().strip()
        session.add(MemberKey(member_id=member, fingerprint=key.get_fingerprint(), public_key=public,
                              added_at=now(session)))  # fmt: skip
