"""Addresses of the review."""

from django.urls import path

from qc import views

urlpatterns = [
    path("qc/", views.qc_queue, name="qc_queue"),
    path("qc/<str:number>/", views.review, name="review"),
]
