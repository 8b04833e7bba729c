"""The history of cells; evidence knows whether its quotation still stands.

Until now a ruling that was replaced stayed as a row of its own. It becomes a change, and a cell has
one ruling. What claims said before is not known: their history begins with what they say now.
"""

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cell_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("technique_id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["technique_id"], ["technique.id"], name=op.f("fk_cell_change_technique_id_technique")
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issue.id"], name=op.f("fk_cell_change_issue_id_issue")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cell_change")),
    )
    with op.batch_alter_table("cell_change", schema=None) as batch_op:
        batch_op.create_index(
            "ix_cell_change_subject", ["technique_id", "issue_id", "subject", "claim_id"]
        )
        batch_op.create_index(batch_op.f("ix_cell_change_issue_id"), ["issue_id"])
        batch_op.create_index(batch_op.f("ix_cell_change_claim_id"), ["claim_id"])
        batch_op.create_index(batch_op.f("ix_cell_change_at"), ["at"])
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("found", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("arxiv_version", sa.Integer(), nullable=True))
    with op.batch_alter_table("ruling", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    _begin_history()
    with op.batch_alter_table("ruling", schema=None) as batch_op:
        batch_op.drop_index("uq_ruling_current")
        batch_op.drop_index("ix_ruling_cell")
        batch_op.alter_column("version", server_default=None, existing_type=sa.Integer())
        batch_op.create_unique_constraint(
            batch_op.f("uq_ruling_technique_id_issue_id"), ["technique_id", "issue_id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("ruling", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_ruling_technique_id_issue_id"), type_="unique")
        batch_op.drop_column("version")
        batch_op.create_index("ix_ruling_cell", ["technique_id", "issue_id"])
        batch_op.create_index(
            "uq_ruling_current",
            ["technique_id", "issue_id"],
            unique=True,
            sqlite_where=sa.text("is_current"),
            postgresql_where=sa.text("is_current"),
        )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_column("arxiv_version")
        batch_op.drop_column("found")
    op.drop_table("cell_change")


def _begin_history() -> None:
    connection = op.get_bind()
    connection.execute(
        sa.text(
            "UPDATE evidence SET arxiv_version ="
            " (SELECT arxiv_version FROM paper WHERE paper.id = evidence.paper_id)"
        )
    )
    changes = [*_claims(connection), *_rulings(connection)]
    if changes:
        change = sa.table(
            "cell_change",
            *(sa.column(name) for name in ("technique_id", "issue_id", "subject", "claim_id")),
            sa.column("before", sa.JSON(none_as_null=True)),
            sa.column("after", sa.JSON(none_as_null=True)),
            *(sa.column(name) for name in ("why", "by")),
            sa.column("at", sa.DateTime(timezone=True)),
        )
        connection.execute(change.insert(), changes)
    # The newest ruling of a cell stays, in force or withdrawn.
    connection.execute(
        sa.text(
            "DELETE FROM ruling WHERE id NOT IN"
            " (SELECT max(id) FROM ruling GROUP BY technique_id, issue_id)"
        )
    )


def _claims(connection: sa.Connection) -> list[dict[str, object]]:
    evidence: dict[int, list[dict[str, object]]] = {}
    for row in connection.execute(
        sa.text(
            "SELECT evidence.claim_id, evidence.paper_id, evidence.note_id, evidence.quote,"
            " evidence.locator, evidence.polarity, evidence.arxiv_version,"
            " coalesce(paper.citekey, note.title, '') AS name FROM evidence"
            " LEFT JOIN paper ON paper.id = evidence.paper_id"
            " LEFT JOIN note ON note.id = evidence.note_id ORDER BY evidence.position, evidence.id"
        )
    ).mappings():
        piece = {name: row[name] for name in ("paper_id", "note_id", "name", "quote", "locator")}
        piece |= {"polarity": row["polarity"], "arxiv_version": row["arxiv_version"]}
        evidence.setdefault(row["claim_id"], []).append(piece)
    claims = connection.execute(
        sa.text("SELECT * FROM claim ORDER BY created_at, id").columns(
            sa.column("created_at", sa.DateTime(timezone=True)), sa.column("dated_on", sa.Date())
        )
    ).mappings()
    return [
        _change(
            row,
            claim_id=row["id"],
            at=row["created_at"],
            after={
                "stance": row["stance"],
                "confidence": row["confidence"],
                "source": row["source"],
                "rationale": row["rationale"],
                "dated_on": row["dated_on"].isoformat(),
                "evidence": evidence.get(row["id"], []),
            },
        )
        for row in claims
    ]


def _rulings(connection: sa.Connection) -> list[dict[str, object]]:
    changes = []
    last: dict[tuple[int, int], dict[str, object] | None] = {}
    rulings = connection.execute(
        sa.text("SELECT * FROM ruling ORDER BY id").columns(
            sa.column("ruled_at", sa.DateTime(timezone=True))
        )
    ).mappings()
    for row in rulings:
        pair = (row["technique_id"], row["issue_id"])
        at = row["ruled_at"].replace(tzinfo=None)
        after: dict[str, object] = {
            "stance": row["stance"],
            "rationale": row["rationale"],
            "ruled_at": f"{at.isoformat()}Z",
        }
        changes.append(_change(row, at=row["ruled_at"], before=last.get(pair), after=after))
        last[pair] = after if row["is_current"] else None
    return changes


def _change(
    row: Mapping[str, object],
    *,
    at: object,
    after: object,
    before: object = None,
    claim_id: object = 0,
) -> dict[str, object]:
    return {
        "technique_id": row["technique_id"],
        "issue_id": row["issue_id"],
        "subject": "claim" if claim_id else "ruling",
        "claim_id": claim_id,
        "before": before,
        "after": after,
        "why": "",
        "by": "",
        "at": at,
    }
