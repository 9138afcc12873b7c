"""One person's part of the trail: everything they did, newest first, with what it comes to."""

from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from audit.models import Entry, EntryAction
from audit.trail import counting, rows
from audit.trail.asking import TrailFilter
from audit.trail.lines import changes_of
from audit.trail.marks import WORDS
from audit.trail.views import page_of


@require_GET
def read_person(request: HttpRequest, username: str, with_links: bool = True) -> HttpResponse:
    """A person or a system actor, whether active or not."""
    person = get_object_or_404(get_user_model()._default_manager, username=username)
    wanted = TrailFilter(person_id=person.pk)
    page = page_of(request, wanted.entries())
    context = {
        "subject": person,
        "page": page,
        "rows": rows.table_rows(page.rows, rows.Look(with_batch=True, with_links=with_links)),
        "sprite": rows.SPRITE,
        "with_links": with_links,
        "batches": counting.batches_of(wanted),
        "account": changes_of(person._meta.label_lower, [person.pk], limit=5),
    }
    return render(request, "audit/person.html", context | _head(wanted, person))


def _head(wanted: TrailFilter, person: Any) -> dict[str, Any]:
    """First and last entry, and how often the person did what."""
    ends = [wanted.entries().order_by(order).values("id", "at").first() for order in ("id", "-id")]
    found = counting.within(wanted, ["action", "only"])
    about = Entry.objects.filter(kind=person._meta.label_lower, object_id=person.pk)
    failed = about.filter(action=EntryAction.SIGN_IN_FAILED)
    return {
        "first": ends[0],
        "last": ends[1],
        "failed": counting.capped(failed),
        "actions": _counted(found["action"], dict(EntryAction.choices)),
        "marks": _counted(found["only"], WORDS),
    }


def _counted(found: counting.Counts, words: dict[str, str]) -> list[tuple[str, str, str]]:
    """Code, words and number of what occurs at all, as the choices stand."""
    return [(code, said, found.words(code)) for code, said in words.items() if found.numbers[code]]
