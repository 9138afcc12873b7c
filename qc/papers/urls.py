"""Addresses of papers."""

from django.urls import path

from qc.papers import views

urlpatterns = [
    path("batches/<str:number>/papers/", views.papers, name="papers"),
    path("batches/<str:number>/papers/certificate/", views.make_certificate, name="make_certificate"),
    path(
        "batches/<str:number>/papers/certificate/<int:certificate>/",
        views.print_again,
        name="print_certificate",
    ),
    path("batches/<str:number>/papers/record/", views.print_record, name="print_record"),
    path("batches/<str:number>/papers/record/<int:entry>/", views.record_progress, name="record_progress"),
    path("batches/<str:number>/papers/record/<int:entry>/file/", views.fetch_record, name="fetch_record"),
]
