"""Settings of the portal: the desk, the worker and every management command. The public plane reads none of this."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from conglang.portal.content.files.examination.limits import BYTES, LARGEST, PICTURE
from conglang.portal.content.files.examination.verdicts import DOCUMENTS, PICTURES
from conglang.portal.content.files.scanning import Scanner
from conglang.portal.content.notices.server import MailServer
from conglang.portal.identity.accounts.policy import PROFILES
from conglang.portal.identity.sites.rules import Origin

ROOT = Path(__file__).resolve().parents[5]  # the checkout
DATA = Path(os.environ.get("CONGLANG_DATA", ROOT / "data"))
NETWORK_DIR = Path(os.environ.get("CONGLANG_NETWORK", ROOT / "networks" / "hanoi"))
ORIGIN = os.environ.get("CONGLANG_ORIGIN", "http://hanoi.localhost:8000")
_ORIGIN = Origin.parse(ORIGIN)
HTTPS, PORT = _ORIGIN.scheme == "https", _ORIGIN.port
DESK_HOST, PREVIEW_HOST = _ORIGIN.desk_host, _ORIGIN.preview_host
DESK_URL, PREVIEW_URL = _ORIGIN.url(DESK_HOST), _ORIGIN.url(PREVIEW_HOST)
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
# The supervisor asks for our health by number; portal.site.hosts answers nothing else there.
ALLOWED_HOSTS = [DESK_HOST, PREVIEW_HOST, "127.0.0.1", "localhost"]
DATABASES = {"default": _database(os.environ.get("DATABASE_URL", "postgresql:///conglang"))}
AUTH_USER_MODEL = "accounts.User"
WAGTAIL_PAGE_MODEL = "pagebase.BasePage"
WAGTAILIMAGES_IMAGE_MODEL = "files.Image"
WAGTAILDOCS_DOCUMENT_MODEL = "files.Document"

INSTALLED_APPS = [
    "conglang.portal.identity.audit",
    "conglang.portal.identity.units",
    "conglang.portal.identity.sites",
    "conglang.portal.identity.accounts",
    "conglang.portal.publishing.rendering",
    "conglang.portal.publishing.shared",
    "conglang.portal.publishing.releases",
    "conglang.portal.publishing.moments",
    "conglang.portal.content.pagebase",
    "conglang.portal.content.approval",
    "conglang.portal.content.files",
    "conglang.portal.content.pages",
    "conglang.portal.content.notices",
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
    "axes",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

ROOT_URLCONF = "conglang.portal.site.urls"
MIDDLEWARE = [
    "conglang.portal.site.hosts.HostGate",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "conglang.portal.identity.accounts.sessions.SignInAges",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "conglang.portal.content.editorial.middleware.OwnSitesOnly",
    "axes.middleware.AxesMiddleware",
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
# Ours first; then what Wagtail and Django say but bring no Vietnamese for (see cli.catalogue_libraries).
LOCALE_PATHS = [ROOT / "src" / "conglang" / folder for folder in ("locale", "locale_libraries")]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True
USE_I18N = True
WAGTAIL_I18N_ENABLED = False

STATIC_URL = "/static/"  # answered by portal.site.statics
MEDIA_ROOT = DATA / "media"
MEDIA_URL = "/tep/"  # on the desk's host only, for people who may see the file; no public host has it
WAGTAILDOCS_SERVE_METHOD = "direct"
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a long article with many blocks is one form

# Nothing of the desk is shared with another host: no cookie has a domain.
SESSION_COOKIE_NAME = "__Host-quantri" if HTTPS else "quantri"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SIGN_IN_POLICY = os.environ.get("CONGLANG_SIGN_IN_POLICY", "cap-do-3")  # a profile of accounts.policy
if SIGN_IN_POLICY not in PROFILES:
    raise SystemExit(
        f"CONGLANG_SIGN_IN_POLICY={SIGN_IN_POLICY}: there is no such profile, only {', '.join(PROFILES)}"
    )
SESSION_COOKIE_AGE = int(PROFILES[SIGN_IN_POLICY].absolute.total_seconds())
CSRF_COOKIE_NAME = "__Host-quantri-csrf" if HTTPS else "quantri-csrf"
CSRF_COOKIE_HTTPONLY = False  # Wagtail's browser code reads it
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
LOGIN_URL = "wagtailadmin_login"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# Wrong passwords for one name from one address; somebody elsewhere can still sign in under that name.
AXES_FAILURE_LIMIT = PROFILES[SIGN_IN_POLICY].tries
AXES_COOLOFF_TIME = PROFILES[SIGN_IN_POLICY].shut_for
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "conglang.portal.identity.accounts.sessions.address_of"
AXES_USERNAME_CALLABLE = "conglang.portal.identity.accounts.sessions.name_tried"
AXES_LOCKOUT_CALLABLE = "conglang.portal.content.editorial.sign_ins.locked_out"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "conglang.portal.identity.accounts.passwords.NoPatternValidator"},
    {"NAME": "conglang.portal.identity.accounts.passwords.OwnWordsValidator"},
]
# smtp://name:password@host:587 (STARTTLS), smtps://…:465, smtp+plain://127.0.0.1:25 (this machine); empty: none
try:
    _MAIL = MailServer.parse(os.environ.get("CONGLANG_SMTP", ""))
except ValueError as _trouble:
    raise SystemExit(f"CONGLANG_SMTP: {_trouble}") from None
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if _MAIL.host else 'dummy'}.EmailBackend"
EMAIL_HOST, EMAIL_PORT, EMAIL_TIMEOUT = _MAIL.host, _MAIL.port, 20
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL.user, _MAIL.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL.starttls, _MAIL.tls
DEFAULT_FROM_EMAIL = os.environ.get("CONGLANG_MAIL_FROM", f"khong-tra-loi@{_ORIGIN.desk_host}")

MOMENTS_LEAD_SECONDS = (
    120  # so long before its moment a scheduled change is rendered, a whole network earlier
)

WAGTAIL_SITE_NAME = "Cổng Làng"
WAGTAILADMIN_BASE_URL = DESK_URL
WAGTAILADMIN_USER_LOGIN_FORM = "conglang.portal.content.editorial.forms.SignIn"
WAGTAILADMIN_PERMITTED_LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
WAGTAIL_USER_TIME_ZONES = [TIME_ZONE]
WAGTAIL_ALLOW_UNICODE_SLUGS = False
WAGTAIL_AUTOSAVE_INTERVAL = 15000
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_PASSWORD_RESET_ENABLED = False  # a link in a mailbox is no second person
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILUSERS_PASSWORD_ENABLED = False  # nobody sets another one's password: two people recover an account
WAGTAIL_WORKFLOW_ENABLED = False  # approval by a second person comes with its own desk
WAGTAILADMIN_COMMENTS_ENABLED = True
WAGTAILDOCS_DOCUMENT_FORM_BASE = "conglang.portal.content.files.forms.DocumentForm"
WAGTAILDOCS_EXTENSIONS = sorted(DOCUMENTS)
WAGTAILDOCS_MAX_UPLOAD_SIZE = LARGEST
WAGTAILIMAGES_IMAGE_FORM_BASE = "conglang.portal.content.files.forms.PictureForm"
WAGTAILIMAGES_EXTENSIONS = [*sorted(PICTURES), "jpeg"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = BYTES.picture
WAGTAILIMAGES_MAX_IMAGE_PIXELS = PICTURE.pixels
LONGEST_BODY = 4 * LARGEST
_CLAMD = os.environ.get(
    "CONGLANG_CLAMD", ""
)  # unix:/run/clamav/clamd.ctl or tcp:127.0.0.1:3310; empty: no scanner
try:
    UPLOAD_SCANNER = Scanner.parse(_CLAMD) if _CLAMD else None
except ValueError as _trouble:
    raise SystemExit(f"CONGLANG_CLAMD: {_trouble}") from None
TASKS = {"default": {"BACKEND": "conglang.portal.site.background.Afterwards"}}
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "modelsearch.backends.database"}}

# Editions that can be looked at and restored: those of so many days, and so many of the last of each site at least.
EDITIONS_KEPT_DAYS = 90
EDITIONS_KEPT_LEAST = 50

# Django says nothing on stderr when DEBUG is off; the supervisor keeps stderr as logs/<process>.log.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(name)s %(levelname)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "axes": {"level": "CRITICAL", "propagate": False},  # it writes addresses of people into the log
    },
}
