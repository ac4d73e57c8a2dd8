"""A Django shop in one file: ``gunicorn examples.django_shop:application``."""

from __future__ import annotations

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path

from examples.shelf import CUSTOMER, ITEMS, RULES
from guardrail import GuardrailMiddleware

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for this example",  # noqa: S106 - it signs nothing
    MIDDLEWARE=[
        "django.middleware.gzip.GZipMiddleware",
        "django.middleware.http.ConditionalGetMiddleware",
    ],
)


def recommendations(request: HttpRequest) -> JsonResponse:
    """What the recommender chose, and for whom."""
    request.environ["guardrail.customer"] = CUSTOMER
    return JsonResponse(ITEMS)


urlpatterns = [path("api/recommendations", recommendations)]
application = GuardrailMiddleware(get_wsgi_application(), rules=RULES)
