"""What uvicorn runs: the desk and the preview host."""

import os
import warnings

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conglang.portal.site.settings.base")

# WhiteNoise hands over files as ordinary iterators; they are small and read in one piece, as it says.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")

application = get_asgi_application()
