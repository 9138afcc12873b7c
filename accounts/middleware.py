"""How long a session lasts, and what people see when they are refused."""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse

from accounts.signing_in import OWED_KEY, PASSWORD, SECOND_FACTOR, end_session
from audit.refusal import ActionRefused, RoleRefused

Handler = Callable[[HttpRequest], HttpResponse]
SEEN_KEY = "last_seen"
BEGAN_KEY = "began"
SEEN_EVERY_S = 60
FIRST = {
    PASSWORD: "Choose a password of your own first: somebody else knows this one.",
    SECOND_FACTOR: "Your role signs in with a second factor: set one up first.",
}


class SessionLimits:
    """Ends a session that was idle too long, or that lasted longer than a working day however busy."""

    def __init__(self, get_response: Handler):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            self.note(request)
        return self.get_response(request)

    def note(self, request: HttpRequest) -> None:
        """Sign out when it is over; else remember the moment, at most once a minute."""
        now, session = int(time.time()), request.session
        seen, began = session.get(SEEN_KEY, now), session.get(BEGAN_KEY, now)
        if now - seen > settings.SESSION_IDLE_MINUTES * 60:
            end_session(request, "idle for too long")
        elif now - began > settings.SESSION_COOKIE_AGE:
            end_session(request, "signed in for too long")
        elif SEEN_KEY not in session or now - seen >= SEEN_EVERY_S:
            session[SEEN_KEY], session[BEGAN_KEY] = now, began


class SignedIn(LoginRequiredMiddleware):
    """Everybody signs in first. A part of a page is told 401, so that what was typed stays where it is."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> HttpResponse:
        if request.headers.get("HX-Request") or request.path == reverse("still_here"):
            return HttpResponse("You are signed out.", status=401, content_type="text/plain")
        return super().handle_no_permission(request, view_func)


class FirstThings:
    """Sends people to what they owe before anything else: a password of their own, a second factor."""

    open_to_all = frozenset({"sign_out", "still_here", "healthz"})

    def __init__(self, get_response: Handler):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        owed = request.session.get(OWED_KEY) if request.user.is_authenticated else None
        if not owed or _place(request) in {owed[0], *self.open_to_all}:
            return self.get_response(request)
        if request.headers.get("HX-Request"):
            return HttpResponse(FIRST[owed[0]], status=403, content_type="text/plain; charset=utf-8")
        return redirect(owed[0])


def _place(request: HttpRequest) -> str | None:
    """Name of the address that was asked for."""
    try:
        return resolve(request.path_info).url_name
    except Resolver404:
        return None


class Refusals:
    """Turns a refusal that no view handled into a page (or a line, for a part of a page)."""

    def __init__(self, get_response: Handler):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Refused roles get 403, other refusals 409: the request was fine, the record says no."""
        if not isinstance(exception, ActionRefused):
            return None
        status = 403 if isinstance(exception, RoleRefused) else 409
        template = "components/_refused.html" if request.headers.get("HX-Request") else "refused.html"
        return render(request, template, {"refusal": exception, "status": status}, status=status)
