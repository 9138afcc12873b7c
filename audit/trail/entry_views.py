"""One entry: what happened, the text that was hashed, its proof, and what stands around it."""

import json
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from audit import canonical, records
from audit.models import Entry, EntryAction
from audit.trail import affected, around, proofs, rows
from audit.trail.lines import COLUMNS, line_of, page_rows


@require_GET
def read_entry(request: HttpRequest, number: int) -> HttpResponse:
    """One entry with everything it holds, and the exact text that was hashed."""
    entry = get_object_or_404(Entry, pk=number)
    line = line_of({name: getattr(entry, name) for name in COLUMNS})
    context = {
        "entry": entry,
        "line": line,
        "what": rows.what_html(line, is_open=True),
        "sprite": rows.SPRITE,
        "pretty": json.dumps(json.loads(entry.body), ensure_ascii=False, indent=2),
        "time_utc": canonical.time_text(entry.at),
        "leaf": bytes(entry.leaf_hash).hex(),
        "leaf_of_text": canonical.leaf_hash(entry.body).hex(),
        "proof": proofs.proof_of(entry),
    }
    return render(request, "audit/entry.html", context | _around(entry))


def _around(entry: Entry) -> dict[str, Any]:
    others = page_rows(Entry.objects.filter(pk__in=around.same_act(entry))).order_by("id")
    lines = [line_of(row) for row in others]
    look = rows.Look(with_batch=True, with_links=True)
    return {
        "beside": around.beside(entry),
        "versions": around.versions(entry),
        "affected": affected.of(entry),
        "others": lines,
        "rows": rows.table_rows(lines, look),
    }


@require_GET
def entry_proof(request: HttpRequest, number: int) -> HttpResponse:
    """The entry's proof as a file; taking it away is an entry itself."""
    entry = get_object_or_404(Entry, pk=number)
    proof = proofs.proof_of(entry)
    if proof is None:
        raise Http404("This entry waits for the sealer; its proof can be had when it is sealed.")
    detail = {"format": "json", "entries": 1, "what": f"proof of entry {number}"}
    with transaction.atomic():
        records.event(EntryAction.EXPORTED, by=request.user, act="entry_proof", detail=detail)
    response = JsonResponse(
        proofs.as_file(entry, proof), json_dumps_params={"indent": 1, "ensure_ascii": False}
    )
    response["Content-Disposition"] = f'attachment; filename="exoledger-entry-{number}-proof.json"'
    response["Cache-Control"] = "no-store"
    return response
