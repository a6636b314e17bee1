"""Settings of the portal: the desk, the worker and every management command. The public plane reads none of this."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[5]  # the checkout
DATA = Path(os.environ.get("CONGLANG_DATA", ROOT / "data"))
NETWORK_DIR = Path(os.environ.get("CONGLANG_NETWORK", ROOT / "networks" / "hanoi"))
ORIGIN = os.environ.get("CONGLANG_ORIGIN", "http://hanoi.localhost:8000")
DESIGN_DIR = ROOT / "design"


def _secret_key() -> str:
    file = os.environ.get("CONGLANG_SECRET_KEY_FILE")
    return Path(file).read_text().strip() if file else "only-for-tests-and-makemigrations"


def _database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or "postgres"),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", parts.hostname or "")),
        "PORT": str(parts.port or ""),
        "ATOMIC_REQUESTS": True,
        "CONN_HEALTH_CHECKS": True,
    }


SECRET_KEY = _secret_key()
DEBUG = False
ALLOWED_HOSTS = ["*"]  # narrowed by the desk's host check
DATABASES = {"default": _database(os.environ.get("DATABASE_URL", "postgresql:///conglang"))}
AUTH_USER_MODEL = "accounts.User"
WAGTAIL_PAGE_MODEL = "pagebase.BasePage"
WAGTAILIMAGES_IMAGE_MODEL = "files.Image"
WAGTAILDOCS_DOCUMENT_MODEL = "files.Document"

INSTALLED_APPS = [
    "conglang.portal.identity.units",
    "conglang.portal.identity.sites",
    "conglang.portal.identity.accounts",
    "conglang.portal.publishing.rendering",
    "conglang.portal.publishing.releases",
    "conglang.portal.content.pagebase",
    "conglang.portal.content.files",
    "conglang.portal.content.pages",
    "conglang.portal.content.editorial",
    "conglang.portal.site",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.admin",
    "wagtail.sites",
    "wagtail",
    "modelcluster",
    "taggit",
    "modelsearch",
    "procrastinate.contrib.django",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

ROOT_URLCONF = "conglang.portal.site.urls"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ASGI_APPLICATION = "conglang.portal.site.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LOCALE_PATHS = [ROOT / "src" / "conglang" / "locale"]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True
USE_I18N = True
WAGTAIL_I18N_ENABLED = False

STATIC_URL = "/static/"
MEDIA_ROOT = DATA / "media"
MEDIA_URL = "/-/no-public-media/"  # mounted nowhere: originals are private

WAGTAIL_SITE_NAME = "Cổng Làng"
WAGTAILADMIN_BASE_URL = "http://quantri.localhost:8000"
WAGTAIL_ALLOW_UNICODE_SLUGS = False
WAGTAIL_AUTOSAVE_INTERVAL = 15000
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAILDOCS_EXTENSIONS = ["pdf", "docx", "xlsx", "pptx", "odt", "ods", "csv", "zip"]
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "modelsearch.backends.database"}}
