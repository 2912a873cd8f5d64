"""Kinds of boards, who writes in them, and what a merge of threads or boards leaves"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("boards", sa.Column("kind", sa.String(12), nullable=False, server_default="public"))
    op.add_column("boards", sa.Column("few_write", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("boards", sa.Column("others_reply", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("boards", sa.Column("merged_into_id", sa.Integer()))
    op.execute("UPDATE boards SET kind = 'private' WHERE private")
    op.drop_column("boards", "private")
    op.create_table(
        "board_writers",
        sa.Column("board_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["board_id"], ["boards.id"], name=op.f("fk_board_writers_board_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_board_writers_member_id")),
        sa.PrimaryKeyConstraint("board_id", "member_id", name=op.f("pk_board_writers")),
    )
    op.create_index("ix_board_writers_member_id", "board_writers", ["member_id"])
    op.add_column("threads", sa.Column("merged_into_id", sa.Integer()))
    op.create_table(
        "read_ahead",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_read_ahead_member_id")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_read_ahead_post_id")),
        sa.PrimaryKeyConstraint("member_id", "post_id", name=op.f("pk_read_ahead")),
    )
    op.create_index("ix_read_ahead_post_id", "read_ahead", ["post_id"])


def downgrade() -> None:
    op.drop_table("read_ahead")
    op.drop_column("threads", "merged_into_id")
    op.drop_table("board_writers")
    op.add_column("boards", sa.Column("private", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE boards SET private = (kind IN ('private', 'merged'))")  # what nobody sees is private
    for name in ("merged_into_id", "others_reply", "few_write", "kind"):
        op.drop_column("boards", name)
