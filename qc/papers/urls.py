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
]
