"""Settings of the tests: the same real PostgreSQL, quick password hashes, everything else as live."""

from .base import *

DEBUG = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
