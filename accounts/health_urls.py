"""Addresses of the health of the installation."""

from django.urls import path

from accounts import roles
from accounts.gates import only
from audit import health_views

urlpatterns = [
    path("health/", only(roles.READ_TRAIL)(health_views.read_health), name="health"),
    path("healthz", health_views.healthz, name="healthz"),
]
