"""Polls, which find the date of a meeting"""

import sqlalchemy as sa
from alembic import op

import bbs.db

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_OF_POLL = sa.text("poll_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "polls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("until_local", sa.String(length=16), nullable=False),
        sa.Column("closes_at", bbs.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", bbs.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("confirmed_number", sa.Integer(), nullable=True),
        sa.Column("cancelled_at", bbs.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", bbs.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("client_key", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_polls_meeting_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["members.id"], name=op.f("fk_polls_created_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_polls")),
        sa.UniqueConstraint("meeting_id", name=op.f("uq_polls_meeting_id")),
        sa.UniqueConstraint("client_key", name=op.f("uq_polls_client_key")),
    )
    op.create_index("ix_polls_closes_at", "polls", ["closes_at"])
    op.create_table(
        "poll_dates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("poll_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("starts_local", sa.String(length=16), nullable=False),
        sa.Column("starts_at", bbs.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("dropped_at", bbs.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["poll_id"], ["polls.id"], name=op.f("fk_poll_dates_poll_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll_dates")),
        sa.UniqueConstraint("poll_id", "number", name=op.f("uq_poll_dates_poll_id_number")),
    )
    op.create_table(
        "poll_votes",
        sa.Column("date_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("answered_at", bbs.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["date_id"], ["poll_dates.id"], name=op.f("fk_poll_votes_date_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_poll_votes_member_id")),
        sa.PrimaryKeyConstraint("date_id", "member_id", name=op.f("pk_poll_votes")),
    )
    op.create_index("ix_poll_votes_member_id", "poll_votes", ["member_id"])
    op.create_table(
        "poll_notes",
        sa.Column("poll_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=200), server_default="", nullable=False),
        sa.Column("online", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["polls.id"], name=op.f("fk_poll_notes_poll_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_poll_notes_member_id")),
        sa.PrimaryKeyConstraint("poll_id", "member_id", name=op.f("pk_poll_notes")),
    )
    op.create_index("ix_poll_notes_member_id", "poll_notes", ["member_id"])
    with op.batch_alter_table("notices") as notices:
        notices.add_column(sa.Column("poll_id", sa.Integer(), nullable=True))
        notices.create_foreign_key(op.f("fk_notices_poll_id"), "polls", ["poll_id"], ["id"])
    op.create_index("ix_notices_poll", "notices", ["poll_id"], sqlite_where=_OF_POLL, postgresql_where=_OF_POLL)


def downgrade() -> None:
    op.execute("DELETE FROM notices WHERE poll_id IS NOT NULL")
    op.execute("DELETE FROM due_work WHERE kind IN ('poll reminder', 'poll closes')")
    op.drop_index("ix_notices_poll", "notices")
    with op.batch_alter_table("notices") as notices:
        notices.drop_constraint(op.f("fk_notices_poll_id"), type_="foreignkey")
        notices.drop_column("poll_id")
    for table in ("poll_notes", "poll_votes", "poll_dates", "polls"):
        op.drop_table(table)
