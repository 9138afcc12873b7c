"""Proving that the record is what the trail says: rows, history, entries, tree, files."""
