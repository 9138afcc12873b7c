"""A batch's bundle as a download, and the page of checkpoints. Who may is decided where the addresses are."""

import tempfile
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from audit.bundle.making import Wanted, make
from audit.ledger import sealing
from audit.ledger.handing_out import LEAVES_THE_HOUSE, hand_out_checkpoint
from audit.ledger.models import Checkpoint, Epoch, Leaf, TimeStamp
from audit.ledger.printing import Printed, fingerprint
from audit.refusal import ActionRefused
from audit.words import grouped

MOST_SHOWN = 20


@require_POST
def bundle_batch(request: HttpRequest, number: str) -> FileResponse:
    """A batch as a bundle, written to a file of its own before the first byte leaves."""
    # The response closes it, and so it is gone.
    file = tempfile.TemporaryFile()
    made = make(Wanted(batch=number), file, by=request.user)
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=made.filename, content_type="application/zip")
    response["Cache-Control"] = "no-store"
    return response


@require_GET
def read_checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint as text and QR, the key, and which checkpoints left the house."""
    newest = Checkpoint.objects.select_related("epoch").order_by("-size").first()
    context = {
        "printed": newest and Printed(newest),
        "unsealed": sealing.unsealed()[0],
        "handed_out": _handed_out(),
        "epochs": [(epoch, fingerprint(epoch.public_key)) for epoch in Epoch.objects.order_by("-number")],
        "time_stamps": TimeStamp.objects.order_by("-id")[:MOST_SHOWN],
        "has_authority": bool(settings.TSA_URL),
        "most": MOST_SHOWN,
    }
    return render(request, "audit/checkpoint.html", context)


def _handed_out() -> list[dict[str, Any]]:
    """The newest checkpoints that left the house: how each is called, and what took it along."""
    entries = Leaf.objects.filter(entry__action__in=LEAVES_THE_HOUSE).order_by("-index")
    found = entries.values_list("checkpoint_id", "entry_id", "entry__act", "entry__actor_name", "entry__at")
    return [
        {"name": grouped(size), "entry": entry, "act": act.replace("_", " "), "who": who, "at": at}
        for size, entry, act, who, at in found[:MOST_SHOWN]
    ]


@require_POST
def hand_out(request: HttpRequest) -> HttpResponse:
    """A new checkpoint as a file to take away; an entry tells of it."""
    try:
        checkpoint = hand_out_checkpoint(by=request.user)
    except sealing.SealingStopped as stopped:
        raise ActionRefused(f"There is no new checkpoint: {stopped}") from stopped
    response = HttpResponse(checkpoint.note, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="exoledger-checkpoint-{checkpoint.size}.txt"'
    response["Cache-Control"] = "no-store"
    return response
