"""Addresses of sign-in and people."""

from django.urls import path

from accounts import views
from accounts.passkeys import views as passkeys

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("still-here", views.still_here, name="still_here"),
    path("account/", views.account, name="account"),
    path("account/passkeys/mine.json", passkeys.own_passkeys, name="own_passkeys"),
    path("account/passkeys/begin/", passkeys.begin_passkey, name="begin_passkey"),
    path("account/passkeys/", passkeys.register_passkey, name="register_passkey"),
    path("account/passkeys/<int:pk>/revoke/", passkeys.revoke_passkey, name="revoke_passkey"),
    path("password/", views.change_password, name="change_password"),
    path("people/", views.people, name="people"),
    path("people/add/", views.add_person, name="add_person"),
    path("people/<str:username>/", views.person, name="person"),
]
