"""Addresses of sign-in and people."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("still-here", views.still_here, name="still_here"),
    path("password/", views.change_password, name="change_password"),
    path("people/", views.people, name="people"),
    path("people/add/", views.add_person, name="add_person"),
    path("people/<str:username>/", views.person, name="person"),
]
