"""Runs of the import, several authors at one address, and when each message was sent"""

import sqlalchemy as sa
from alembic import op

import bbs.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STANDING = sa.text("author_id IS NOT NULL AND deleted_at IS NULL AND hidden_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "import_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("board_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("started_at", bbs.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("undone_at", bbs.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["board_id"], ["boards.id"], name=op.f("fk_import_runs_board_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
    )
    op.add_column("imported_authors", sa.Column("forgotten_at", bbs.db.UtcDateTime(timezone=True), nullable=True))
    op.add_column("imported_authors", sa.Column("erased", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(op.f("ix_imported_authors_claimed_by_id"), "imported_authors", ["claimed_by_id"])
    with op.batch_alter_table("imported_messages") as messages:
        messages.add_column(sa.Column("sent_at", bbs.db.UtcDateTime(timezone=True), nullable=True))
        messages.add_column(sa.Column("run_id", sa.Integer(), nullable=True))
        messages.create_foreign_key(op.f("fk_imported_messages_run_id"), "import_runs", ["run_id"], ["id"])
        messages.drop_index("ix_imported_messages_subject")
        messages.create_index("ix_imported_messages_subject", ["board_id", "subject_key", "sent_at"])
        for column in ("thread_id", "post_id", "run_id"):
            messages.create_index(op.f(f"ix_imported_messages_{column}"), [column])
    op.create_index(op.f("ix_posts_answers_id"), "posts", ["answers_id"])
    op.create_index("ix_posts_news", "posts", ["id"], sqlite_where=STANDING, postgresql_where=STANDING)
    op.create_table(
        "imported_names",
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("newest_at", bbs.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["imported_authors.id"], name=op.f("fk_imported_names_author_id")),
        sa.PrimaryKeyConstraint("address", "name", name=op.f("pk_imported_names")),
    )
    op.create_index(op.f("ix_imported_names_author_id"), "imported_names", ["author_id"])
    op.execute(
        "UPDATE imported_messages SET sent_at = (SELECT created_at FROM posts WHERE posts.id = post_id) "
        "WHERE post_id IS NOT NULL"
    )
    op.execute(
        "INSERT INTO imported_names (address, name, author_id, newest_at) "
        "SELECT a.address, a.name, a.id, max(p.created_at) FROM imported_authors a "
        "JOIN posts p ON p.imported_author_id = a.id GROUP BY a.address, a.name, a.id"
    )


def downgrade() -> None:
    op.drop_table("imported_names")
    op.drop_index("ix_posts_news", table_name="posts")
    op.drop_index(op.f("ix_posts_answers_id"), table_name="posts")
    with op.batch_alter_table("imported_messages") as messages:
        for column in ("thread_id", "post_id", "run_id"):
            messages.drop_index(op.f(f"ix_imported_messages_{column}"))
        messages.drop_index("ix_imported_messages_subject")
        messages.create_index("ix_imported_messages_subject", ["board_id", "subject_key"])
        messages.drop_constraint(op.f("fk_imported_messages_run_id"), type_="foreignkey")
        messages.drop_column("run_id")
        messages.drop_column("sent_at")
    op.drop_index(op.f("ix_imported_authors_claimed_by_id"), table_name="imported_authors")
    op.drop_column("imported_authors", "erased")
    op.drop_column("imported_authors", "forgotten_at")
    op.drop_table("import_runs")
