"""What people and monitors see when the product itself is in trouble."""

import sys

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse

from audit import health_views

AWAY = (
    "The database does not answer. Nothing was saved by this request: what you typed is still on your page."
)
BROKEN = "Something in the product itself went wrong. It is in the server's log; nothing was half saved."


@login_not_required
def something_broke(request: HttpRequest) -> HttpResponse:
    """Any failure that nobody handled: 503 when the database is away, else 500; asks the database nothing."""
    is_away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    if request.path == reverse("healthz"):
        return health_views.answer(["Database" if is_away else "the product itself"])
    status, words = (503, AWAY) if is_away else (500, BROKEN)
    if request.headers.get("HX-Request"):
        return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")
    # Without the request: what fills pages in from it would ask the database who is signed in.
    page = render_to_string("trouble.html", {"words": words, "is_away": is_away})
    return HttpResponse(page, status=status)
