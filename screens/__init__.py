"""The terminal UI. Gets a context; knows no SQL and no SSH."""
