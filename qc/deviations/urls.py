"""Addresses of deviations."""

from django.urls import path

from qc.deviations import views

urlpatterns = [
    path("deviations/", views.deviation_list, name="deviation_list"),
    path("deviations/open/", views.open_deviation, name="open_deviation"),
    path("deviations/export.csv", views.export_deviations, name="deviation_export"),
    path("deviations/<str:number>/", views.deviation, name="deviation"),
]
