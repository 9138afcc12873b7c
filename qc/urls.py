"""Addresses of the review."""

from django.urls import include, path

from qc import specifications_beside, views
from qc.queue.views import qc_queue, qc_standing

urlpatterns = [
    path("qc/", qc_queue, name="qc_queue"),
    path("qc/standing/", qc_standing, name="qc_standing"),
    path("", include("qc.deviations.urls")),
    path("", include("qc.notices.urls")),
    path("", include("qc.papers.urls")),
    path("", include("qc.review.urls")),
    path("", include("qc.sampling.urls")),
    path("", include("qc.signatures.urls")),
    path("qc/<str:number>/", views.review, name="review"),
    path("qc/<str:number>/against/", specifications_beside.against_newest, name="against_newest"),
    path("qc/<str:number>/against/<str:code>/v<int:version>/", specifications_beside.against, name="against"),
]
