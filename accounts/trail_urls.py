"""Addresses of the trail, with who may read it and who may take it away."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from accounts import roles
from accounts.gates import only
from accounts.unexplained import views as unexplained
from audit.bundle import views as bundle_views
from audit.exporting import views as export_views
from audit.trail import entry_views, person_views, views

read = only(roles.READ_TRAIL)
take_away = only(roles.EXPORT_TRAIL)


def read_batch_trail(request: HttpRequest, number: str) -> HttpResponse:
    """Everybody who may see a batch may see what happened to it; links are for those who read the trail."""
    return views.read_batch_trail(request, number, with_links=request.user.may(roles.READ_TRAIL))  # type: ignore[union-attr]


def read_person(request: HttpRequest, username: str) -> HttpResponse:
    """Those who read the trail see everybody; everybody sees their own."""
    if request.user.may(roles.READ_TRAIL):  # type: ignore[union-attr]
        return person_views.read_person(request, username)
    if request.user.get_username() == username:
        return person_views.read_person(request, username, with_links=False)
    return read(person_views.read_person)(request, username)  # type: ignore[return-value]


urlpatterns = [
    path("trail/", read(views.read_trail), name="trail"),
    path("trail/verify/", unexplained.verify_now, name="verify_now"),
    path("trail/unexplained/", unexplained.unexplained, name="unexplained"),
    path("trail/unexplained/<int:pk>/", unexplained.unexplained_change, name="unexplained_change"),
    path("trail/<int:number>/", read(entry_views.read_entry), name="entry"),
    path("trail/<int:number>/proof.json", take_away(entry_views.entry_proof), name="entry_proof"),
    path("trail/export.csv", take_away(export_views.export_trail), {"form": "csv"}, name="trail_export"),
    path(
        "trail/export.jsonl",
        take_away(export_views.export_trail),
        {"form": "jsonl"},
        name="trail_export_jsonl",
    ),
    path("trail/export.xlsx", take_away(export_views.export_as_workbook), name="trail_export_xlsx"),
    path("trail/export/size", take_away(export_views.size_of_export), name="trail_export_size"),
    path("trail/export/<int:number>/", take_away(export_views.progress), name="trail_export_progress"),
    path("trail/export/<int:number>/file", take_away(export_views.fetch_file), name="trail_export_file"),
    path("trail/counts/", read(views.count_trail), name="trail_counts"),
    path("trail/person/<str:username>/", read_person, name="trail_person"),
    path("trail/batch/<str:number>/", read_batch_trail, name="batch_trail"),
    path("trail/checkpoint/", read(bundle_views.read_checkpoint), name="checkpoint"),
    path("trail/checkpoint/hand-out/", take_away(bundle_views.hand_out), name="hand_out_checkpoint"),
    path("trail/batch/<str:number>/bundle/", take_away(bundle_views.bundle_batch), name="bundle"),
]
