"""Recovery and reporting of a batch, each a page of its own."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from batches.record.models import Batch
from batches.record.views import get_batch
from batches.reporting import doubts
from batches.reporting.balance import BatchBalance, balance_of
from batches.reporting.beside import beside
from batches.reporting.loading import read
from batches.reporting.waterfall import levels_of, waterfall


def recovery(request: HttpRequest, number: str) -> HttpResponse:
    """What became of particles, protein and volume, step by step, beside the last batches of the product."""
    batch = get_batch(number)
    is_log = request.GET.get("scale") == "log"
    context = {"batch": batch, "section": "batches", "tab": "recovery", **_recovery(batch, is_log)}
    return render(request, "batches/reporting/recovery.html", context)


def _recovery(batch: Batch, is_log: bool) -> dict[str, Any]:
    balance: BatchBalance = balance_of(read([batch])[0])
    usual = beside(batch)
    return {
        "balance": balance,
        "overall": balance.overall,
        "is_log": is_log,
        "picture": waterfall(levels_of(balance, usual), is_log=is_log),
        "lines": [(one, usual.of(one)) for one in balance.steps],
        "usual": usual,
        "doubts": doubts.doubts_of(balance),
        "lacking": doubts.lacking_in(balance),
    }
