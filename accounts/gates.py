"""Gates for views: who may see a page at all."""

import functools
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from audit.acting import keep_refusal, require_role
from audit.refusal import RoleRefused

View = Callable[..., HttpResponseBase]


def only(roles: Iterable[str]) -> Callable[[View], View]:
    """Let these roles through; refuse others with a page that says who may, and keep the refusal."""
    allowed = frozenset(roles)

    def gate(view: View) -> View:
        @functools.wraps(view)
        def gated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                require_role(request.user, allowed, view.__name__)
            except RoleRefused as refusal:
                keep_refusal(refusal, by=request.user)
                raise
            return view(request, *args, **kwargs)

        return gated

    return gate
