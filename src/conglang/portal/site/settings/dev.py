"""Settings for working on the portal itself: templates are read anew, faults are shown with their place."""

from .base import *

DEBUG = True
