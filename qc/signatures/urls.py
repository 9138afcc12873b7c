"""Addresses of manifests, revisions and addenda."""

from django.urls import path

from qc.signatures import views

urlpatterns = [
    path("qc/<str:number>/manifests/<int:at>/", views.manifest, name="manifest"),
    path("qc/<str:number>/manifests/<int:at>/text/", views.manifest_text, name="manifest_text"),
    path("qc/<str:number>/manifests/<int:at>/diff/", views.manifest_diff, name="manifest_diff"),
    path("qc/<str:number>/revision/", views.revision, name="open_revision"),
    path("qc/<str:number>/addendum/", views.addendum, name="add_addendum"),
]
