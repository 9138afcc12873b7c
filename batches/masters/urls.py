"""Addresses of products and master records."""

from django.urls import path

from batches.masters import draft_views, views

VERSION = "masters/<str:code>/v<int:number>/"
STEP = VERSION + "steps/<int:position>/"

urlpatterns = [
    path("products/", views.product_list, name="product_list"),
    path("products/add/", views.add_product, name="add_product"),
    path("products/<str:code>/", views.product, name="product"),
    path("products/<str:code>/correct/", views.correct_product, name="correct_product"),
    path("masters/", views.master_list, name="master_list"),
    path("masters/add/", views.add_master, name="add_master"),
    path("masters/<str:code>/", views.master, name="master"),
    path("masters/<str:code>/draft/", views.draft_version, name="draft_version"),
    path(VERSION, views.master_version, name="master_version"),
    path(VERSION + "approve/", views.approve_version, name="approve_version"),
    path(VERSION + "about/", draft_views.describe_draft, name="describe_draft"),
    path(VERSION + "steps/add/", draft_views.add_planned_step, name="add_planned_step"),
    path(STEP, draft_views.planned_step, name="planned_step"),
    path(STEP + "drop/", draft_views.drop_planned_step, name="drop_planned_step"),
    path(STEP + "limits/add/", draft_views.add_limit, name="add_limit"),
    path(STEP + "limits/<str:field>/", draft_views.limit, name="limit"),
    path(STEP + "limits/<str:field>/drop/", draft_views.drop_limit, name="drop_limit"),
]
