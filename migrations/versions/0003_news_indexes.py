"""Indexes from which unread posts are counted without a look at the posts"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BY_A_MEMBER = sa.text("author_id IS NOT NULL")
STANDING = sa.text("author_id IS NOT NULL AND deleted_at IS NULL AND hidden_at IS NULL")


def upgrade() -> None:
    op.drop_index("ix_posts_news", table_name="posts")
    op.create_index(
        "ix_posts_news", "posts", ["board_id", "id", "thread_id", "author_id", "deleted_at", "hidden_at"],
        sqlite_where=STANDING, postgresql_where=STANDING,
    )  # fmt: skip
    op.create_index(
        "ix_thread_states_news", "thread_states", ["member_id", "thread_id", "last_post_id", "muted", "following"]
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_thread_states_news", table_name="thread_states")
    op.drop_index("ix_posts_news", table_name="posts")
    op.create_index(
        "ix_posts_news", "posts", ["board_id", "id"], sqlite_where=BY_A_MEMBER, postgresql_where=BY_A_MEMBER
    )  # fmt: skip
