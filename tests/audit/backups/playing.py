"""What people do in the installations of these tests; needs a Django that is set up."""

import json
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import models, transaction

from accounts import actions
from accounts.models import User
from audit.ledger import rows, sealing
from audit.ledger.models import Checkpoint, Epoch, Leaf
from audit.models import Entry, TrackedModel
from audit.refusal import Reason
from tests.audit.writing import save
from tests.factories import BatchFactory, DonorFactory, PersonFactory, system
from tests.factories.evidence import attach

WRONG = Reason("typing_error", "digits swapped")


def first_days():
    """People, a donor and a batch with a file; sealed."""
    operator = PersonFactory(username="operator1", role="operator")
    PersonFactory(username="admin1", role="administrator")
    DonorFactory(code="DN-0001", age_years=34, by=operator)
    attach(BatchFactory(by=operator), b"first original")
    call_command("seal")


def later_days():
    """What a backup of the first days lacks: new and changed records, people, passwords; sealed."""
    operator, admin = (User.objects.get(username=name) for name in ("operator1", "admin1"))
    donor = apps.get_model("batches.donor").objects.get(code="DN-0001")
    for age in (43, 44):
        donor.age_years = age
        save(donor, operator, reason=WRONG)
        call_command("seal")
    PersonFactory(username="qa9", role="qa")
    actions.set_password(person=operator, password="another good long password", by=admin)
    attach(BatchFactory(by=operator), b"second original")
    call_command("seal")


def backup(folder):
    """Make a backup. Returns its folder."""
    call_command("backup", str(folder))
    return sorted(folder.glob("*Z"))[-1]


def everything(entries=None):
    """Every tracked row, history row, entry and ledger row up to that entry, without secrets."""
    last = entries or Entry.objects.latest("pk").pk
    found = {}
    for model in apps.get_models():
        if issubclass(model, TrackedModel):
            history = model.history.model
            known = set(
                Entry.objects.filter(pk__lte=last, kind=model._meta.label_lower).values_list(
                    "history_id", flat=True
                )
            )
            found[model._meta.label_lower] = table(model, without=model.secret_fields)
            found[history._meta.label_lower] = [r for r in table(history) if r["history_id"] in known]
    found["entry"] = [row for row in table(Entry) if row["id"] <= last]
    found["leaf"] = [row for row in table(Leaf) if row["entry_id"] <= last]
    return found


def table(model, without=()):
    """A table's rows, as the second copy would write them."""
    columns = rows.columns_of(model, without=without)
    found = models.QuerySet(model).order_by("pk").values(*columns)
    return [{name: rows.written(value) for name, value in row.items()} for row in found]


def newest():
    """The newest checkpoint's size and note."""
    checkpoint = sealing.newest()
    return [checkpoint.size, checkpoint.note]


def tell(**facts):
    """Hand facts to the test, as the last line."""
    print("\n" + json.dumps(facts))


__all__ = [
    "Checkpoint",
    "DonorFactory",
    "Entry",
    "Epoch",
    "Path",
    "User",
    "attach",
    "backup",
    "everything",
    "first_days",
    "later_days",
    "newest",
    "sealing",
    "system",
    "tell",
    "transaction",
]
