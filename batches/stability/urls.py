"""Addresses of stability studies."""

from django.urls import path

from batches.stability import views

urlpatterns = [
    path("stability/", views.stability_list, name="stability_list"),
    path("batches/<str:number>/stability/", views.batch_stability, name="batch_stability"),
    path("batches/<str:number>/stability/open/", views.open_study, name="open_study"),
    path("batches/<str:number>/stability/<int:study_number>/", views.stability_study, name="stability_study"),
]
