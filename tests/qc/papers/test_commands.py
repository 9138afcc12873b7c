"""Papers from the command line."""

import pytest
from django.core.management import CommandError, call_command

from audit.models import Entry
from qc.papers.models import Certificate
from tests.qc.papers.conftest import released


def certificate(batch, path, **options):
    call_command("certificate", batch, output=str(path), **options)


def test_certificate_is_written_once(approved, tmp_path, capsys):
    path = tmp_path / "a.pdf"
    certificate(approved.number, path)
    made = Certificate.objects.get()
    assert path.read_bytes().startswith(b"%PDF")
    assert (made.made_by.username, made.sha256 in capsys.readouterr().err) == ("command-line", True)
    with pytest.raises(CommandError, match="never written over"):
        certificate(approved.number, path)
    assert Entry.objects.filter(action="printed").count() == 1


def test_amended_certificate_needs_because(approved, reviewer, tmp_path):
    certificate(approved.number, tmp_path / "a.pdf")
    released(approved, reviewer)
    with pytest.raises(CommandError, match="say why that one is replaced"):
        certificate(approved.number, tmp_path / "b.pdf")
    assert not (tmp_path / "b.pdf").exists()
    certificate(approved.number, tmp_path / "b.pdf", because="released meanwhile")
    assert Certificate.objects.count() == 2


@pytest.mark.django_db
def test_what_can_not_be_done_is_said(tmp_path):
    with pytest.raises(CommandError, match="There is no batch EXO-1"):
        certificate("EXO-1", tmp_path / "a.pdf")


def test_folder_that_is_not_there_is_said(approved, tmp_path):
    with pytest.raises(CommandError, match="can't be written: there is no such folder"):
        certificate(approved.number, tmp_path / "no" / "a.pdf")
