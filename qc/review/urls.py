"""Addresses of queries."""

from django.urls import path

from qc.review import views

urlpatterns = [
    path("qc/queries/", views.query_list, name="query_list"),
    path("qc/queries/ask/", views.ask_query, name="ask_query"),
    path("qc/queries/<int:pk>/", views.query, name="query"),
]
