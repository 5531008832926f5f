"""The addresses of django-helpdesk, its API among them."""

from django.urls import include, path

urlpatterns = [path("", include("helpdesk.urls"))]
