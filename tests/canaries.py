"""A forum in which every text says who may read it, and the members who may not.

A word 'canary-inner-title' is for the readers of the private board, 'canary-ross-draft' for Ross alone: the second part
is one of AUDIENCES. What a member is shown is searched for such words; one that is not for them is a leak. A column that
holds text and no canary fails a test, until something here puts a canary into it or `NO_CANARY` says why not.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import String, func, select
from sqlalchemy.orm import Session

from bbs.db import Base
from bbs.models import (
    Board,
    ImportedAuthor,
    ImportedMessage,
    ImportedName,
    ImportRun,
    Invitation,
    InvitationUse,
    KnownAddress,
    Meeting,
    Member,
    OneTimeCode,
    Post,
    QueueItem,
    Server,
    Thread,
)
from bbs.services import (
    arranging,
    board_settings,
    drafts,
    forgetting,
    joining,
    log,
    members,
    messages,
    moderation,
    newcomers,
    posts,
    queue_handling,
    recovery,
    reports,
    sanctions,
    search,
    sessions,
)
from bbs.services.drafts import DraftView
from bbs.services.meetings import answers, calling
from bbs.services.polls import running, voting
from bbs.store import now
from bbs.views.meetings import MeetingFields
from bbs.views.members import Device
from tests.conftest import Group

DECIDE = {"angus", "heather", "morag"}
"""Moderators and the operator."""
RUN = {"heather", "fiona", "morag"}
"""Facilitators."""
AUDIENCES: dict[str, set[str]] = {
    "all": set(),  # everybody: not looked at
    "inner": {"ross", "heather", "morag"},
    "innermods": {"heather", "morag"},
    "decide": DECIDE,
    "opened": {"ross", *DECIDE},
    "ross": {"ross"},
    "told": {"heather", *DECIDE},
    "noted": {"ross", *DECIDE},
    "pair": {"ross", "heather"},
    "reported": {"ross", "heather", *DECIDE},
    "coming": {"ross", *RUN},
    "replied": {"ross", *RUN},
    "drafted": RUN,
    "newt": {"newt", *DECIDE},
    "nobody": set(),
}
"""Who may read a canary, by its second part."""
CANARY = re.compile(r"canary-([a-z]+)-[a-z0-9]+")
BETWEEN_MARKS = re.compile(r"""['"], (?:true|false)[)\]], [(\[]['"]""")
"""Between the parts of what a search has found, which marks the words that were looked for."""
FEW = "one of a few words of the program"
TIME = "a time"
NO_CANARY: dict[str, str] = {
    **dict.fromkeys((
        "boards.kind", "due_work.kind", "events.name", "members.state", "members.theme", "refills.kind",
        "invitations.role", "member_roles.role", "one_time_codes.purpose", "sanctions.kind", "meetings.state",
        "meetings.kind", "queue_items.kind", "queue_items.outcome", "rsvps.answer", "notices.kind", "notices.what",
        "poll_votes.answer",
    ), FEW),
    **dict.fromkeys(("meetings.starts_local", "meetings.answer_by_local", "polls.until_local",
                     "poll_dates.starts_local"), TIME),
    **dict.fromkeys(("members.zone", "meetings.zone"), "the name of a time zone"),
    "drafts.place": "a word and a number",
    "events.body": "numbers; no reader but the sessions that hear of them",
    **dict.fromkeys(("forgotten_handles.digest", "forgotten_handles.shape_digest"), "a digest"),
}  # fmt: skip
"""Columns of text that hold nothing that anybody has written, and why."""


def not_for(handle: str, text: str) -> set[str]:
    """The canaries in a text that this member may not read."""
    text = BETWEEN_MARKS.sub("", text.casefold())
    return {
        found[0] for found in CANARY.finditer(text) if found[1] != "all" and handle not in AUDIENCES[found[1]]
    }  # fmt: skip


def text_columns() -> Iterator[str]:
    """'table.column' for all that hold text."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, String):
                yield f"{table.name}.{column.name}"


def has_canary(session: Session, name: str) -> bool:
    table, _, column = name.partition(".")
    field = Base.metadata.tables[table].c[column]
    return session.scalar(select(field).where(field.ilike("%canary%")).limit(1)) is not None


# -- what is there


def plant(group: Group) -> None:
    """All of it."""
    in_the_open(group)
    hide_away(group)


def in_the_open(group: Group) -> None:
    """What everybody reads, who looks at it, and what is hidden in the midst of it: a post, the link of a meeting."""
    _people(group)
    _hidden_posts(group)
    _moved_away(group)
    _open_meeting(group)


def _people(group: Group) -> None:
    group.add("angus", "moderator", display_name="Angus")
    group.add("fiona", "facilitator", display_name="Fiona")
    group.add("sile", display_name="Sile")
    group.add("suse", display_name="Suse")
    group.add("newt", display_name="Newt", signed_up=True)
    group.add("lost", display_name="Lost")
    group.do("morag", board_settings.set_board_people, "training", moderates=["fiona"])
    group.do("ross", posts.start_thread, "general", "Open", "For all, @isla and @angus.")
    group.do("fiona", calling.call, MeetingFields(title="Open to all", zone="Europe/London"), "2026-12-10 14:00")
    group.do("isla", reports.report_post, 1, "rude")
    group.do("heather", sanctions.silence, "sile", 30, "rude")
    group.do("heather", sanctions.suspend, "suse", 30, "rude")
    group.store.write_now(forgetting.forget, "lost", erase=False)


def _hidden_posts(group: Group) -> None:
    hidden = group.do("ross", posts.reply, 1, "canary-opened-older @isla")
    group.do("ross", posts.edit_post, hidden.post_id, "canary-opened-hidden @isla")
    group.do("isla", reports.report_post, hidden.post_id, "rude")
    group.do("morag", reports.report_post, hidden.post_id, "canary-decide-report")
    group.do("heather", moderation.hide_post, hidden.post_id, "canary-all-reason")
    edited = group.do("ross", posts.reply, 1, "canary-opened-number @isla")
    group.do("heather", moderation.edit_out, edited.post_id, "Without the number")
    removed = group.do("ross", posts.reply, 1, "canary-nobody-removed @isla")
    group.do("ross", posts.delete_post, removed.post_id)
    gone = group.do("ross", posts.start_thread, "general", "canary-nobody-title", "canary-nobody-gone")
    group.do("ross", posts.delete_post, gone.post_id, thread="remove")


def _moved_away(group: Group) -> None:
    """A thread in which Isla wrote, and which she does not see any more."""
    group.do("morag", board_settings.add_board, "canary-inner-second", "canary-inner-second", kind="private")
    group.do("morag", board_settings.set_board_people, "canary-inner-second", reads=["ross"], moderates=["heather"])
    moved = group.do("ross", posts.start_thread, "general", "canary-inner-moved", "canary-inner-moved @isla")
    group.do("isla", posts.reply, moved.thread_id, "Mine")
    group.do("isla", drafts.save_draft, DraftView(f"thread:{moved.thread_id}", "", "half", None, "isla", None))
    group.do("morag", moderation.rename_thread, moved.thread_id, "canary-inner-renamed")
    group.do("morag", arranging.move_thread, moved.thread_id, "canary-inner-second", reason="canary-all-why")


def _open_meeting(group: Group) -> None:
    """Its link is for those who come."""
    fields = MeetingFields(
        title="Online", zone="Europe/London", kind="online", link="https://canary-coming-link.example",
        questions=("What do you eat?",),
    )  # fmt: skip
    met = group.do("heather", calling.call, fields, "2026-12-11 14:00")
    group.do("ross", answers.rsvp, met, "yes", replies={1: "canary-replied-food"})
    group.do("heather", calling.create_draft, replace(fields, title="canary-drafted-title", link=""))


def hide_away(group: Group) -> None:
    """What nobody knows of who may not see it: it leaves no trace in what others see."""
    _private_board(group)
    _messages(group)
    _drafts(group)
    _imported(group)
    _newcomers(group)
    _private_meeting(group)
    _account(group)


def _private_board(group: Group) -> None:
    group.do("morag", board_settings.add_board, "canary-inner-slug", "canary-inner-board", kind="private",
             description="canary-inner-about", category="canary-inner-category")  # fmt: skip
    slug = "canary-inner-slug"
    group.do("morag", board_settings.set_board_people, slug, reads=["ross"], moderates=["heather"])
    first = group.do("ross", posts.start_thread, slug, "canary-inner-title", "canary-inner-post @isla @angus",
                     client_key="canary-nobody-key")  # fmt: skip
    second = group.do("ross", posts.reply, first.thread_id, "canary-inner-reply @isla")
    group.do("heather", posts.reply, first.thread_id, "> canary-inner-reply\n\nYes", answers_id=second.post_id)
    group.do("morag", reports.report_post, second.post_id, "canary-innermods-report")
    group.do("heather", moderation.rename_thread, first.thread_id, "canary-inner-second")
    group.do("heather", moderation.lock_thread, first.thread_id, locked=True, reason="canary-inner-why")
    group.do("heather", sanctions.silence, "ross", 1, "canary-inner-silence", board=slug)
    group.store.write_now(_log_of_board)


def _log_of_board(session: Session) -> None:
    board = session.scalars(select(Board).where(Board.slug == "canary-inner-slug")).one()
    log.write(session, None, "canary-inner-did", "canary-inner-target", board_id=board.id, before="canary-inner-was",
              after="canary-inner-is")  # fmt: skip


def _messages(group: Group) -> None:
    group.do("ross", messages.send_message, "heather", "canary-pair-message", client_key="canary-nobody-message")
    sent = group.do("heather", messages.send_message, "ross", "canary-reported-message")
    group.do("ross", reports.report_message, sent.message_id, "canary-decide-unkind")
    group.do("morag", queue_handling.settle, _newest_item(group), "no-action", "canary-noted-note")
    sent = group.do("heather", messages.send_message, "ross", "canary-reported-another")
    group.do("ross", reports.report_message, sent.message_id, "canary-decide-unkind")
    group.do("morag", queue_handling.approve, _newest_item(group), "canary-told-reason")


def _newest_item(group: Group) -> int:
    return group.store.read_now(lambda session: session.scalars(select(func.max(QueueItem.id))).one())


def _drafts(group: Group) -> None:
    for place in ("thread:1", "board:1", "thread:2"):
        view = DraftView(place, "canary-ross-subject", "canary-ross-draft", None, f"canary-ross-{place[-1]}", None)
        group.do("ross", drafts.save_draft, view)


def _imported(group: Group) -> None:
    group.store.write_now(_import)


def _import(session: Session) -> None:
    thread = session.scalars(select(Thread).where(Thread.title == "canary-inner-second")).one()
    run = ImportRun(board_id=thread.board_id, source="canary-nobody-file", started_at=now(session))
    author = ImportedAuthor(address="canary-nobody-address", name="canary-inner-writer")
    session.add_all([run, author])
    session.flush()
    post = Post(thread_id=thread.id, board_id=thread.board_id, imported_author_id=author.id, created_at=now(session),
                body="canary-inner-mail")  # fmt: skip
    session.add(post)
    session.flush()
    search.put_post(session, post, "")
    session.add(ImportedName(address="canary-nobody-address", name="canary-nobody-name", author_id=author.id,
                             newest_at=now(session)))  # fmt: skip
    session.add(ImportedMessage(board_id=thread.board_id, message_id="canary-nobody-id", thread_id=thread.id,
                                post_id=post.id, subject_key="canary-nobody-key", run_id=run.id))  # fmt: skip


def _newcomers(group: Group) -> None:
    admission = joining.Admission("approve", about="canary-decide-application, who works in a prison")
    group.store.write_now(joining.join, admission, "canary-decide-handle", "canary-decide-name", "canary-nobody-hash")
    group.store.write_now(_fill_in_page)
    group.do("newt", newcomers.hold, 1, None, "canary-newt-body", title="canary-newt-title",
             client_key="canary-nobody-held")  # fmt: skip
    group.store.write_now(recovery.ask, "newt", "canary-decide-recovery, call me")


def _fill_in_page(session: Session) -> None:
    """The page of somebody who has not been let in, whom Fiona has invited and whose handle is looked at."""
    member = session.scalars(select(Member).where(Member.handle == "canary-decide-handle")).one()
    for field in ("job_title", "organisation", "sector", "region", "about", "can_help", "wants_to_learn"):
        setattr(member, field, f"canary-decide-{field.replace('_', '')}")
    member.held_because = "canary-decide-because"
    members.index(member)
    item = session.scalars(select(QueueItem).where(QueueItem.member_id == member.id)).one()
    item.remark = "canary-decide-remark"
    host = session.scalars(select(Member).where(Member.handle == "fiona")).one()
    code = Invitation(
        code_hash="canary-nobody-code", role="member", uses_left=0, created_at=now(session), by_id=host.id
    )
    session.add(code)
    session.flush()
    session.add(InvitationUse(member_id=member.id, invitation_id=code.id))


def _private_meeting(group: Group) -> None:
    said: dict[str, Any] = {name: f"canary-inner-{name}" for name in ("title", "about", "learn", "place", "address", "directions",
                                                      "access", "link")}  # fmt: skip
    fields = MeetingFields(**said, board="canary-inner-slug", zone="Europe/London", kind="both",
                           questions=("canary-inner-question", "canary-inner-other"))  # fmt: skip
    met = group.do("morag", calling.call, fields, "2026-12-03 14:00", client_key="canary-nobody-called")
    group.store.write_now(_name_meeting, met)
    group.do("ross", answers.rsvp, met, "yes", note="canary-inner-comes", replies={1: "canary-replied-answer"})
    group.do("morag", calling.cancel, met, "canary-inner-off")
    polled = group.do("morag", running.open_poll, replace(fields, title="canary-inner-poll"), ["2026-12-04 14:00"],
                      "2026-12-01 18:00", client_key="canary-nobody-polled")  # fmt: skip
    group.do("ross", voting.vote, polled, {1: "yes"}, note="canary-inner-vote")
    group.do("morag", running.cancel_poll, polled, "canary-inner-undone")
    group.do("morag", running.open_poll, replace(fields, title="canary-inner-again"), ["2026-12-05 14:00"],
             "2026-12-01 18:00")  # fmt: skip


def _name_meeting(session: Session, meeting_id: int) -> None:
    session.get_one(Meeting, meeting_id).uid = "canary-inner-uid"


def _account(group: Group) -> None:
    """What only Ross sees of himself, and what nobody sees of the machine."""
    device = Device("canary-nobody-source", "canary-ross-address", "canary-ross-client", "canary-nobody-server")
    group.store.write_now(_of_account, group.id("ross"), device)


def _of_account(session: Session, member_id: int, device: Device) -> None:
    at = now(session)
    session.get_one(Member, member_id).password_hash = "canary-nobody-hash"
    members.add_key(session, member_id, "canary-ross-fingerprint", "ssh-ed25519 canary-ross-public canary-ross-laptop")
    sessions.begin(session, member_id, 0, device)
    session.add(KnownAddress(source=device.source, last_at=at))
    session.add(Server(id="canary-nobody-server", host="canary-nobody-host", pid=1, beat_at=at))
    session.add(OneTimeCode(member_id=member_id, purpose="device", code_hash="canary-nobody-hash", expires_at=at))
