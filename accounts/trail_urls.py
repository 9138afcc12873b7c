"""Addresses of the trail, with who may read it and who may take it away."""

from django.urls import path

from accounts import roles
from accounts.gates import only
from audit import views
from audit.bundle import views as bundle_views

read = only(roles.READ_TRAIL)
take_away = only(roles.EXPORT_TRAIL)

urlpatterns = [
    path("trail/", read(views.read_trail), name="trail"),
    path("trail/<int:number>/", read(views.read_entry), name="entry"),
    path("trail/export.csv", take_away(views.export_trail), {"form": "csv"}, name="trail_export"),
    path("trail/export.jsonl", take_away(views.export_trail), {"form": "jsonl"}, name="trail_export_jsonl"),
    path("trail/checkpoint/", read(bundle_views.read_checkpoint), name="checkpoint"),
    path("trail/checkpoint/hand-out/", take_away(bundle_views.hand_out), name="hand_out_checkpoint"),
    path("trail/batch/<str:number>/bundle/", take_away(bundle_views.bundle_batch), name="bundle"),
    # Everybody who may see a batch may see what happened to it.
    path("trail/batch/<str:number>/", views.read_batch_trail, name="batch_trail"),
]
