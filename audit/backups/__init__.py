"""Backups of the whole record: database, originals and ledger in one folder, and the way back."""


class BackupFailed(Exception):
    """A backup or restore that can't be done; says why and what to do."""
