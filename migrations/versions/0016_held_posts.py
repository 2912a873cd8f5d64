"""First posts that a moderator looks at"""

import sqlalchemy as sa
from alembic import op

from bbs.db import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "held_posts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("board_id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=120), nullable=False, server_default=""),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("answers_id", sa.Integer(), nullable=True),
        sa.Column("client_key", sa.String(length=40), nullable=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_held_posts_member_id")),
        sa.ForeignKeyConstraint(["board_id"], ["boards.id"], name=op.f("fk_held_posts_board_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_posts")),
    )
    op.create_index("ix_held_posts_member_id", "held_posts", ["member_id"])


def downgrade() -> None:
    op.drop_table("held_posts")
