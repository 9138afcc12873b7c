"""Unexplained changes: who verifies, and who deals with what was found."""
