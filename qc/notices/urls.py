"""Addresses of notices."""

from django.urls import path

from qc.notices import views

urlpatterns = [
    path("notices/", views.notices, name="notices"),
    path("notices/seen/", views.mark_seen, name="mark_notices_seen"),
    path("notices/choice/", views.notice_choice, name="notice_choice"),
]
