"""Addresses of the periodic reviews of the trail."""

from django.urls import path

from qc.sampling import views

urlpatterns = [
    path("trail/reviews/", views.sample_list, name="sample_list"),
    path("trail/reviews/<int:number>/", views.sample, name="sample"),
]
