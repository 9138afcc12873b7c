"""Addresses of reference data."""

from django.urls import path

from batches.materials import views

urlpatterns = [
    path("materials/", views.material_list, name="materials"),
    path("materials/<str:kind>/", views.material_list, name="material_list"),
    path("materials/<str:kind>/add/", views.add_material, name="add_material"),
    path("materials/<str:kind>/<int:pk>/", views.material, name="material"),
    path("materials/<str:kind>/<int:pk>/correct/", views.correct_material, name="correct_material"),
    path("materials/<str:kind>/<int:pk>/retire/", views.retire_material, name="retire_material"),
]
