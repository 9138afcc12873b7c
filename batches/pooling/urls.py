"""Addresses of pools and origins."""

from django.urls import path

from batches.pooling import views

urlpatterns = [
    path("batches/<str:number>/parts/", views.parts, name="parts"),
    path("batches/<str:number>/parts/<int:position>/", views.part, name="part"),
    path("batches/<str:number>/origins/", views.origins, name="origins"),
]
