"""Addresses of a batch's reporting."""

from django.urls import path

from batches.reporting import views

urlpatterns = [
    path("batches/<str:number>/recovery/", views.recovery, name="recovery"),
]
