"""How the installation is: facts that the health page, /healthz and `manage.py health` share.

Each sign asks one thing and says in words how it is and what to do. `essential` are those that a monitor
asks for every few seconds (four queries when all is well); `all_signs` adds what people should know.
"""

import datetime as dt
import os
import shutil
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from audit import guards
from audit.ledger import copies, keys, sealing
from audit.ledger.lag import Lag, lag
from audit.ledger.models import Checkpoint, Shipment
from audit.verifying import state
from audit.verifying.models import UnexplainedChange
from audit.words import counted, grouped, span, span_since

MOST_WAITING_S = 60
LEAST_FREE_BYTES = 1024**3
COPY_LATE_AFTER = dt.timedelta(hours=1)
VERIFY_AGAIN_AFTER = dt.timedelta(days=2)


@dataclass(frozen=True)
class Sign:
    """One thing about the installation. `what_to_do` is empty when there is nothing to do."""

    name: str
    is_well: bool
    words: str
    what_to_do: str = ""


Look = Callable[[], Sign]


def essential() -> list[Sign]:
    """What must be so for the product to work and to keep its evidence; four queries when all is well."""
    return _looked([database, guards_standing, sealing_lag, memory, signing_key, disk])


def all_signs() -> list[Sign]:
    """Everything that is known, what is wrong first."""
    looks = [database, guards_standing, sealing_lag, last_checkpoint, memory, signing_key]
    found = _looked([*looks, last_verification, unexplained, second_copy, disk])
    return sorted(found, key=lambda sign: (sign.is_well, not sign.what_to_do))


def _looked(looks: Iterable[Look]) -> list[Sign]:
    """The signs of all looks. Without a database the rest of what needs it is not asked."""
    found: list[Sign] = []
    for look in looks:
        try:
            found.append(look())
        except (DatabaseError, InterfaceError) as error:
            return [*found, away(error), *([] if look is disk else [disk()])]
    return found


def away(error: Exception) -> Sign:
    """The database does not answer."""
    why = str(error).strip().split("\n")[0] or type(error).__name__
    return Sign(
        "Database",
        False,
        f"The database does not answer: {why}.".replace("..", "."),
        "Start it, or look into its log. Nothing is lost: what was not saved was said to be not saved.",
    )


# --- one function each --------------------------------------------------------------------------


def database() -> Sign:
    """Whether the database can be read and written."""
    if connection.vendor == "postgresql":
        asked = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean"
        mend = "Connect to the primary server, or let it write again (default_transaction_read_only)."
    else:
        asked = "PRAGMA query_only"
        mend = f"Let this account write {connection.settings_dict['NAME']} and its folder."
    with connection.cursor() as cursor:
        cursor.execute(asked)
        is_read_only = bool(cursor.fetchone()[0]) or not _may_write_file()
    if is_read_only:
        return Sign("Database", False, "The database can be read but not written.", mend)
    return Sign("Database", True, f"answers and can be written ({connection.vendor})")


def _may_write_file() -> bool:
    """Whether SQLite's file and its folder can be written; other engines answer for themselves."""
    path = Path(str(connection.settings_dict["NAME"]))
    return (
        connection.vendor != "sqlite"
        or not path.is_absolute()
        or (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))
    )


def guards_standing() -> Sign:
    """Whether every trigger that keeps evidence from being changed stands."""
    missing = guards.missing()
    if not missing:
        return Sign("Guards", True, f"all {len(guards.expected(connection.vendor))} stand")
    some = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
    return Sign(
        "Guards",
        False,
        f"{len(missing)} guards of the database are missing or changed: {some}.",
        "Run manage.py migrate, which puts them up again, then manage.py verify: see whether anything was "
        "changed meanwhile, and find out who took them off.",
    )


def sealing_lag() -> Sign:
    """Whether entries are sealed soon after they are written."""
    found = lag()
    if found.waiting_s <= MOST_WAITING_S:
        return Sign("Sealing", True, _waiting_words(found) if found.waiting else "every entry is sealed")
    return Sign(
        "Sealing",
        False,
        f"Sealing has stopped: {_waiting_words(found)}.",
        f"{_why_not_sealed()} Writing goes on; entries are sealed when it runs again.",
    )


def _waiting_words(found: Lag) -> str:
    more = "+" if found.is_more else ""
    entries = f"{grouped(found.waiting)}{more} {'entry waits' if found.waiting == 1 else 'entries wait'}"
    return f"{entries}, the oldest for {span(dt.timedelta(seconds=found.waiting_s))}"


def _why_not_sealed() -> str:
    try:
        keys.load()
    except keys.KeyUnusable as error:
        return str(error)
    return "Start manage.py seal --watch, and look into its output for the reason."


def last_checkpoint() -> Sign:
    """The newest checkpoint."""
    newest = sealing.newest()
    if newest is None:
        return Sign("Last checkpoint", True, "none yet: the first follows the first entry")
    return Sign(
        "Last checkpoint", True, f"checkpoint {grouped(newest.size)}, signed {span_since(newest.at)} ago"
    )


def memory() -> Sign:
    """Whether the database fits the checkpoint that was signed last, as it is remembered outside of it."""
    name = "Remembered checkpoint"
    try:
        note, newest = keys.last_note(), sealing.newest()
        if newest is not None and note == newest.note:
            return Sign(name, True, f"checkpoint {grouped(newest.size)} fits this database")
        sealing.demand_not_behind(newest)
    except sealing.SealingStopped as stopped:
        return Sign(name, False, str(stopped), "Nothing more is signed until this is settled.")
    except PermissionError:
        return Sign(name, True, "not readable here: another process seals")
    except (OSError, UnicodeDecodeError) as error:
        return Sign(name, False, f"What was signed last can't be read: {error}.", "Run manage.py verify.")
    return Sign(name, True, "an older one fits this database" if note else "none is remembered here")


def signing_key() -> Sign:
    """Whether the signing key is there and nobody else can read it."""
    name, path = "Signing key", keys.key_path()
    try:
        keys.load()
        mode = stat.S_IMODE(path.stat().st_mode)
    except keys.KeyUnusable as error:
        return _without_key(name, path, error)
    if mode & 0o077:
        words = f"Others on this machine can reach the signing key (mode {mode:03o})."
        return Sign(name, False, words, f"chmod 600 {path}, and find out who may have read it.")
    return Sign(name, True, f"present, for its owner only (mode {mode:03o})")


def _without_key(name: str, path: Path, error: keys.KeyUnusable) -> Sign:
    """No key here: that is as it should be where another process seals, but not where this one did."""
    is_elsewhere = isinstance(error.__cause__, FileNotFoundError | PermissionError)
    if is_elsewhere and not _is_there(path.with_name(keys.LAST_FILE)):
        return Sign(name, True, "not here: another process seals")
    return Sign(name, False, str(error), "Until it is back nothing is sealed; writing goes on.")


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def unexplained() -> Sign:
    """Changes that were made behind the trail and that nobody has dealt with."""
    count = UnexplainedChange.objects.open().count()
    if not count:
        return Sign("Unexplained changes", True, "none is open")
    return Sign(
        "Unexplained changes",
        False,
        f"{counted(count, 'change is', 'changes are')} not explained by the trail.",
        "Quality assurance deals with each on its batch, with a reason; sign-off and release wait for it.",
    )


def second_copy() -> Sign:
    """How far the second copy of the ledger has come, and what keeps it."""
    name = "Second copy"
    if not copies.is_set():
        return Sign(
            name,
            True,
            "there is none",
            "Set EXOLEDGER_COPY_DIR or EXOLEDGER_COPY_BUCKET, or keep checkpoints outside of this server: "
            "else a database that was rewritten as a whole can't be told from a genuine one.",
        )
    shipped = Shipment.objects.order_by("-checkpoint_id").values_list("checkpoint_id", flat=True).first() or 0
    behind = Checkpoint.objects.filter(size__gt=shipped).order_by("size").first()
    trouble = copies.lag().trouble
    words = f"it holds everything up to checkpoint {grouped(shipped)}" if shipped else "it holds nothing yet"
    if behind is None:
        return Sign(name, True, words)
    if not trouble and timezone.now() - behind.at < COPY_LATE_AFTER:
        return Sign(name, True, f"{words}; newer ones are on their way")
    since = f"It has received nothing for {span_since(behind.at)}; {words}."
    mend = "Look whether its folder or bucket can be reached and written, and whether the sealer runs."
    return Sign(name, False, f"{trouble} {since}".strip(), mend)


def last_verification() -> Sign:
    """What the last verification of the whole installation said."""
    name, found = "Last verification", state.latest()
    if found is None:
        return Sign(
            name, True, "the record was never verified", "Run manage.py verify, every night by itself."
        )
    when = f"{found.ago}, to checkpoint {grouped(found.checkpoint)}"
    if found.is_wrong:
        mend = "Quality assurance deals with what was found; see the unexplained changes in the trail."
        return Sign(name, False, f"{found.words} ({when})", mend)
    if timezone.now() - found.at > VERIFY_AGAIN_AFTER:
        return Sign(
            name, True, f"in order, {when}", "It is long ago: run manage.py verify, best every night."
        )
    return Sign(name, True, f"in order, {when}")


def disk() -> Sign:
    """Free space where database and files stand."""
    try:
        free = shutil.disk_usage(settings.DATA_DIR).free
    except OSError as error:
        words = f"The data folder can't be read: {error.strerror}."
        return Sign("Disk", False, words, f"Bring {settings.DATA_DIR} back.")
    words = f"{free / 1024**3:.1f} GiB free in the data folder"
    if free < LEAST_FREE_BYTES:
        return Sign("Disk", False, f"Only {words}.", "Make room before the disk is full: saving then stops.")
    return Sign("Disk", True, words)
