"""Addresses of pictures."""

from django.urls import path

from batches.pictures import views

urlpatterns = [
    path("batches/<str:number>/sizes/", views.size_overlay, name="size_overlay"),
    path("products/<str:code>/markers/", views.marker_map, name="marker_map"),
]
