"""Addresses of pictures."""

from django.urls import path

from batches.pictures import gel_views, micrograph_views, views

urlpatterns = [
    path("batches/<str:number>/sizes/", views.size_overlay, name="size_overlay"),
    path("batches/<str:number>/assays/<int:assay_number>/gel/", gel_views.gel_page, name="gel"),
    path("micrographs/<int:pk>/", micrograph_views.micrograph, name="micrograph"),
    path("products/<str:code>/markers/", views.marker_map, name="marker_map"),
]
