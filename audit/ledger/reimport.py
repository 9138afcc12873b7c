"""Bringing back from the second copy what a restored database lacks: the same entries in the same places.

Entries keep their numbers and leaves, history rows theirs; records are brought to their newest history
row. The tree must then give exactly the roots that were signed. All of it is one transaction: when
anything does not fit, the database stays as it was.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.core.files.base import File
from django.core.files.storage import Storage
from django.core.management.color import no_style
from django.db import IntegrityError, connection, models, transaction

from audit import canonical, originals
from audit.ledger import copy_files, rows, sealing
from audit.ledger.copy_files import CopyTrouble, Line
from audit.ledger.models import Checkpoint, Epoch, Leaf, Tile
from audit.ledger.notes import NoteWrong, PublicKey, checkpoint_of
from audit.ledger.tree import GrowingTree
from audit.models import Entry
from audit.words import grouped

LEAVES_A_QUERY = 500


class ReimportRefused(Exception):
    """The second copy and this database do not fit together; says why. Nothing was changed."""


@dataclass
class Reimported:
    """What came back: from which entry of the ledger on, how many, and whose secrets are lost."""

    first: int
    entries: int = 0
    checkpoints: int = 0
    epochs: list[int] = field(default_factory=list)
    without_secret: list[models.Model] = field(default_factory=list)


def reimport(store: Storage) -> Reimported:
    """Bring back everything that the copy holds behind this database's newest checkpoint.

    Raises ReimportRefused or CopyTrouble, and leaves everything as it was. Not in a transaction.
    """
    try:
        with transaction.atomic(durable=True):
            sealing.lock()
            return _Reimport(store).run()
    except IntegrityError as error:
        raise ReimportRefused(
            f"The database refuses a row of the second copy: {error}. Was something written after the "
            "restore?"
        ) from error


class _Reimport:
    def __init__(self, store: Storage):
        self.store = store
        newest = sealing.newest()
        self.tree = GrowingTree(newest.size if newest else 0)
        if newest and self.tree.root() != bytes(newest.root):
            raise ReimportRefused(
                f"The tree does not lead to checkpoint {grouped(newest.size)}: run manage.py verify."
            )
        self.came = Reimported(first=self.tree.size + 1)
        self.unsealed = dict(Entry.objects.filter(leaf=None).values_list("pk", "leaf_hash"))
        self.waiting: list[tuple[int, int]] = []
        self.touched: dict[str, dict[int, int]] = {}
        self.lost_secret: set[tuple[str, int]] = set()

    def run(self) -> Reimported:
        for line in copy_files.lines(self.store, self.tree.size):
            if line.leaf is None:
                self._take_checkpoint(line)
            else:
                self._take_leaf(line)
        if self.waiting:
            raise CopyTrouble("The second copy ends with entries that no checkpoint in it covers.")
        self._bring_up_to_date()
        self._drop_secrets()
        _set_sequences({apps.get_model(kind) for kind in self.touched})
        return self.came

    # --- entries, history, records ---------------------------------------------------------------

    def _take_leaf(self, line: Line) -> None:
        entry = rows.values_of(Entry, line.held["entry"])
        if canonical.leaf_hash(entry["body"]) != bytes(entry["leaf_hash"]):
            raise CopyTrouble(f"Entry {entry['id']} in the second copy was changed: its hash is another.")
        if entry["id"] not in self.unsealed:
            rows.insert(Entry, entry)
        elif bytes(self.unsealed[entry["id"]]) != bytes(entry["leaf_hash"]):
            raise ReimportRefused(
                f"Entry {entry['id']} was written here after the restore, and the second copy holds another "
                "with that number. Restore the backup again and reimport before anybody works, or give the "
                "lost entries up with manage.py new_epoch --leave-out."
            )
        if line.held.get("history"):
            self._take_history(entry["kind"], line.held["history"], line.held.get("beside") or {})
            self._take_original(entry["kind"], line.held["history"])
        self.tree.append(bytes(entry["leaf_hash"]))
        self.waiting.append((line.leaf or 0, entry["id"]))
        self.came.entries += 1

    def _take_history(self, kind: str, held: rows.Row, beside: rows.Row) -> None:
        history = rows.history_model(kind)
        row = rows.values_of(history, held)
        if not models.QuerySet(history).filter(pk=row["history_id"]).exists():
            rows.insert(history, row)
        model = apps.get_model(kind)
        key = row[model._meta.pk.attname]
        self.touched.setdefault(kind, {})[key] = row["history_id"]
        self._write_record(model, key, row | rows.values_of(model, beside))

    def _take_original(self, kind: str, row: rows.Row) -> None:
        """Put an original file back; one that the copy lacks or holds damaged is told by verifying."""
        room = originals.room_of(kind)
        if room is None:
            return
        sha256 = row[room.named_by]
        with (
            suppress(originals.OriginalWrong),
            originals.fetched(
                sha256, lambda name: self.store.open(copy_files.original_path(name))
            ) as content,
        ):
            room.kept(sha256, File(content))

    def _write_record(self, model: Any, key: int, row: rows.Row) -> None:
        """Bring a record to those values, or make it; it has no more secrets than it had."""
        columns = set(rows.columns_of(model))
        values = {name: value for name, value in row.items() if name in columns}
        present: Any = models.QuerySet(model).filter(pk=key)
        set_at = [f"{secret}_set_at" for secret in model.secret_fields]
        standing = present.values("pk", *set_at).first()
        if standing is None:
            rows.insert(model, values | dict.fromkeys(model.secret_fields, rows.LOST_SECRET))
        elif not model.append_only:
            present.update(**values)
        if model.secret_fields and (standing is None or any(standing[n] != values[n] for n in set_at)):
            self.lost_secret.add((model._meta.label_lower, key))

    def _bring_up_to_date(self) -> None:
        """Where the backup held a newer version than the copy, the record stays at the newest."""
        for kind, applied in self.touched.items():
            model, history = apps.get_model(kind), rows.history_model(kind)
            key = model._meta.pk.attname
            newest = (
                models.QuerySet(history)
                .filter(**{f"{key}__in": list(applied)})
                .values_list(key)
                .annotate(newest=models.Max("history_id"))
            )
            behind = [there for one, there in newest if there != applied[one]]
            for row in models.QuerySet(history).filter(pk__in=behind).values():
                self._write_record(model, row[key], row)

    def _drop_secrets(self) -> None:
        """Secrets that were set in the lost stretch are in no copy; an older one must not come back."""
        for kind, key in sorted(self.lost_secret):
            model: Any = apps.get_model(kind)
            record: Any = models.QuerySet(model).filter(pk=key)
            record.update(**dict.fromkeys(model.secret_fields, rows.LOST_SECRET))
            self.came.without_secret.append(record.get())

    # --- checkpoints ------------------------------------------------------------------------------

    def _take_checkpoint(self, line: Line) -> None:
        row = rows.values_of(Checkpoint, line.held["checkpoint"])
        said = self._opened(row["note"], line.epoch["public_key"])
        if (said.size, said.root) != (self.tree.size, self.tree.root()) or row["size"] != said.size:
            raise CopyTrouble(
                f"The entries in the second copy do not lead to checkpoint {row['size']}: one was changed, "
                "or they do not belong to this database."
            )
        self._take_epoch(line.epoch)
        rows.insert(Checkpoint, row | {"root": said.root})
        leaves: Any = models.QuerySet(Leaf)
        leaves.bulk_create(
            [Leaf(index=index, entry_id=entry, checkpoint_id=said.size) for index, entry in self.waiting],
            batch_size=LEAVES_A_QUERY,
        )
        tiles: Any = models.QuerySet(Tile)
        tiles.bulk_create(
            [Tile(level=lv, index=i, hashes=hashes, root=root) for lv, i, hashes, root in self.tree.finished]
        )
        self.waiting.clear()
        self.tree.finished.clear()
        self.came.checkpoints += 1

    def _opened(self, note: str, public_key: str) -> Any:
        try:
            return checkpoint_of(note, [PublicKey.read(public_key)])
        except NoteWrong as error:
            raise CopyTrouble(
                f"A checkpoint in the second copy is not signed as it should be: {error}"
            ) from error

    def _take_epoch(self, held: rows.Row) -> None:
        """The epoch, where this database does not know it; another one of that number is refused."""
        known = Epoch.objects.filter(number=held["number"]).values_list("public_key", flat=True).first()
        if known is None:
            rows.insert(Epoch, rows.values_of(Epoch, held))
            self.came.epochs.append(held["number"])
        elif known != held["public_key"]:
            raise ReimportRefused(f"The second copy has another epoch {held['number']} than this database.")


def _set_sequences(kinds: set[Any]) -> None:
    """Let PostgreSQL count on behind the numbers that came back; SQLite does by itself."""
    counted = [Entry, Tile, *kinds, *(kind.history.model for kind in kinds)]
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), counted):
            cursor.execute(sql)
