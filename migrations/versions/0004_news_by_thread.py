"""Indexes from which news are found by thread: there are far fewer threads than posts"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STANDING = sa.text("author_id IS NOT NULL AND deleted_at IS NULL AND hidden_at IS NULL")


def upgrade() -> None:
    op.create_index("ix_threads_board_news", "threads", ["board_id", "last_post_id", "id"])
    op.create_index("ix_threads_news", "threads", ["last_post_id", "board_id", "id"])
    op.create_index(
        "ix_posts_thread_news", "posts", ["thread_id", "id", "author_id", "deleted_at", "hidden_at"],
        sqlite_where=STANDING, postgresql_where=STANDING,
    )  # fmt: skip
    op.drop_index("ix_posts_news", table_name="posts")


def downgrade() -> None:
    op.create_index(
        "ix_posts_news", "posts", ["board_id", "id", "thread_id", "author_id", "deleted_at", "hidden_at"],
        sqlite_where=STANDING, postgresql_where=STANDING,
    )  # fmt: skip
    op.drop_index("ix_posts_thread_news", table_name="posts")
    op.drop_index("ix_threads_news", table_name="threads")
    op.drop_index("ix_threads_board_news", table_name="threads")
