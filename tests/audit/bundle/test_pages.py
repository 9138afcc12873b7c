"""The bundle and the checkpoint as people get them: pages and commands."""

import io
import json
import re
import zipfile
from datetime import date

import pytest
import zxingcpp
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from audit.ledger import keys, sealing
from audit.ledger.handing_out import hand_out_checkpoint, handed_out
from audit.ledger.notes import checkpoint_of
from audit.models import Entry
from tests.audit.bundle.conftest import verified
from tests.audit.ledger.test_printing import drawn
from tests.factories import BatchFactory, PersonFactory

pytestmark = pytest.mark.django_db(transaction=True)


def ran(command, *arguments):
    out, err = io.StringIO(), io.StringIO()
    call_command(command, *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


# --- the bundle ---------------------------------------------------------------------------------


def test_r077_a_batch_leaves_as_a_download_that_its_entry_tells_of(signed_in, auditor, operator, tmp_path):
    batch = BatchFactory(by=operator)
    response = signed_in(auditor).post(reverse("bundle", args=[batch.number]))
    path = tmp_path / "bundle.zip"
    path.write_bytes(b"".join(response.streaming_content))
    entry = Entry.objects.latest("id")
    assert (response.status_code, response["Content-Type"]) == (200, "application/zip")
    assert response["Content-Disposition"] == f'attachment; filename="exoledger-bundle-{entry.pk}.zip"'
    assert response["Cache-Control"] == "no-store"
    assert (entry.action, entry.act, entry.actor, entry.batch_number) == (
        "exported",
        "make_bundle",
        auditor,
        batch.number,
    )
    assert verified(path)[0] == 0


@pytest.mark.parametrize("role", ["operator", "reviewer", "administrator"])
def test_r009_a_bundle_of_others_is_refused_and_kept(signed_in, operator, role):
    batch = BatchFactory(by=operator)
    response = signed_in(PersonFactory(role=role)).post(reverse("bundle", args=[batch.number]))
    assert (response.status_code, Entry.objects.latest("id").action) == (403, "refused")


def test_a_bundle_is_made_on_purpose_only(signed_in, auditor, operator):
    batch = BatchFactory(by=operator)
    assert signed_in(auditor).get(reverse("bundle", args=[batch.number])).status_code == 405


def test_a_bundle_of_no_batch_is_refused(signed_in, auditor):
    response = signed_in(auditor).post(reverse("bundle", args=["EXO-1"]))
    assert (response.status_code, "There is no batch EXO-1." in response.content.decode()) == (409, True)


def test_buttons_stand_where_a_person_may_press_them(signed_in, auditor, operator):
    batch = BatchFactory(by=operator)
    action = f'action="{reverse("bundle", args=[batch.number])}"'
    pages = [reverse("batch", args=[batch.number]), reverse("batch_trail", args=[batch.number])]
    assert [signed_in(auditor).get(page).content.decode().count(action) for page in pages] == [1, 1]
    assert [signed_in(operator).get(page).content.decode().count(action) for page in pages] == [0, 0]


def test_command_writes_a_batch_and_never_over_a_file(operator, tmp_path):
    batch, path = BatchFactory(by=operator), tmp_path / "batch.zip"
    _, said = ran("bundle", batch.number, "-o", path)
    entry = Entry.objects.latest("id")
    assert said == f"Entry {entry.pk} tells of it; checkpoint {sealing.newest().size} covers it.\n"
    assert (entry.actor_username, verified(path)[0]) == ("command-line", 0)
    with pytest.raises(CommandError, match="is there already"):
        ran("bundle", batch.number, "-o", path)
    assert [one.name for one in tmp_path.iterdir() if one.suffix != ""] == ["batch.zip"]


def test_command_writes_days_and_entries(operator, tmp_path):
    BatchFactory(by=operator)
    today, last = date.today().isoformat(), Entry.objects.latest("id").pk
    ran("bundle", "--from", today, "--to", today, "-o", tmp_path / "days.zip")
    ran("bundle", "--entries", f"3-{last - 1}", "-o", tmp_path / "entries.zip")
    with zipfile.ZipFile(tmp_path / "entries.zip") as bundle:
        lines = bundle.read("proof/entries.txt").decode().splitlines()
        about = json.loads(bundle.read("contents.json"))["about"]
    kept = Entry.objects.filter(pk__gte=3, pk__lt=last).order_by("id")
    assert lines[:-1] == list(kept.values_list("body", flat=True))
    assert about["asked"] == {"entries": [3, last - 1]}
    assert [verified(tmp_path / name)[0] for name in ("days.zip", "entries.zip")] == [0, 0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Name a batch, or days (--from and --to), or entries (--entries 1-500)."),
        (["B-1", "--from", "2026-11-01"], "Name a batch, or days"),
        (["--from", "yesterday", "--to", "2026-11-01"], "--from: write the day as 2026-11-01."),
        (["--from", "2026-11-01"], "--to: write the day as 2026-11-01."),
        (["--from", "2020-01-01", "--to", "2020-01-02"], "Entries from 2020-01-01 to 2020-01-02: there are"),
        (["--entries", "5-1"], "--entries: write the numbers of the first and the last as 1-500."),
        (["NO-SUCH-BATCH"], "There is no batch NO-SUCH-BATCH."),
        (["B-1", "--against", "nonsense"], "That is no checkpoint: it has no number of entries."),
    ],
)
def test_command_says_what_it_can_not_make(operator, tmp_path, arguments, words):
    with pytest.raises(CommandError) as refused:
        ran("bundle", *arguments, "-o", tmp_path / "no.zip")
    assert str(refused.value)[: len(words)] == words
    assert [one.name for one in tmp_path.iterdir() if "no.zip" in one.name] == []


def test_command_that_can_not_seal_leaves_nothing(operator, tmp_path):
    BatchFactory(by=operator)
    sealing.seal()
    keys.key_path().rename(keys.key_path().with_name("elsewhere"))
    with pytest.raises(CommandError, match="No bundle can be made now: The signing key is not at"):
        ran("bundle", BatchFactory(by=operator).number, "-o", tmp_path / "no.zip")
    assert [one.name for one in tmp_path.iterdir() if "no.zip" in one.name] == []


# --- the checkpoint -----------------------------------------------------------------------------


def test_r087_command_hands_out_the_note_and_its_qr(operator, tmp_path):
    note, said = ran("checkpoint", "--qr", tmp_path / "qr.svg")
    checkpoint = checkpoint_of(note, sealing.known_keys())
    entry = Entry.objects.latest("id")
    assert (entry.action, entry.act, entry.leaf.index) == (
        "exported",
        "hand_out_checkpoint",
        checkpoint.size - 1,
    )
    assert said == f"Checkpoint {checkpoint.size} was handed out.\n"
    (code,) = zxingcpp.read_barcodes(drawn((tmp_path / "qr.svg").read_text()))
    assert code.text == note


def test_command_writes_the_note_to_a_file_and_never_over_one(operator, tmp_path):
    ran("checkpoint", "-o", tmp_path / "note.txt")
    assert (tmp_path / "note.txt").read_text() == sealing.newest().note
    with pytest.raises(CommandError, match="is there already"):
        ran("checkpoint", "-o", tmp_path / "note.txt")
    with pytest.raises(CommandError, match="can't be written"):
        ran("checkpoint", "-o", tmp_path / "missing" / "note.txt")


def test_a_checkpoint_is_found_by_what_took_it_along(operator, auditor):
    sealing.seal()
    BatchFactory(by=operator)
    sealing.seal()
    made = [hand_out_checkpoint(by=auditor).size for _ in range(2)]
    assert sorted(handed_out().values_list("size", flat=True)) == made


def test_page_shows_the_newest_checkpoint_as_text_and_qr(signed_in, auditor, operator):
    BatchFactory(by=operator)
    checkpoint = hand_out_checkpoint(by=auditor)
    page = signed_in(auditor).get(reverse("checkpoint")).content.decode()
    assert checkpoint.note.replace("+", "+").strip() in page.replace("&#x27;", "'")
    (code,) = zxingcpp.read_barcodes(drawn(re.search(r'<svg [^>]*class="qr".*?</svg>', page).group()))
    assert code.text == checkpoint.note
    assert "hand out checkpoint" in page
    assert checkpoint.epoch.public_key in page


def test_page_says_what_to_do_while_there_is_nothing(signed_in, auditor):
    page = signed_in(auditor).get(reverse("checkpoint")).content.decode()
    assert ["Nothing is sealed yet" in page, "None has left the house" in page] == [True, True]


def test_page_takes_the_same_few_queries_with_more_to_show(
    signed_in, auditor, operator, django_assert_num_queries
):
    client = signed_in(auditor)
    for _ in range(3):
        hand_out_checkpoint(by=auditor)
        client.get(reverse("checkpoint"))
        with django_assert_num_queries({"sqlite": 9, "postgresql": 10}[connection.vendor]):
            client.get(reverse("checkpoint"))


def test_r008_taking_a_checkpoint_along_is_an_entry(signed_in, auditor, operator):
    response = signed_in(auditor).post(reverse("hand_out_checkpoint"))
    entry, newest = Entry.objects.latest("id"), sealing.newest()
    assert (response.content.decode(), entry.act) == (newest.note, "hand_out_checkpoint")
    assert response["Content-Disposition"] == (
        f'attachment; filename="exoledger-checkpoint-{newest.size}.txt"'
    )
    assert signed_in(operator).post(reverse("hand_out_checkpoint")).status_code == 403


def test_page_is_for_those_who_read_the_trail(signed_in, operator):
    assert signed_in(operator).get(reverse("checkpoint")).status_code == 403
