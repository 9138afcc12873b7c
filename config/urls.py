"""Every address of the product; the only place that knows every app."""

from django.urls import include, path
from django.views.generic import RedirectView

handler500 = "accounts.trouble.something_broke"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="batch_list"), name="home"),
    path("", include("accounts.urls")),
    path("", include("accounts.health_urls")),
    path("", include("accounts.trail_urls")),
    path("", include("batches.urls")),
    path("", include("qc.urls")),
]
