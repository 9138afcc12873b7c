"""Installations for tests of backup and restore."""

from pathlib import Path

import pytest

from tests.audit.backups.installation import Yard


@pytest.fixture(scope="module")
def yard(django_db_setup, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock():
        made = Yard(tmp_path_factory.mktemp("yard"))
        yield made
        made.clear()


@pytest.fixture(scope="module")
def story(yard):
    """An installation with a second copy, backed up after its first days; what it held in the end."""
    folder = yard.folder / "story"
    (folder / "copy").mkdir(parents=True)
    lab = yard.made(EXOLEDGER_COPY_DIR=str(folder / "copy"))
    told = lab.asked(
        f"""
first_days()
made = backup(Path({str(folder / "backups")!r}))
old = newest()
call_command("seal")
later_days()
tell(backup=str(made), old=old, new=newest(), everything=everything(), last=Entry.objects.latest("pk").pk)
"""
    )
    return Story(lab, folder, Path(told.pop("backup")), **told)


class Story:
    def __init__(self, lab, folder, backup, old, new, everything, last):
        self.lab, self.folder, self.backup = lab, folder, backup
        self.old, self.new, self.everything, self.last = old, new, everything, last

    def restored(self, yard, *words, copy=True, ledger=True):
        """A new installation, restored from the backup with the ledger's folder put back."""
        import shutil

        environment = {}
        if copy:
            own = yard.folder / f"copy-{len(yard.names)}"
            shutil.copytree(self.folder / "copy", own)
            environment["EXOLEDGER_COPY_DIR"] = str(own)
        fresh = yard.empty(**environment)
        if ledger:
            shutil.copytree(self.lab.ledger, fresh.ledger)
        return fresh, fresh.run("restore", self.backup, *words)
