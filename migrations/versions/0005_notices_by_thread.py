"""An index from which a thread's mentions and answers are found"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_notices_thread", "notices", ["member_id", "thread_id", "kind", "post_id"])


def downgrade() -> None:
    op.drop_index("ix_notices_thread", table_name="notices")
