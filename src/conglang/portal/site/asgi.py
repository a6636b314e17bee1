"""What uvicorn runs: the desk and the preview host."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conglang.portal.site.settings.base")

application = get_asgi_application()
