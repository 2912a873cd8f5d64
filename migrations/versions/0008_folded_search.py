"""Names as they are searched for, the search index made anew, and alarms in calendar files"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from bbs.words import names

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INDEXED = (("post", "posts"), ("message", "messages"), ("meeting", "meetings"))
IN_DIRECTORY = ("display_name", "handle", "job_title", "organisation", "sector", "region", "can_help", "wants_to_learn")
CHUNK = 1000


def upgrade() -> None:
    for table in ("members", "imported_authors"):
        op.add_column(table, sa.Column("folded_name", sa.Text(), server_default="", nullable=False))
    op.add_column("members", sa.Column("calendar_alarms", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_table(
        "refills",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("done_id", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_refills")),
    )
    _fold("members", IN_DIRECTORY, "folded_name = :name, search_text = :words")
    _fold("imported_authors", ("name",), "folded_name = :name")
    for kind, table in INDEXED:  # the server fills them again, in pieces
        op.execute(f"INSERT INTO refills (kind) SELECT '{kind}' WHERE EXISTS (SELECT 1 FROM {table})")  # noqa: S608
        _empty(f"{kind}_search")


def _fold(table: str, columns: Sequence[str], changes: str) -> None:
    """Fold the name in the first column, and the words of all of them."""
    connection = op.get_bind()
    some = sa.text(f"SELECT id, {', '.join(columns)} FROM {table} WHERE id > :done ORDER BY id LIMIT {CHUNK}")  # noqa: S608
    change = sa.text(f"UPDATE {table} SET {changes} WHERE id = :id")  # noqa: S608 - all of it stands in this file
    done = 0
    while found := connection.execute(some, {"done": done}).all():
        done = found[-1].id
        folded = [(row.id, names(row[1]), names(" ".join(row[1:]))) for row in found]
        values = [{"id": number, "name": " ".join(name), "words": " ".join(words)} for number, name, words in folded]
        connection.execute(change, values)


def _empty(index: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"INSERT INTO {index} ({index}) VALUES ('delete-all')")  # noqa: S608 - one of ours
    else:
        op.execute(f"TRUNCATE {index}")


def downgrade() -> None:
    for kind, _ in INDEXED:  # which an older version fills by itself
        _empty(f"{kind}_search")
    op.drop_table("refills")
    op.drop_column("members", "calendar_alarms")
    for table in ("members", "imported_authors"):
        op.drop_column(table, "folded_name")
