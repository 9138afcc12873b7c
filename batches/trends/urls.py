"""Addresses of trends. Products' codes are capitals, so `controls` is none."""

from django.urls import path

from batches.trends import views
from batches.trends.controls import views as controls
from batches.trends.similarity import views as similarity

urlpatterns = [
    path("trends/", views.trend_list, name="trend_list"),
    path("trends/controls/", controls.control_list, name="control_list"),
    path("trends/controls/record/", controls.record_control_run, name="record_control_run"),
    path("trends/controls/chart/", controls.control_chart, name="control_chart"),
    path("trends/controls/runs/<int:pk>/", controls.control_run, name="control_run"),
    path("trends/<str:code>/", views.product_trends, name="product_trends"),
    path("trends/<str:code>/references/", similarity.references, name="references"),
    path(
        "trends/<str:code>/references/<int:number>/confirm/",
        similarity.confirm_references,
        name="confirm_references",
    ),
    path("batches/<str:number>/similarity/", similarity.similarity, name="similarity"),
    path("batches/<str:number>/similarity/card/", similarity.similarity_card, name="similarity_card"),
    path("trends/<str:code>/<slug:attribute>/", views.trend, name="trend"),
    path("trends/<str:code>/<slug:attribute>/chart.<str:kind>", views.trend_file, name="trend_file"),
]
