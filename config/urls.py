"""Every address of the product; the only place that knows every app."""

from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="batch_list"), name="home"),
    path("", include("accounts.urls")),
    path("", include("accounts.trail_urls")),
    path("", include("batches.urls")),
    path("", include("qc.urls")),
]
