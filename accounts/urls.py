"""Addresses of sign-in and people."""

from django.urls import path

from accounts import access_views, views
from accounts.passkeys import views as passkeys
from accounts.second_factor import views as second_factor

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-in/code/", second_factor.sign_in_code, name="sign_in_code"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("still-here", views.still_here, name="still_here"),
    path("account/", views.account, name="account"),
    path("account/passkeys/mine.json", passkeys.own_passkeys, name="own_passkeys"),
    path("account/passkeys/begin/", passkeys.begin_passkey, name="begin_passkey"),
    path("account/passkeys/", passkeys.register_passkey, name="register_passkey"),
    path("account/passkeys/<int:pk>/revoke/", passkeys.revoke_passkey, name="revoke_passkey"),
    path("account/second-factor/", second_factor.second_factor, name="second_factor"),
    path("account/second-factor/off/", second_factor.switch_off_own, name="switch_off_own_second_factor"),
    path("password/", views.change_password, name="change_password"),
    path("access/", access_views.access, name="access"),
    path("access/export.csv", access_views.export_access, name="access_export"),
    path("people/", views.people, name="people"),
    path("people/add/", views.add_person, name="add_person"),
    path(
        "people/<str:username>/second-factor/off/", second_factor.switch_off, name="switch_off_second_factor"
    ),
    path("people/<str:username>/", views.person, name="person"),
]
