"""Addresses of queries, of answers to what was sent back, of the trail's review."""

from django.urls import path

from qc.review import trail_views, views

urlpatterns = [
    path("qc/queries/", views.query_list, name="query_list"),
    path("qc/queries/ask/", views.ask_query, name="ask_query"),
    path("qc/queries/<int:pk>/", views.query, name="query"),
    path("qc/points/<int:pk>/", views.point, name="returned_point"),
    path("qc/<str:number>/trail/", trail_views.trail_review, name="trail_review"),
]
