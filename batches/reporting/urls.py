"""Addresses of a batch's recovery and reporting."""

from django.urls import path

from batches.reporting import views

urlpatterns = [
    path("batches/<str:number>/recovery/", views.recovery, name="recovery"),
    path("batches/<str:number>/reporting/", views.reporting, name="reporting"),
    path("batches/<str:number>/reporting/panel/", views.panel, name="reporting_panel"),
    path("batches/<str:number>/reporting/publication/", views.publication, name="publication"),
    path("batches/<str:number>/reporting/ev-track/", views.ev_track_sheet, name="ev_track_sheet"),
    path("batches/<str:number>/reporting/deposit/", views.deposit, name="deposit"),
    path("batches/<str:number>/reporting/<int:pk>/withdraw/", views.withdraw, name="withdraw_deposition"),
]
