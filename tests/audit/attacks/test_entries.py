"""Entries of the trail: changed, deleted, forged, swapped, with and without their hashes."""

import datetime as dt

from django.db import connection, transaction
from django.utils import timezone

from audit import canonical, guards, records
from audit.ledger import sealing
from audit.models import Entry, EntryAction
from batches.source.models import Donor
from tests.audit.attacks.attacking import (
    ONLINE,
    PREVENTED,
    UNSEEN,
    WARNED,
    attack,
    elsewhere,
    owner_does,
    rewrite,
)
from tests.audit.ledger.ledgering import entries
from tests.audit.tampering import as_owner, run, settle
from tests.audit.writing import TYPING_ERROR, save

GUARD = "guard: entries are append-only"
KEPT = "ExoLedger keeps every version"
UNHASHED = "the text does not hash to its leaf"
UNSIGNED = "the tree no longer leads to the root that was signed"
BODY = "Edit an entry's text"
BOTH = "Edit an entry's text and its hash"
EDIT_BODY = "UPDATE audit_entry SET body = replace(body, '480', '999')"


def entry_of_volume():
    return Entry.objects.get(body__contains='"field":"starting_volume_ml"')


# --- its text ------------------------------------------------------------------------------------


@attack(BODY, "SQL, guards in place", PREVENTED, GUARD)
def test_r011_text_of_an_entry_is_guarded(scene):
    scene.carry_out(lambda: run(EDIT_BODY), KEPT)


@attack(BODY, "`sqlite3` or `psql`, another process, guards in place", PREVENTED, GUARD)
def test_r011_text_of_an_entry_is_guarded_against_other_programs(committed_scene):
    committed_scene.carry_out(lambda: elsewhere(EDIT_BODY), KEPT, apart=True)


@attack(BODY, "`update()` of the model", PREVENTED, "entries have a queryset that refuses it")
def test_r011_update_of_entries_is_refused(scene):
    scene.carry_out(lambda: Entry.objects.update(body="{}"), "written by audit.records only")


@attack(BODY, "SQL, guards off", ONLINE, UNHASHED)
def test_r075_a_changed_text_is_shown(scene):
    scene.carry_out(lambda: owner_does(EDIT_BODY), "text was changed after it was hashed")


@attack("Drop a guard, edit, put it back", "one trigger, by name", ONLINE, UNHASHED)
def test_r075_a_guard_that_was_off_for_a_moment_hides_nothing(scene):
    def act():
        name = "guard_audit_entry_update" if connection.vendor == "sqlite" else "guard_audit_entry_row"
        connection.check_constraints()
        run(f'DROP TRIGGER "{name}"' + (" ON audit_entry" if connection.vendor == "postgresql" else ""))
        assert run(EDIT_BODY)
        connection.check_constraints()
        guards.install()

    scene.carry_out(act, "text was changed after it was hashed")


@attack(
    "Drop a guard, edit, put it back",
    "one trigger dropped, nothing edited",
    ONLINE,
    "guards that are missing are named",
)
def test_r010_a_missing_guard_is_shown(scene):
    def act():
        name = "guard_audit_entry_delete" if connection.vendor == "sqlite" else "guard_audit_entry_row"
        connection.check_constraints()
        run(f'DROP TRIGGER "{name}"' + (" ON audit_entry" if connection.vendor == "postgresql" else ""))

    scene.carry_out(act, "guards that keep rows from being changed or deleted are missing.*guard_audit_entry")


@attack(
    "Drop a guard, edit, put it back",
    "one trigger replaced by one that does nothing",
    ONLINE,
    "guards that are altered are named",
)
def test_r010_a_weakened_guard_is_shown(scene):
    def act():
        connection.check_constraints()
        if connection.vendor == "sqlite":
            run('DROP TRIGGER "guard_audit_entry_delete"')
            run('CREATE TRIGGER "guard_audit_entry_delete" BEFORE DELETE ON audit_entry BEGIN SELECT 1; END')
        else:
            run('ALTER TABLE audit_entry DISABLE TRIGGER "guard_audit_entry_row"')

    scene.carry_out(act, "missing or altered: guard_audit_entry")


@attack(
    "Edit what screens show of an entry",
    "printed name beside the text, guards off",
    ONLINE,
    "text and columns beside it are compared",
)
def test_r075_a_changed_column_beside_the_text_is_shown(scene):
    scene.carry_out(
        lambda: owner_does(
            "UPDATE audit_entry SET actor_name = 'Somebody Else' WHERE actor_name = 'Operator One'"
        ),
        "its text says printed name Operator One, but screens show Somebody Else",
    )


@attack(
    "Edit what screens show of an entry",
    "cells kept ready for the export, guards off",
    ONLINE,
    "they are made again from the text and compared",
)
def test_r075_changed_cells_of_the_export_are_shown(scene):
    scene.carry_out(
        lambda: owner_does(
            "UPDATE audit_entry SET change_cells = replace(change_cells, '480', '999') WHERE id = %s",
            entry_of_volume().pk,
        ),
        "export",
    )


# --- its text and its hash -----------------------------------------------------------------------


@attack(BOTH, "one entry, guards off", ONLINE, UNSIGNED)
def test_r075_a_changed_text_with_its_hash_is_shown(scene):
    def act():
        entry = Entry.objects.order_by("id").first()
        body = entry.body.replace('"v":', '"w":')
        assert body != entry.body
        with as_owner():
            run(
                "UPDATE audit_entry SET body = %s, leaf_hash = %s WHERE id = %s",
                body,
                canonical.leaf_hash(body),
                entry.pk,
            )

    scene.carry_out(act, "signed over other entries")


@attack(BOTH, "value, history, entry and the chain of its batch, guards off", ONLINE, UNSIGNED)
def test_r075_a_changed_chain_is_shown(scene):
    scene.carry_out(lambda: change_everywhere(), "signed over other entries")


def change_everywhere():
    """Another volume in the live row, its history, its entry, and every hash that follows from it."""
    with as_owner():
        run("UPDATE batches_harvest SET starting_volume_ml = 999")
        run("UPDATE batches_historicalharvest SET starting_volume_ml = 999 WHERE starting_volume_ml = 480")
        # With what stands around it: microseconds of some moment hold the same digits now and then.
        run("UPDATE audit_entry SET change_cells = replace(change_cells, ',480,', ',999,')")
        rewrite(entry_of_volume(), '"480"', '"999"')


@attack(
    "Huge integers",
    "a number in an entry replaced by one that readers of JSON take for the same",
    ONLINE,
    "the bytes are hashed, never what a reader makes of them",
)
def test_r074_numbers_that_read_alike_are_shown(scene):
    entry = Entry.objects.order_by("id").last()
    body = entry.body.replace(f'"id":{entry.object_id}', f'"id":{entry.object_id}.0')
    assert body != entry.body
    scene.carry_out(
        lambda: owner_does("UPDATE audit_entry SET body = %s WHERE id = %s", body, entry.pk),
        "text was changed after it was hashed",
    )


@attack(
    "Huge integers",
    "written through the product, beyond what readers of JSON hold",
    PREVENTED,
    "such numbers are written as text",
)
def test_r074_huge_integers_are_written_as_text(scene):
    written = {canonical.text({"n": n}) for n in (2**53, 2**53 + 1, 2**64, -(2**53))}
    assert written == {f'{{"n":"{n}"}}' for n in (2**53, 2**53 + 1, 2**64, -(2**53))}
    assert scene.verify() == (None, "")
    scene.outcome = PREVENTED


@attack("Move characters across field borders", "within an entry's text, guards off", ONLINE, UNHASHED)
def test_r074_characters_moved_within_a_text_are_shown(scene):
    entry = Entry.objects.filter(actor_username="operator1").first()
    body = entry.body.replace(
        '"name":"Operator One","role":"operator"', '"name":"Operator On","role":"eoperator"'
    )
    assert body != entry.body
    scene.carry_out(
        lambda: owner_does("UPDATE audit_entry SET body = %s WHERE id = %s", body, entry.pk),
        "text was changed after it was hashed",
    )


# --- deleted -------------------------------------------------------------------------------------


@attack("Delete the last entry", "SQL, guards in place", PREVENTED, GUARD)
def test_r011_deleting_the_last_entry_is_refused(scene):
    scene.carry_out(lambda: run("DELETE FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry)"), KEPT)


@attack("Delete the last entry", "SQL, guards off", ONLINE, "its leaf has no entry")
def test_r075_a_last_entry_that_is_gone_is_shown(scene):
    scene.carry_out(
        lambda: owner_does("DELETE FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry)"), "gone"
    )


@attack(
    "Delete the last entry",
    "an entry that was not sealed yet, its history row stays, guards off",
    ONLINE,
    "a history row without an entry",
)
def test_r075_an_unsealed_entry_of_a_record_that_is_gone_is_shown(scene):
    donor = Donor.objects.get(pk=scene.donor.pk)
    donor.age_years = 43
    save(donor, scene.operator, reason=TYPING_ERROR)
    scene.carry_out(
        lambda: owner_does("DELETE FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry)"), "DN-0001"
    )


@attack(
    "Delete the last entry",
    "an event without a record (a sign-in) that was not sealed yet, guards off",
    UNSEEN,
    "nothing was signed over it yet; the sealer looks every half second, and what is handed out waits for it",
)
def test_r075_an_unsealed_event_that_is_gone_is_not_shown(scene):
    entries(1, by=scene.operator)
    scene.carry_out(
        lambda: owner_does("DELETE FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry)")
    )


@attack("Delete from the middle", "SQL, guards in place", PREVENTED, GUARD)
def test_r011_deleting_from_the_middle_is_refused(scene):
    entry = entry_of_volume().pk
    scene.carry_out(lambda: run("DELETE FROM audit_entry WHERE id = %s", entry), KEPT)


@attack(
    "Delete from the middle",
    "an entry, guards off",
    ONLINE,
    "its leaf has no entry; numbers of its batch have a gap",
)
def test_r075_an_entry_missing_from_the_middle_is_shown(scene):
    entry = entry_of_volume().pk
    scene.carry_out(lambda: owner_does("DELETE FROM audit_entry WHERE id = %s", entry), "gone")


@attack(
    "Delete from the middle", "an entry and its leaf, later leaves moved up, guards off", ONLINE, UNSIGNED
)
def test_r075_an_entry_missing_with_its_leaf_is_shown(scene):
    entry = Entry.objects.filter(batch_number="").order_by("id")[2]

    def act():
        with as_owner():
            place = entry.leaf.index
            run('DELETE FROM audit_leaf WHERE "index" = %s', place)
            run('UPDATE audit_leaf SET "index" = -"index" WHERE "index" > %s', place)
            run('UPDATE audit_leaf SET "index" = -"index" - 1 WHERE "index" < 0')
            run("DELETE FROM audit_entry WHERE id = %s", entry.pk)

    scene.carry_out(act, r"covers \d+ entries, but only \d+ leaves are there")


# --- swapped, inserted, replaced -----------------------------------------------------------------


@attack("Swap two entries", "their places in the tree, guards off", ONLINE, UNSIGNED)
def test_r075_leaves_that_were_swapped_are_shown(scene):
    def act():
        with as_owner():
            for old, new in ((0, -1), (1, 0), (-1, 1)):
                run('UPDATE audit_leaf SET "index" = %s WHERE "index" = %s', new, old)

    scene.carry_out(act, "signed over other entries")


@attack("Swap two entries", "their texts and hashes, guards off", ONLINE, UNSIGNED)
def test_r075_texts_that_were_swapped_are_shown(scene):
    one, other = Entry.objects.filter(batch_number="").order_by("id")[:2]

    def act():
        with as_owner():
            for place, text in ((one, other), (other, one)):
                run(
                    "UPDATE audit_entry SET body = %s, leaf_hash = %s WHERE id = %s",
                    text.body,
                    bytes(text.leaf_hash),
                    place.pk,
                )

    scene.carry_out(act, "signed over other entries")


FORGED = "Insert a forged entry"


def forge(scene, at=None):
    """Insert an entry as the product would write it, past the product. Guards allow new entries."""
    with transaction.atomic():
        entry = records.event(EntryAction.PRINTED, by=scene.operator)
        transaction.set_rollback(True)
    at = at or entry.at
    body = entry.body.replace(canonical.time_text(entry.at), canonical.time_text(at))
    inserted(entry, at=at, body=body)


def inserted(like, **changed):
    """A new entry like that one, with a text of one's own and the hash that belongs to it."""
    names = {field.attname for field in Entry._meta.concrete_fields} - {"id", "transaction"}
    values = {name: getattr(like, name) for name in names}
    values |= changed
    values["leaf_hash"] = canonical.leaf_hash(values["body"])
    Entry(**values).save()


@attack(
    FORGED,
    "SQL, dated back by a year, at the end",
    WARNED,
    "time goes back from one leaf to the next: a warning names the place",
)
def test_r080_a_forged_entry_that_was_dated_back_is_warned_of(scene):
    a_year_ago = timezone.now() - dt.timedelta(days=365)
    scene.carry_out(lambda: forge(scene, at=a_year_ago), "clock|back|earlier", then=sealing.seal)


@attack(
    FORGED,
    "SQL, dated now, at the end, as the product itself would write it",
    UNSEEN,
    "who writes with the product's rights can append; it stands behind everything that was sealed before",
)
def test_r075_a_forged_entry_at_the_end_is_not_told_from_a_real_one(scene):
    scene.carry_out(lambda: forge(scene), then=sealing.seal)


@attack(FORGED, "into the tree between two sealed ones, guards off", ONLINE, UNSIGNED)
def test_r075_a_forged_entry_in_the_middle_is_shown(scene):
    def act():
        with as_owner():
            forge(scene)
            size = sealing.newest().size
            run('UPDATE audit_leaf SET "index" = -"index" - 1 WHERE "index" >= 3')
            run('UPDATE audit_leaf SET "index" = -"index" WHERE "index" < 0')
            run(
                'INSERT INTO audit_leaf ("index", entry_id, checkpoint_id) '
                "SELECT 3, max(id), %s FROM audit_entry",
                size,
            )

    scene.carry_out(act, "signed over other entries")


@attack(FORGED, "telling of a change that no history row shows", ONLINE, "an entry without its history row")
def test_r075_a_forged_change_is_shown(scene):
    like = Entry.objects.get(kind="batches.donor", object_id=scene.donor.pk)
    body = like.body.replace('"DN-0001"', '"DN-0666"')
    scene.carry_out(
        lambda: inserted(like, body=body), r"DN-0666.*version \d is gone from its history", then=sealing.seal
    )


@attack(
    "REPLACE INTO",
    "an entry replaced by one with the same number, guards in place",
    PREVENTED,
    "guard on inserting a number that is there (SQLite); guard on the update behind ON CONFLICT (PostgreSQL)",
)
def test_r011_replacing_an_entry_is_refused(scene):
    columns = ", ".join(f'"{field.column}"' for field in Entry._meta.concrete_fields)
    replaced = columns.replace('"body"', "'{}'")
    sql = f"REPLACE INTO audit_entry ({columns}) SELECT {replaced} FROM audit_entry"
    if connection.vendor == "postgresql":
        sql = (
            f"INSERT INTO audit_entry ({columns}) SELECT {replaced} FROM audit_entry "
            "ON CONFLICT (id) DO UPDATE SET body = excluded.body"
        )
    scene.carry_out(lambda: run(sql), KEPT)


@attack("Truncate", "all entries, guards in place", PREVENTED, GUARD)
def test_r011_truncating_is_refused(scene):
    settle()
    sql = "DELETE FROM audit_entry" if connection.vendor == "sqlite" else "TRUNCATE audit_entry CASCADE"
    scene.carry_out(lambda: run(sql), KEPT)


@attack("Truncate", "all entries, guards off", ONLINE, "leaves without entries, records without entries")
def test_r075_truncated_entries_are_shown(scene):
    scene.carry_out(lambda: owner_does("DELETE FROM audit_entry"), "sealed as leaf 0, but it is gone")


@attack(
    "Truncate",
    "entries and the whole ledger, guards off",
    ONLINE,
    "the last checkpoint, remembered outside the database, covers more",
)
def test_r075_a_truncated_ledger_is_shown(scene):
    def act():
        with as_owner():
            for table in ("leaf", "tile", "checkpoint", "epoch", "entry"):
                run(f"DELETE FROM audit_{table}")

    scene.carry_out(act, "is older than its ledger")
