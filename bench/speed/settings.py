"""The portal's settings, with templates from a copy that a measurement may change."""

import os
from pathlib import Path

from conglang.portal.site.settings.base import *

DESIGN_DIR = Path(os.environ["BENCH_DESIGN"])
