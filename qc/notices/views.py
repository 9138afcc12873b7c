"""The pages of notices: what is new, and how one wants to be told."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import roles
from accounts.gates import only
from audit.models import Entry
from audit.refusal import ValueRefused
from qc.notices import actions, badge, reading
from qc.notices.forms import NoticeChoiceForm
from qc.notices.models import NoticeChoice


@require_GET
@never_cache
@only(roles.EVERYBODY)
def notices(request: HttpRequest) -> HttpResponse:
    """What concerns the person, newest first; new ones are marked until they are seen."""
    before = _number(request.GET.get("before", ""))
    newest = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    page = reading.read_page(request.user, before=before, path=request.path)  # type: ignore[arg-type]
    context = {
        "page": page,
        "newest": newest,
        "has_new": any(notice.is_new for notice in page.rows),
        "overdue": [] if before else list(reading.overdue(request.user)[:20]),  # type: ignore[arg-type]
        "days": reading.DAYS,
        "choice": NoticeChoice.objects.filter(person=request.user).first(),
        "sends_mail": bool(settings.MAIL),
        "section": "notices",
    }
    return render(request, "qc/notices/notices.html", context)


def _number(text: str) -> int | None:
    """An entry's number out of an address; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


@require_POST
@only(roles.EVERYBODY)
def mark_seen(request: HttpRequest) -> HttpResponse:
    """Everything that the page showed was seen."""
    reading.mark_seen(request.user, _number(request.POST.get("upto", "")) or 0)  # type: ignore[arg-type]
    badge.forget(request)
    return redirect("notices")


@never_cache
@only(roles.EVERYBODY)
def notice_choice(request: HttpRequest) -> HttpResponse:
    """One's own choice about mail."""
    choice = NoticeChoice.objects.filter(person=request.user).first()
    initial = {"digest": choice.digest if choice else "none", "email": choice.email if choice else ""}
    form = NoticeChoiceForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.choose_notices(**form.cleaned_data, by=request.user)
        except ValueRefused as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, "Saved.")
            return redirect("notices")
    context = {"form": form, "sends_mail": bool(settings.MAIL), "section": "notices"}
    status = 400 if form.errors else 200
    return render(request, "qc/notices/choice.html", context, status=status)
