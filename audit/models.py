"""Tracked records and the entries that tell of every change to them."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models.lookups import IsNull
from django.db.models.signals import class_prepared

from audit import bounds, inserting
from audit.history import TrackedHistory
from audit.refusal import OutsideTheDoor
from audit.trail import marks


class AppendOnlyQuerySet(models.QuerySet):
    """Reads only: rows arrive through `audit.records` and nothing else."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise OutsideTheDoor(f"{self.model.__name__} is written by audit.records only.")

    update = delete = bulk_create = bulk_update = _refuse  # type: ignore[assignment]
    create = get_or_create = update_or_create = _refuse  # type: ignore[assignment]
    aupdate = adelete = abulk_create = abulk_update = _refuse  # type: ignore[assignment]
    acreate = aget_or_create = aupdate_or_create = _refuse  # type: ignore[assignment]
    _raw_delete = _refuse  # type: ignore[assignment]


class TrackedModel(models.Model):
    """A record whose every version is kept: written by `records.save`, never deleted.

    `revision` counts its versions. `free_fields` change without a reason (statuses, who and when,
    computed values); `hashed_fields` are too bulky for an entry, which holds their SHA-256 instead;
    `history_excludes` never enter the history (secrets, bulk). `secret_fields` are those of them that
    leave in no copy; beside each stands a field `…_set_at` that says when the secret was given.
    """

    revision = models.PositiveIntegerField(default=0, editable=False)

    history = TrackedHistory(inherit=True)
    objects = AppendOnlyQuerySet.as_manager()

    free_fields: tuple[str, ...] = ()
    hashed_fields: tuple[str, ...] = ()
    history_excludes: tuple[str, ...] = ()
    secret_fields: tuple[str, ...] = ()
    append_only = False

    class Meta:
        abstract = True
        base_manager_name = "objects"

    @property
    def trail_batch(self) -> str:
        """Number of the batch this record belongs to, empty for records that stand above batches."""
        return ""

    @property
    def trail_label(self) -> str:
        """How people call this record, e.g. 'Step 2 · Pellet'."""
        return str(self)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.__dict__.get("_door_is_open"):
            raise OutsideTheDoor(f"{type(self).__name__} is saved by audit.records.save only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise OutsideTheDoor("Nothing is deleted; a wrong record is voided with a reason.")


def bind_tracked_model(sender: type[models.Model], **_: Any) -> None:
    """Give every tracked model, as soon as its class stands, the constraints its fields imply."""
    if issubclass(sender, TrackedModel):
        bounds.bind(sender)


class_prepared.connect(bind_tracked_model)


class EntryAction(models.TextChoices):
    """What an entry tells of."""

    CREATED = "created", "created"
    CHANGED = "changed", "changed"
    SIGNED = "signed", "signed"
    SIGNED_IN = "signed_in", "signed in"
    SIGNED_OUT = "signed_out", "signed out"
    SIGN_IN_FAILED = "sign_in_failed", "failed to sign in"
    IDENTITY_FAILED = "identity_failed", "failed to prove identity"
    REFUSED = "refused", "was refused"
    EXPORTED = "exported", "exported"
    PRINTED = "printed", "printed"
    VERIFIED = "verified", "verified the record"
    BACKED_UP = "backed_up", "backed up"
    RESTORED = "restored", "restored"
    EPOCH = "epoch", "began an epoch"


class CurrentTransaction(models.Func):
    """Number of the transaction that writes, on PostgreSQL; nothing on SQLite, where one writes at a time."""

    template = "(pg_current_xact_id()::text::bigint)"
    output_field = models.BigIntegerField()
    arity = 0

    def as_sqlite(self, *args: Any, **kwargs: Any) -> tuple[str, list[Any]]:
        return "NULL", []


class Entry(models.Model):
    """One line of evidence: a history row or an event, with the exact text that is hashed.

    Its id is the entry number people quote. The columns beside `body` are copies for screens and
    filters; `body` is what counts. Entries of a batch are numbered without gaps, each naming the leaf
    hash of the one before it, so that one batch's export can prove that nothing is left out.
    `change_cells` holds the CSV cells of its changed fields ready for the export (audit.exporting.lines);
    `transaction` tells the sealer which entries can't be overtaken any more (audit.ledger.sealing).
    """

    at = models.DateTimeField(db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    actor_name = models.CharField(max_length=150)
    actor_username = models.CharField(max_length=150, blank=True)
    actor_role = models.CharField(max_length=20, blank=True)
    action = models.CharField(max_length=20, choices=EntryAction)
    act = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=60, blank=True)
    object_id = models.BigIntegerField(null=True)
    object_label = models.CharField(max_length=300, blank=True)
    history_id = models.BigIntegerField(null=True)
    batch_number = models.CharField(max_length=40, blank=True)
    number_in_batch = models.PositiveIntegerField(null=True)
    leaf_hash = models.BinaryField(max_length=32)
    body = models.TextField()
    change_cells = models.TextField(blank=True, default="")
    transaction = models.BigIntegerField(null=True, db_default=CurrentTransaction())

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()
        constraints = (
            # Operator classes are PostgreSQL's: they let its index find numbers by their beginning, too.
            models.UniqueConstraint(
                fields=["batch_number", "number_in_batch"],
                opclasses=["varchar_pattern_ops", "int4_ops"],
                name="entry_number_in_batch_once",
            ),
            models.CheckConstraint(
                condition=models.Q(batch_number="", number_in_batch__isnull=True)
                | (~models.Q(batch_number="") & models.Q(number_in_batch__gte=1)),
                name="entry_of_batch_is_numbered",
            ),
            models.CheckConstraint(
                condition=models.Q(action__in=EntryAction.values), name="entry_action_known"
            ),
        )
        indexes = (
            models.Index(fields=["actor", "id"], name="entry_by_actor"),
            models.Index(fields=["kind", "object_id", "id"], name="entry_by_record"),
            models.Index(fields=["action", "id"], name="entry_by_action"),
            models.Index(fields=["kind", "id"], name="entry_by_kind"),
            models.Index(
                fields=["transaction"],
                condition=models.Q(transaction__isnull=False),
                name="entry_by_transaction",
            ),
            # What a reviewer looks for first, worked out by the database from the text (audit.trail.marks).
            *(
                models.Index(mark, "id", name=f"entry_{name}", condition=models.Q(IsNull(mark, False)))
                for name, mark in marks.MARKS.items()
            ),
        )

    def __str__(self) -> str:
        return f"Entry {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise OutsideTheDoor("An entry is never changed.")
        inserting.insert(self)
        # The database numbers the transaction; who wants to know reads it.
        self.__dict__.pop("transaction", None)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise OutsideTheDoor("An entry is never deleted.")


from audit.ledger.models import (  # noqa: E402,F401 (they stand on the classes above)
    Checkpoint,
    Epoch,
    Leaf,
    Shipment,
    Tile,
    TimeStamp,
)
from audit.verifying.models import UnexplainedChange  # noqa: E402,F401
