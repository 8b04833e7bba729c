"""The index as search asks it, on SQLite (FTS5) and on PostgreSQL (tsvectors)."""
