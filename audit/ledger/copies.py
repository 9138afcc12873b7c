"""The second copy: every sealed range leaves this machine, so that a lost or rewritten database shows.

After a range is sealed it is written to the store that the settings name: the original files it speaks of
first, then its leaves with everything that is needed to make entries, history and records again (no
secrets), then the signed checkpoint. Nothing there is ever overwritten. A copy that fails stops neither
sealing nor writing; it is told, and what waits is shipped later in the same order.
"""

import io
import json
import logging
import tempfile
from collections.abc import Iterator
from typing import NamedTuple

from django.apps import apps
from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit import originals
from audit.ledger import copy_files, keys, rows
from audit.ledger.copy_files import CopyTrouble
from audit.ledger.models import Checkpoint, Epoch, Leaf, Shipment
from audit.models import Entry

NAME = "ledger_copy"
TROUBLE_FILE = "copy_trouble"
MOST_A_RANGE = 20_000
LEAVES_A_QUERY = 500
IN_MEMORY_BYTES = 8 * 1024 * 1024

log = logging.getLogger("audit.ledger")


class Lag(NamedTuple):
    """How many sealed entries the second copy lacks, and what its last trouble was (empty: none)."""

    waiting: int
    trouble: str


def is_set() -> bool:
    """Whether this installation has a second copy."""
    return NAME in settings.STORAGES


def store() -> Storage:
    """Where the second copy goes."""
    return storages[NAME]


def lag() -> Lag:
    """How far the second copy is behind the ledger; nothing where there is none."""
    if not is_set():
        return Lag(0, "")
    sealed = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    return Lag(max(sealed - _shipped(), 0), _last_trouble())


def ship(*, again: bool = False) -> str:
    """Ship what waits. Returns the trouble there is, in words; empty when everything has arrived.

    `again` begins at the first leaf: for a new, empty store. Must not stand in a transaction.
    """
    if not is_set():
        return ""
    try:
        troubles = _ship_all(store(), 0 if again else _shipped(), again=again)
    except CopyTrouble as error:
        troubles = [str(error)]
    except Exception as error:  # whatever a store or a network throws must not stop the sealer
        troubles = [f"The second copy can't be written: {error}"]
    trouble = " ".join(troubles)
    _tell(trouble)
    return trouble


def _shipped() -> int:
    return Shipment.objects.order_by("-checkpoint_id").values_list("checkpoint_id", flat=True).first() or 0


def _ship_all(target: Storage, done: int, *, again: bool) -> list[str]:
    troubles: list[str] = []
    while (checkpoint := _next(done)) is not None:
        troubles += _ship_range(target, done, checkpoint, again=again)
        done = checkpoint.size
    return troubles


def _next(done: int) -> Checkpoint | None:
    """The checkpoint that the next shipment ends with: as far as fits, within one epoch."""
    behind = Checkpoint.objects.filter(size__gt=done).order_by("size").select_related("epoch")
    first = behind.first()
    if first is None:
        return None
    fitting = behind.filter(size__lte=done + MOST_A_RANGE, epoch_id=first.epoch_id)
    return fitting.order_by("-size").first() or first


def _ship_range(target: Storage, first: int, checkpoint: Checkpoint, *, again: bool) -> list[str]:
    """Ship the leaves from `first` up to the checkpoint. Returns what is wrong with their originals."""
    _ship_epoch(target, checkpoint.epoch, first, again=again)
    wanted: set[tuple[str, str]] = set()
    path = copy_files.range_path(checkpoint.epoch_id, first, checkpoint.size - 1)
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as content:
        for line in _lines(first, checkpoint.size, wanted):
            content.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        found = [_ship_original(target, kind, sha256) for kind, sha256 in sorted(wanted)]
        copy_files.put(target, path, content)
    note = copy_files.note_path(checkpoint.epoch_id, checkpoint.size)
    copy_files.put(target, note, io.BytesIO(checkpoint.note.encode()))
    _keep_shipment(checkpoint, first, path)
    return [words for words in found if words]


def _ship_epoch(target: Storage, epoch: Epoch, first: int, *, again: bool) -> None:
    """Write what the epoch is; a store that lacks it though ranges were shipped is another store."""
    path = copy_files.epoch_path(epoch.number)
    earlier = Shipment.objects.filter(checkpoint__epoch=epoch, checkpoint__size__lte=first).exists()
    if earlier and not again and not target.exists(path):
        raise CopyTrouble(
            f"The second copy lacks {path}, which was shipped before: is it another folder or an empty disk? "
            "Put the right one back, or fill the new one with manage.py ship --again."
        )
    columns = {field.attname: rows.written(getattr(epoch, field.attname)) for field in Epoch._meta.fields}
    written = json.dumps(columns, ensure_ascii=False, indent=1).encode() + b"\n"
    copy_files.put(target, path, io.BytesIO(written))


def _ship_original(target: Storage, kind: str, sha256: str) -> str:
    """Ship one original file that is not there yet. Returns what is wrong with it."""
    path = copy_files.original_path(sha256)
    room = originals.room_of(kind)
    if room is None or target.exists(path):
        return ""
    try:
        with originals.fetched(sha256, room.opened) as content:
            copy_files.put(target, path, content)
    except originals.OriginalWrong as error:
        return str(error)
    return ""


def _keep_shipment(checkpoint: Checkpoint, first: int, path: str) -> None:
    if Shipment.objects.filter(pk=checkpoint.size).exists():
        return  # shipped again, or by another sealer at the same moment
    try:
        with transaction.atomic():
            Shipment(checkpoint=checkpoint, first=first, shipped_on=timezone.now(), path=path).save()
    except IntegrityError:
        log.info("Range %s was shipped by another sealer.", path)


# --- lines --------------------------------------------------------------------------------------


def _lines(first: int, size: int, wanted: set[tuple[str, str]]) -> Iterator[rows.Row]:
    """A line for each leaf and each checkpoint of the range; adds the originals they name to `wanted`."""
    signed = {c["size"]: c for c in _checkpoints(first, size)}
    for start in range(first, size, LEAVES_A_QUERY):
        for line in _leaves(start, min(size, start + LEAVES_A_QUERY)):
            _note_original(line, wanted)
            yield line
            if line["leaf"] + 1 in signed:
                yield {"checkpoint": signed[line["leaf"] + 1]}


def _checkpoints(first: int, size: int) -> Iterator[rows.Row]:
    for row in Checkpoint.objects.filter(size__gt=first, size__lte=size).values():
        yield {name: rows.written(value) for name, value in row.items()}


def _leaves(start: int, end: int) -> list[rows.Row]:
    places = dict(Leaf.objects.filter(index__gte=start, index__lt=end).values_list("index", "entry_id"))
    entries = rows.rows_of(Entry, places.values(), rows.columns_of(Entry))
    lines: list[rows.Row] = [{"leaf": index, "entry": entries[places[index]]} for index in range(start, end)]
    for kind in {line["entry"]["kind"] for line in lines if line["entry"]["history_id"] is not None}:
        _add_rows(kind, [one for one in lines if one["entry"]["kind"] == kind])
    return lines


def _add_rows(kind: str, lines: list[rows.Row]) -> None:
    """Put each line's history row to it, and what the history leaves out of the record but is no secret."""
    written = [line for line in lines if line["entry"]["history_id"] is not None]
    history = rows.history_model(kind)
    past = rows.rows_of(history, [one["entry"]["history_id"] for one in written], rows.columns_of(history))
    model = apps.get_model(kind)
    names = rows.beside_history(model)
    present = rows.rows_of(model, {one["entry"]["object_id"] for one in written}, names) if names else {}
    for line in written:
        line["history"] = past.get(line["entry"]["history_id"])
        if names:
            line["beside"] = present.get(line["entry"]["object_id"])


def _note_original(line: rows.Row, wanted: set[tuple[str, str]]) -> None:
    room = originals.room_of(line["entry"]["kind"])
    if room and line.get("history"):
        wanted.add((room.kind, line["history"][room.named_by]))


# --- telling ------------------------------------------------------------------------------------


def _last_trouble() -> str:
    try:
        return (keys.folder() / TROUBLE_FILE).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _tell(trouble: str) -> None:
    """Log a trouble when it begins and when it ends; keep its words where the health page finds them."""
    said = _last_trouble()
    if trouble == said:
        return
    log.error("Second copy: %s", trouble) if trouble else log.warning("The second copy goes on.")
    path = keys.folder() / TROUBLE_FILE
    try:
        if trouble:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.write_text(trouble + "\n", encoding="utf-8")
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        log.error("Second copy: its trouble can't be kept in %s: %s", path, error)
