"""Addresses of files that come in together."""

from django.urls import path

from batches.files import mapping_views, views

urlpatterns = [
    path("batches/<str:number>/files/", views.batch_files, name="batch_files"),
    path("files/<int:pk>/readings/", views.file_versions, name="file_versions"),
    path("files/<int:pk>/readings.csv", views.file_values, name="file_values"),
    path("files/<int:pk>/columns/", mapping_views.file_columns, name="file_columns"),
]
