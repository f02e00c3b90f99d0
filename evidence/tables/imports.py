"""The table of what an import found: rejected records, remarks, and where a file and Azure disagree.

It lies beside the imported files and is no part of packs.
"""

from __future__ import annotations

from evidence.tables.columns import COUNT, DAY, TEXT, Column, Table

REJECTED, REMARK, DISAGREES, MOVED_ON = "rejected", "remark", "disagrees", "moved_on"

IMPORT_FINDINGS = Table(
    "import_findings",
    "one thing that was found about one record of a saved file",
    ("file", "position", "finding", "field", "detail"),
    (
        Column("night", DAY, "date", "Night that the import was for.", required=True),
        Column("import_id", TEXT, "id", "The import.", required=True),
        Column("file", TEXT, "hex", "SHA-256 of the file.", required=True),
        Column("position", COUNT, "position", "Record in its file, from 1; 0 for the whole file.", required=True),
        Column("line", COUNT, "line", "Line on which it begins, from 1.", required=True),
        Column(
            "finding",
            TEXT,
            "word",
            "`rejected, remark, disagrees`, or `moved_on`: the file tells an earlier state than Azure.",
            required=True,
        ),
        Column("vault_id", TEXT, "ARM id", "Vault of the record, where it was told."),
        Column("thing_key", TEXT, "id", "Job or point that it is about, where it was told."),
        Column(
            "field",
            TEXT,
            "column",
            "What differs, or could not be read; empty where the whole record is meant.",
            required=True,
        ),
        Column("azure_says", TEXT, "text", "Azure's own last answer."),
        Column("file_says", TEXT, "text", "What the file says."),
        Column("detail", TEXT, "text", "What was found, and what helps.", required=True),
    ),
)
