"""Addresses of specifications."""

from django.urls import path

from batches.specifications import draft_views, views

VERSION = "specifications/<str:code>/v<int:number>/"
CRITERION = VERSION + "criteria/<int:pk>/"

urlpatterns = [
    path("specifications/", views.specification_list, name="specification_list"),
    path("specifications/add/", views.add_specification, name="add_specification"),
    path("specifications/<str:code>/", views.specification, name="specification"),
    path("specifications/<str:code>/draft/", views.draft_specification, name="draft_specification"),
    path(VERSION, views.specification_version, name="specification_version"),
    path(VERSION + "about/", draft_views.describe_specification, name="describe_specification"),
    path(VERSION + "criteria/add/", draft_views.add_criterion, name="add_criterion"),
    path(CRITERION, draft_views.criterion, name="criterion"),
    path(CRITERION + "move/", draft_views.move_criterion, name="move_criterion"),
    path(CRITERION + "drop/", draft_views.drop_criterion, name="drop_criterion"),
]
