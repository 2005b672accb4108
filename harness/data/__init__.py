"""The table: read, checked against the schema, split, described."""
