"""Values of records: changed past the product, with and without covering it up."""

import hashlib
import unicodedata
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, models

from accounts.models import User
from audit.ledger import sealing
from audit.models import Entry
from batches.record.files import path_of
from batches.record.models import Attachment
from batches.source.models import Donor, Harvest
from tests.audit.attacks.attacking import ONLINE, PREVENTED, UNSEEN, attack, elsewhere, owner_does
from tests.audit.tampering import as_owner, run
from tests.audit.writing import TYPING_ERROR, save
from tests.way import tracked

EDIT = "Edit a value"
TRAIL = "record, field, old and new value are named: the trail says one, the other stands there"
VOLUME = r"Starting volume.* the trail says 480.*but 999"


def plainly(model):
    """A queryset of Django's own on a model of ours, past the one that refuses."""
    return models.QuerySet(model)


@attack(EDIT, "the model's own `update()`", PREVENTED, "tracked records have a queryset that refuses it")
def test_r074_update_of_the_model_is_refused(scene):
    scene.carry_out(lambda: Harvest.objects.update(starting_volume_ml=999), "written by audit.records only")


@attack(EDIT, "`save()` of the record", PREVENTED, "records are saved by the one door only")
def test_r074_save_past_the_door_is_refused(scene):
    harvest = Harvest.objects.get()
    harvest.starting_volume_ml = 999
    scene.carry_out(harvest.save, "saved by audit.records.save only")


@attack(EDIT, "`update()` of Django's own queryset", ONLINE, TRAIL)
def test_r074_update_of_djangos_own_queryset_is_shown(scene):
    scene.carry_out(lambda: plainly(Harvest).update(starting_volume_ml=999), VOLUME)


@attack(EDIT, "SQL on the product's own connection", ONLINE, TRAIL)
def test_r074_sql_on_a_live_row_is_shown(scene):
    scene.carry_out(lambda: run("UPDATE batches_harvest SET starting_volume_ml = 999"), VOLUME)


@attack(EDIT, "`sqlite3` or `psql`, another process", ONLINE, TRAIL)
def test_r075_an_edit_by_the_databases_own_program_is_shown(committed_scene):
    committed_scene.carry_out(
        lambda: elsewhere("UPDATE batches_harvest SET starting_volume_ml = 999"), VOLUME, apart=True
    )


@attack(
    EDIT,
    "live row and its history row, guards off",
    ONLINE,
    "the entry still tells what was entered; history and entry no longer agree",
)
def test_r075_value_and_history_together_are_shown(scene):
    def act():
        with as_owner():
            run("UPDATE batches_harvest SET starting_volume_ml = 999")
            run("UPDATE batches_historicalharvest SET starting_volume_ml = 999 WHERE revision = 2")

    scene.carry_out(act, r"Starting volume.*480.*999")


@attack(EDIT, "history row alone, guards in place", PREVENTED, "guard: history is append-only")
def test_r011_a_history_row_is_guarded(scene):
    scene.carry_out(
        lambda: run("UPDATE batches_historicalharvest SET starting_volume_ml = 999"),
        "ExoLedger keeps every version",
    )


@attack(EDIT, "history row alone, guards off", ONLINE, "history and entry no longer agree")
def test_r075_a_changed_history_row_is_shown(scene):
    scene.carry_out(
        lambda: owner_does(
            "UPDATE batches_historicalharvest SET starting_volume_ml = 999 WHERE revision = 2"
        ),
        r"was 999 mL in its history, but the trail says 480",
    )


@attack(
    EDIT,
    "changed, and put back before anybody verified",
    UNSEEN,
    "the record is what the trail says again; what was read meanwhile is not known",
)
def test_a_value_that_was_put_back_is_what_the_trail_says(scene):
    def act():
        for volume in (999, 480):
            run("UPDATE batches_harvest SET starting_volume_ml = %s", volume)

    scene.carry_out(act)


@attack("Delete a record", "SQL, guards in place", PREVENTED, "guard: nothing is deleted")
def test_r011_deleting_a_record_is_refused(scene):
    scene.carry_out(lambda: run("DELETE FROM batches_donor"), "ExoLedger keeps every version")


@attack("Delete a record", "SQL, guards off", ONLINE, "its history and entries say that it should be there")
def test_r075_a_deleted_record_is_shown(scene):
    donor = scene.donor.pk
    scene.carry_out(
        lambda: owner_does("DELETE FROM batches_donor WHERE id = %s", donor),
        "DN-0001.*gone|gone.*DN-0001|not there",
    )


@attack(
    "Delete a record", "record and history, guards off", ONLINE, "entries tell of a record that is not there"
)
def test_r075_a_record_deleted_with_its_history_is_shown(scene):
    def act():
        with as_owner():
            run("DELETE FROM batches_historicaldonor WHERE id = %s", scene.donor.pk)
            run("DELETE FROM batches_donor WHERE id = %s", scene.donor.pk)

    scene.carry_out(act, "DN-0001")


@attack("Insert a record", "SQL, without a trail", ONLINE, "a record without history and entry")
def test_r075_a_record_without_a_trail_is_shown(scene):
    columns = ", ".join(
        f'"{f.column}"' for f in Donor._meta.concrete_fields if f.column not in ("id", "code")
    )
    scene.carry_out(
        lambda: run(
            f"INSERT INTO batches_donor (code, {columns}) SELECT 'DN-0666', {columns} FROM batches_donor "
            f"WHERE code = 'DN-0001'"
        ),
        "DN-0666|Donor",
    )


@attack(
    "Drop a whole batch",
    "records, history and entries of the batch, guards off",
    ONLINE,
    "leaves of the tree whose entries are gone",
)
def test_r075_a_batch_that_was_taken_away_is_shown(scene):
    stays = ("donor", "sourcelot", "product", "master", "plannedstep", "steplimit", "criterion")
    tables = [name for name in connection.introspection.table_names() if name.startswith("batches_")]

    def act():
        with as_owner():
            run("DELETE FROM audit_entry WHERE batch_number = %s", scene.batch.number)
            for table in tables:
                if not any(word in table for word in stays):
                    run(f'DELETE FROM "{table}"')

    scene.carry_out(act, "gone")


@attack(
    "Look-alike letters",
    "a Latin letter replaced by a Cyrillic one in a live row",
    ONLINE,
    "texts are compared letter by letter, without any normalisation",
)
def test_r074_a_look_alike_letter_is_shown(scene):
    scene.carry_out(
        lambda: run("UPDATE batches_donor SET notes = %s WHERE code = 'DN-0001'", "Сonsent AB, visit C"),
        "Notes",
    )


@attack(
    "Look-alike letters",
    "the same text in another Unicode normal form, in a live row",
    ONLINE,
    "texts are compared letter by letter, without any normalisation",
)
def test_r074_another_normal_form_is_shown(scene):
    donor = scene.donor
    with_accent = "Köln, 10² AB"
    edit(donor, with_accent, scene.operator)
    scene.hand_out()
    other = unicodedata.normalize("NFKD", with_accent)
    assert other != with_accent
    scene.carry_out(
        lambda: run("UPDATE batches_donor SET notes = %s WHERE id = %s", other, donor.pk), "Notes"
    )


def edit(donor, notes, by):
    donor.notes = notes
    save(donor, by, reason=TYPING_ERROR)


@attack(
    "Move characters across field borders",
    "the last letter of one field to the next, in a live row",
    ONLINE,
    "fields are compared one by one, each under its name",
)
def test_r074_characters_moved_between_fields_are_shown(scene):
    harvest = Harvest.objects.get()
    moved = (harvest.medium[:-1], harvest.medium[-1] + harvest.medium_lot)
    scene.carry_out(lambda: run("UPDATE batches_harvest SET medium = %s, medium_lot = %s", *moved), "Medium")


@attack(
    "Rename a user",
    "SQL on the account",
    ONLINE,
    "the account has a trail of its own; entries keep the printed name as it was",
)
def test_r019_a_renamed_user_is_shown_and_entries_keep_the_name(scene):
    scene.carry_out(
        lambda: run("UPDATE accounts_user SET printed_name = 'Somebody Else' WHERE username = 'operator1'"),
        "Somebody Else",
    )
    assert Entry.objects.filter(actor_name="Operator One").exists()
    assert not Entry.objects.filter(actor_name="Somebody Else").exists()


@attack("Rename a user", "`update()` of the model", PREVENTED, "accounts are tracked records")
def test_r072_renaming_by_update_is_refused(scene):
    scene.carry_out(
        lambda: User.objects.update(printed_name="Somebody Else"), "written by audit.records only"
    )


@attack("Delete a user", "SQL, guards in place", PREVENTED, "guard: accounts are never deleted")
def test_r072_deleting_a_user_is_refused(scene):
    scene.carry_out(
        lambda: run("DELETE FROM accounts_user WHERE username = 'operator1'"), "ExoLedger keeps every"
    )


@attack(
    "Swap attachment bytes",
    "other bytes under the same name in the store",
    ONLINE,
    "the file's SHA-256 is in the record",
)
def test_r079_swapped_bytes_are_shown(scene):
    path = original(scene)

    def act():
        path.chmod(0o640)
        path.write_bytes(path.read_bytes().replace(b"1", b"7", 1))

    scene.carry_out(act, "not the one that was attached")


@attack("Swap attachment bytes", "the file taken away", ONLINE, "its record says that it should be there")
def test_r079_a_file_that_is_gone_is_shown(scene):
    path = original(scene)
    scene.carry_out(path.unlink, "missing from the store")


@attack(
    "Swap attachment bytes",
    "other bytes, and their SHA-256 written into the record",
    ONLINE,
    "the entry tells the SHA-256 that was attached",
)
def test_r079_swapped_bytes_with_their_hash_are_shown(scene):
    path = original(scene)

    def act():
        other = path.read_bytes().replace(b"1", b"7", 1)
        digest = hashlib.sha256(other).hexdigest()
        default_storage.save(path_of(digest), ContentFile(other))
        run("UPDATE batches_attachment SET sha256 = %s", digest)

    scene.carry_out(act, "SHA-256")


def original(scene):
    """The stored file of an export that was attached to the batch."""
    tracked(scene.batch, scene.operator)
    sealing.seal()
    return Path(default_storage.path(path_of(Attachment.objects.get().sha256)))
