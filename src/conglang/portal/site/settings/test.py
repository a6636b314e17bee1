"""Settings of the tests: the same real PostgreSQL, quick password hashes, everything else as live."""

from .base import *

DEBUG = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = []
AXES_ENABLED = False  # tests sign in without a request; the one about wrong passwords switches it on
ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver"]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {"django.request": {"level": "CRITICAL"}, "django.security": {"level": "CRITICAL"}},
}
