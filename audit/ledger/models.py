"""What the sealer writes: leaves, tiles of the tree, checkpoints, epochs. Nothing of it is ever changed."""

from typing import Any, NoReturn

from django.db import models

from audit.models import AppendOnlyQuerySet, Entry
from audit.refusal import OutsideTheDoor


class LedgerRow(models.Model):
    """A row of the ledger: written once, by the ledger's own functions."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise OutsideTheDoor(f"{type(self).__name__} is never changed.")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise OutsideTheDoor(f"{type(self).__name__} is never deleted.")


class Epoch(LedgerRow):
    """A stretch of checkpoints under one origin and one key.

    The first begins with the installation. Another begins when the key is replaced, or when a restored
    database lacks entries that were sealed before: `words` says so, and `size` from how many entries on.
    """

    number = models.PositiveIntegerField(primary_key=True)
    origin = models.CharField(max_length=200, unique=True)
    public_key = models.CharField(max_length=300)
    since = models.DateTimeField()
    size = models.BigIntegerField("entries sealed before")
    words = models.TextField("why it begins")
    # The newest checkpoint of the epoch before that is known anywhere, also where this database lacks it.
    known_note = models.TextField("last checkpoint before", blank=True)

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()

    def __str__(self) -> str:
        return f"Epoch {self.number}"


class Checkpoint(LedgerRow):
    """The root over the first `size` leaves, signed; `note` is the C2SP signed note that leaves the house."""

    size = models.BigIntegerField("entries", primary_key=True)
    epoch = models.ForeignKey(Epoch, on_delete=models.PROTECT, related_name="checkpoints", db_index=False)
    root = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    note = models.TextField()
    # PostgreSQL: everything that transactions below this number wrote is sealed (see audit.ledger.sealing).
    sealed_below = models.BigIntegerField(null=True)

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()

    def __str__(self) -> str:
        return f"Checkpoint {self.size}"


class Leaf(LedgerRow):
    """The place of an entry in the tree, and the first checkpoint that covers it.

    The keys are not checked by the database: neither side is ever deleted, and checking each of a
    million leaves would cost more than sealing them. `manage.py verify` proves that they fit.
    """

    index = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="leaf", db_constraint=False)
    checkpoint = models.ForeignKey(
        Checkpoint, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()

    def __str__(self) -> str:
        return f"Leaf {self.index}"


class Tile(LedgerRow):
    """256 neighbouring hashes of one level of the tree, and the root over them.

    Level 0 holds leaf hashes, level n the roots of tiles of level n - 1. Only full tiles are stored; what
    lies behind the last full one is read from the leaves.
    """

    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()
    root = models.BinaryField(max_length=32)

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=["level", "index"], name="tile_once"),)

    def __str__(self) -> str:
        return f"Tile {self.level}/{self.index}"


class TimeStamp(LedgerRow):
    """An RFC 3161 time stamp of an outside authority over a checkpoint's note."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="time_stamps")
    authority = models.CharField(max_length=300)
    moment = models.DateTimeField("time in the stamp")
    token = models.BinaryField()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()

    def __str__(self) -> str:
        return f"Time stamp over {self.checkpoint_id}"


class Shipment(LedgerRow):
    """A sealed range of entries that has arrived at the second copy."""

    checkpoint = models.OneToOneField(Checkpoint, on_delete=models.PROTECT, primary_key=True)
    first = models.BigIntegerField("first leaf")
    shipped_on = models.DateTimeField("shipped on")
    path = models.CharField(max_length=300)

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()

    def __str__(self) -> str:
        return f"Shipment {self.path}"
