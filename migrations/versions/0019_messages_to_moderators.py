"""Messages to the moderators are found by all who moderate: the index of messages is made anew"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The server fills it again, in pieces."""
    op.execute("DELETE FROM refills WHERE kind = 'message'")
    op.execute("INSERT INTO refills (kind) SELECT 'message' WHERE EXISTS (SELECT 1 FROM messages)")
    _empty()


def downgrade() -> None:
    _empty()


def _empty() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("INSERT INTO message_search (message_search) VALUES ('delete-all')")
    else:
        op.execute("TRUNCATE message_search")
