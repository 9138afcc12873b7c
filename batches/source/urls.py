"""Addresses of donors and source lots."""

from django.urls import path

from batches.source import bank_views, treatment_views, views

urlpatterns = [
    path("sources/", views.source_list, name="source_list"),
    path("sources/add/", views.add_source_lot, name="add_source_lot"),
    path("sources/add/<str:kind>/", views.add_source_lot_of_kind, name="add_source_lot_of_kind"),
    path("sources/banks/", bank_views.bank_list, name="bank_list"),
    path("sources/banks/add/", bank_views.add_bank, name="add_bank"),
    path("sources/banks/<str:code>/", bank_views.bank, name="bank"),
    path("sources/banks/<str:code>/correct/", bank_views.correct_bank, name="correct_bank"),
    path("sources/<str:code>/", views.source_lot, name="source_lot"),
    path("sources/<str:code>/correct/", views.correct_source_lot, name="correct_source_lot"),
    path("sources/<str:code>/release/", views.release_quarantine, name="release_quarantine"),
    path("sources/<str:code>/treatments/<str:kind>/", treatment_views.add_treatment, name="add_treatment"),
    path(
        "sources/<str:code>/treatments/<str:kind>/<int:pk>/",
        treatment_views.correct_treatment,
        name="correct_treatment",
    ),
    path("donors/", views.donor_list, name="donor_list"),
    path("donors/add/", views.add_donor, name="add_donor"),
    path("donors/<str:code>/", views.donor, name="donor"),
    path("donors/<str:code>/correct/", views.correct_donor, name="correct_donor"),
]
