"""What an event's details say, as sentences; a reader never meets the names of keys or brackets."""

from collections.abc import Mapping
from typing import Any

from django.utils.dateparse import parse_datetime

from audit.models import EntryAction
from audit.trail.lateness import MOMENT
from audit.words import counted, grouped, moment_words

SCOPES = {"whole": "everything", "quick": "everything, quickly", "": ""}
FORM_NAMES = {"csv": "CSV", "json": "JSON", "jsonl": "JSON Lines", "xlsx": "XLSX", "pdf": "PDF", "zip": "ZIP"}


def shown(value: Any) -> str | None:
    """A value of an entry as people read it; None when there is none. Numbers stay as they were written."""
    if value in (None, ""):
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _moment_words(value) if MOMENT.fullmatch(value) else value
    if isinstance(value, Mapping):
        return ", ".join(f"{_name(name)} {shown(one) or 'empty'}" for name, one in value.items()) or None
    if isinstance(value, list):
        return ", ".join(shown(one) or "empty" for one in value) or None
    return str(value)


def _moment_words(text: str) -> str:
    moment = parse_datetime(text)
    return moment_words(moment) if moment else text


def _name(name: str) -> str:
    return name.replace("_", " ")


def sentences(action: str, detail: Mapping[str, Any]) -> list[str]:
    """An event's details, each a sentence of its own; the words of a refusal are not among them."""
    left = {name: value for name, value in detail.items() if name != "words"}
    told = [sentence for tell in TOLD.get(EntryAction(action), ()) if (sentence := tell(left))]
    return [*told, *(f"{_name(name)}: {words}" for name, value in left.items() if (words := shown(value)))]


def _address(left: dict[str, Any]) -> str:
    address = left.pop("address", "")
    return f"from {address}" if address else ""


def _known_name(left: dict[str, Any]) -> str:
    if "known_name" not in left:
        return ""
    return "with a wrong password" if left.pop("known_name") else "with a user name that nobody has"


def _amount(left: dict[str, Any]) -> str:
    """1 204 entries as CSV."""
    parts = []
    if isinstance(left.get("entries"), int):
        entries = left.pop("entries")
        parts.append(counted(entries, "entry", "entries"))
    if isinstance(left.get("format"), str):
        form = left.pop("format")
        parts.append(f"as {FORM_NAMES.get(form, form)}")
    return " ".join(parts)


def _filters(left: dict[str, Any]) -> str:
    """only batch EXO-2026-0042, kind batches.donor, from 2026-11-01."""
    if not isinstance(left.get("filters"), Mapping):
        return ""
    filters = left.pop("filters")
    return f"only {shown(filters)}" if filters else "of the whole trail"


def _meaning(left: dict[str, Any]) -> str:
    meaning = left.pop("meaning", "")
    return f"meaning: {meaning}" if meaning else ""


def _covered(left: dict[str, Any]) -> str:
    """What a signature is bound to; the hash itself stands in the entry's text."""
    left.pop("last_entry", "")
    entries = left.pop("entries", None)
    return f"over the first {grouped(entries)} entries of the batch" if isinstance(entries, int) else ""


def _means(left: dict[str, Any]) -> str:
    means = left.pop("means", "")
    return f"identity proved by {means}" if means else ""


def _checked(left: dict[str, Any]) -> str:
    """checked everything: 4 302 entries and 5 100 history rows in 2.1 s, to checkpoint 4 302."""
    what, checkpoint = left.pop("checked", ""), left.pop("checkpoint", None)
    entries, rows, seconds = (left.pop(name, None) for name in ("entries", "history_rows", "seconds"))
    for name in ("outcome", "wrong", "known"):
        left.pop(name, None)  # its words say it
    told = f"checked {SCOPES.get(what, _name(str(what)))}"
    if isinstance(entries, int) and isinstance(rows, int):
        read = f"{counted(entries, 'entry', 'entries')} and {counted(rows, 'history row', 'history rows')}"
        told += f": {read} in {seconds} s"
    return f"{told}, to checkpoint {grouped(checkpoint)}" if isinstance(checkpoint, int) else told


TOLD = {
    EntryAction.VERIFIED: (_checked,),
    EntryAction.SIGNED_IN: (_address,),
    EntryAction.SIGNED_OUT: (_address,),
    EntryAction.SIGN_IN_FAILED: (_known_name, _address),
    EntryAction.IDENTITY_FAILED: (_address,),
    EntryAction.REFUSED: (_address,),
    EntryAction.EXPORTED: (_amount, _filters),
    EntryAction.SIGNED: (_meaning, _covered, _means),
}
