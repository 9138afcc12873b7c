"""Who had which access on a day: the page, and the same as a file."""

import datetime as dt

from django import forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts import roles
from accounts.access import AccessExport, access_on
from accounts.gates import only


class DayForm(forms.Form):
    """The day that is asked for; today where nothing is said."""

    on = forms.DateField(required=False, error_messages={"invalid": "Choose a day, such as 2026-11-26."})

    def clean_on(self) -> dt.date:
        today: dt.date = timezone.localdate()
        day: dt.date = self.cleaned_data["on"] or today
        if day > today:
            raise forms.ValidationError("That day is still to come.")
        return day


@require_GET
@only(roles.READ_ACCESS)
def access(request: HttpRequest) -> HttpResponse:
    """Everybody's role and state at the end of a day."""
    form = DayForm(request.GET)
    day = form.cleaned_data["on"] if form.is_valid() else None
    people = access_on(day) if day else []
    active = sum(one.is_active for one in people)
    context = {"form": form, "day": day, "today": timezone.localdate(), "people": people, "active": active}
    return render(request, "accounts/access.html", context, status=200 if day else 400)


@require_GET
@only(roles.READ_ACCESS)
def export_access(request: HttpRequest) -> HttpResponseBase:
    """The same as CSV; its own entry is written before the first byte leaves."""
    form = DayForm(request.GET)
    if not form.is_valid():
        return access(request)
    made = AccessExport(day=form.cleaned_data["on"], by=request.user)  # type: ignore[arg-type]
    response = StreamingHttpResponse(made, content_type="text/csv; charset=utf-8; header=present")
    response["Content-Disposition"] = f'attachment; filename="{made.filename}"'
    response["Cache-Control"] = "no-store"
    return response
