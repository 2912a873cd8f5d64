"""All that is said of a meeting, its states, guests, the waiting list, and reminders"""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

import bbs.db

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TEXTS = ("learn", "address", "directions", "access", "link", "question_1", "question_2", "reason")
WISHES = ("remind_week", "remind_day", "remind_hour", "remind_unanswered")
REMINDERS = (
    ("meeting-week", timedelta(days=7)),
    ("meeting-day", timedelta(days=1)),
    ("meeting-hour", timedelta(hours=1)),
    ("meeting-unanswered", timedelta(days=7)),
)
ADDED = ("state", "kind", "answer_by_local", "answer_by", "online_places", "guests", *TEXTS)
LINKS = {"board_id": "boards", "thread_id": "threads"}
START: dict[str, TypeEngine[Any]] = {"starts_local": sa.String(16), "starts_at": bbs.db.UtcDateTime(timezone=True)}


def upgrade() -> None:
    # In place, and not by a new table: rsvps and notices refer to this one, and SQLite would not let it go.
    for before, after in (("agenda", "about"), ("capacity", "places")):
        op.execute(f"ALTER TABLE meetings RENAME COLUMN {before} TO {after}")
    columns: tuple[sa.Column[Any], ...] = (
        sa.Column("state", sa.String(10), nullable=False, server_default="announced"),
        sa.Column("kind", sa.String(10), nullable=False, server_default="room"),
        sa.Column("answer_by_local", sa.String(16), nullable=True),
        sa.Column("answer_by", bbs.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("online_places", sa.Integer(), nullable=True),
        sa.Column("guests", sa.Integer(), nullable=False, server_default="0"),
        *(sa.Column(name, sa.Text(), nullable=False, server_default="") for name in TEXTS),
    )
    for column in columns:
        op.add_column("meetings", column)
    for name, table in LINKS.items():
        constraint = op.f(f"fk_meetings_{name}")
        op.execute(f"ALTER TABLE meetings ADD COLUMN {name} INTEGER CONSTRAINT {constraint} REFERENCES {table} (id)")
    _have_start(may_be_missing=True)
    op.execute("UPDATE meetings SET state = 'cancelled' WHERE cancelled_at IS NOT NULL")
    op.drop_column("meetings", "cancelled_at")
    op.create_index("ix_meetings_board_id", "meetings", ["board_id"])
    op.create_table(
        "meeting_facilitators",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_meeting_facilitators_meeting_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_meeting_facilitators_member_id")),
        sa.PrimaryKeyConstraint("meeting_id", "member_id", name=op.f("pk_meeting_facilitators")),
    )
    op.create_index("ix_meeting_facilitators_member_id", "meeting_facilitators", ["member_id"])
    op.execute("INSERT INTO meeting_facilitators (meeting_id, member_id) SELECT id, created_by_id FROM meetings")
    op.create_table(
        "rsvp_replies",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_rsvp_replies_meeting_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_rsvp_replies_member_id")),
        sa.PrimaryKeyConstraint("meeting_id", "member_id", "number", name=op.f("pk_rsvp_replies")),
    )
    op.create_index("ix_rsvp_replies_member_id", "rsvp_replies", ["member_id"])
    _keep_order_of_answers()
    for name in WISHES:
        op.add_column("members", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.true()))
    _remind_of_those_to_come()


def _keep_order_of_answers() -> None:
    """Who waited until now, because others answered before them, waits in the same place."""
    for column in (
        sa.Column("turn", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("queue", sa.Integer(), nullable=True),
        sa.Column("guests", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("online", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("note", sa.String(200), nullable=False, server_default=""),
        sa.Column("passed_over", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("offered", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("asked_again", sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column("rsvps", column)
    op.execute(
        "UPDATE rsvps SET turn = (SELECT count(*) FROM rsvps AS r WHERE r.meeting_id = rsvps.meeting_id AND "
        "(r.answered_at, r.member_id) <= (rsvps.answered_at, rsvps.member_id))"
    )
    op.execute(
        "UPDATE rsvps SET queue = turn WHERE answer = 'yes' AND (SELECT count(*) FROM rsvps AS r "
        "JOIN members AS m ON m.id = r.member_id WHERE r.meeting_id = rsvps.meeting_id AND r.answer = 'yes' "
        "AND m.state = 'active' AND r.turn < rsvps.turn AND m.id NOT IN "
        "(SELECT member_id FROM sanctions WHERE kind = 'banned' AND lifted_at IS NULL)) "
        ">= (SELECT places FROM meetings WHERE meetings.id = rsvps.meeting_id)"
    )


def _remind_of_those_to_come() -> None:
    at = datetime.now(UTC)
    starts = sa.column("starts_at", bbs.db.UtcDateTime())
    meetings = sa.table("meetings", sa.column("id", sa.Integer), starts, sa.column("state", sa.String))
    work = sa.table("due_work", sa.column("kind", sa.String), sa.column("about_id", sa.Integer),
                    sa.column("due_at", bbs.db.UtcDateTime()))  # fmt: skip
    to_come = sa.select(meetings.c.id, starts).where(starts > at, meetings.c.state == "announced")
    due = [
        {"kind": kind, "about_id": row.id, "due_at": row.starts_at - before}
        for row in op.get_bind().execute(to_come)
        for kind, before in REMINDERS
        if row.starts_at - before > at
    ]
    if due:
        op.bulk_insert(work, due)


def _have_start(*, may_be_missing: bool) -> None:
    op.drop_index("ix_meetings_starts_at", "meetings")
    for name, kind in START.items():
        default = None if may_be_missing else sa.text("'2000-01-01'")
        op.add_column("meetings", sa.Column(f"new_{name}", kind, nullable=may_be_missing, server_default=default))
        op.execute(f"UPDATE meetings SET new_{name} = {name}")  # noqa: S608 - our own words
        op.drop_column("meetings", name)
        op.execute(f"ALTER TABLE meetings RENAME COLUMN new_{name} TO {name}")
    op.create_index("ix_meetings_starts_at", "meetings", ["starts_at"])


def downgrade() -> None:
    op.execute("DELETE FROM due_work WHERE kind LIKE 'meeting-%'")
    for name in WISHES:
        op.drop_column("members", name)
    for name in ("turn", "queue", "guests", "online", "note", "passed_over", "offered", "asked_again"):
        op.drop_column("rsvps", name)
    op.drop_table("rsvp_replies")
    op.drop_table("meeting_facilitators")
    # An older version has no place for drafts.
    op.execute("DELETE FROM notices WHERE meeting_id IN (SELECT id FROM meetings WHERE state = 'draft')")
    op.execute("DELETE FROM meetings WHERE state = 'draft'")
    op.add_column("meetings", sa.Column("cancelled_at", bbs.db.UtcDateTime(timezone=True), nullable=True))
    op.execute("UPDATE meetings SET cancelled_at = created_at WHERE state = 'cancelled'")
    _have_start(may_be_missing=False)
    op.drop_index("ix_meetings_board_id", "meetings")
    for name in (*ADDED, *LINKS):
        op.drop_column("meetings", name)
    for before, after in (("about", "agenda"), ("places", "capacity")):
        op.execute(f"ALTER TABLE meetings RENAME COLUMN {before} TO {after}")
