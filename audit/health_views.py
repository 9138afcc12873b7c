"""How the installation is, as a page for people and as a line for monitors."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from audit import health

WELL = "ExoLedger is well."


@never_cache
@require_GET
def read_health(request: HttpRequest) -> HttpResponse:
    """Every sign in words, what is wrong first."""
    signs = health.all_signs()
    context: dict[str, Any] = {
        "wrong": [sign for sign in signs if not sign.is_well],
        "advised": [sign for sign in signs if sign.is_well and sign.what_to_do],
        "well": [sign for sign in signs if sign.is_well and not sign.what_to_do],
    }
    return render(request, "audit/health.html", context)


@never_cache
@login_not_required
@require_GET
def healthz(request: HttpRequest) -> JsonResponse:
    """For monitors, without a sign-in: whether all is well, else what is not, by name only."""
    return answer([sign.name for sign in health.essential() if not sign.is_well])


def answer(wrong: list[str]) -> JsonResponse:
    """200 when nothing is wrong, else 503 and the names of what is."""
    words = f"Not well: {', '.join(wrong)}. Sign in and open /health/ for what to do." if wrong else WELL
    return JsonResponse({"ok": not wrong, "words": words}, status=503 if wrong else 200)
