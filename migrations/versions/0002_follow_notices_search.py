"""Following, notices, drafts of two sessions, and the search index"""

import sqlalchemy as sa
import sqlalchemy.dialects.postgresql
from alembic import op

import bbs.db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SEARCHED = ("post_search", "message_search", "meeting_search")
TOLD = ("mentions", "replies", "threads", "messages", "meetings")
UNREAD = sa.text("read_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("what", sa.String(length=10), server_default="", nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("thread_id", sa.Integer(), nullable=True),
        sa.Column("conversation_id", sa.Integer(), nullable=True),
        sa.Column("meeting_id", sa.Integer(), nullable=True),
        sa.Column("at", bbs.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("read_at", bbs.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["members.id"], name=op.f("fk_notices_by_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_notices_conversation_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_notices_meeting_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_notices_member_id")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_notices_post_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_notices_thread_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_at", "notices", ["at"])
    op.create_index("ix_notices_member_id_id", "notices", ["member_id", "id"])
    op.create_index("ix_notices_post_id", "notices", ["post_id"])
    op.create_index(
        "ix_notices_unread", "notices", ["member_id", "id"], sqlite_where=UNREAD, postgresql_where=UNREAD
    )  # fmt: skip
    op.add_column("board_states", sa.Column("following", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("thread_states", sa.Column("following", sa.Boolean(), nullable=True))
    op.add_column("threads", sa.Column("last_edit_at", bbs.db.UtcDateTime(timezone=True), nullable=True))
    op.add_column("drafts", sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("drafts", sa.Column("discarded_at", bbs.db.UtcDateTime(timezone=True), nullable=True))
    for name in ("plain", "bell"):
        op.add_column("members", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
    for name in TOLD:
        op.add_column("members", sa.Column(f"tell_{name}", sa.Boolean(), server_default=sa.true(), nullable=False))
    for name in SEARCHED:
        _make_index(name)


def _make_index(name: str) -> None:
    """The words of the index come ready from the program, so neither database's own idea of a word is asked."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE VIRTUAL TABLE {name} USING fts5"
            "(title, body, facets, content='', contentless_delete=1, tokenize='ascii')"
        )
    else:
        op.create_table(
            name,
            sa.Column("rowid", sa.Integer(), autoincrement=False, nullable=False),
            sa.Column("words", sa.dialects.postgresql.TSVECTOR(), nullable=False),
            sa.PrimaryKeyConstraint("rowid", name=op.f(f"pk_{name}")),
        )
        op.create_index(f"ix_{name}_words", name, ["words"], postgresql_using="gin")


def downgrade() -> None:
    for name in SEARCHED:
        op.execute(f"DROP TABLE {name}")
    for name in TOLD:
        op.drop_column("members", f"tell_{name}")
    for name in ("plain", "bell"):
        op.drop_column("members", name)
    op.drop_column("drafts", "discarded_at")
    op.drop_column("drafts", "version")
    op.drop_column("threads", "last_edit_at")
    op.drop_column("thread_states", "following")
    op.drop_column("board_states", "following")
    op.drop_table("notices")
