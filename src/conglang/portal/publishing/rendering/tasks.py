"""The job that every touch defers."""

from procrastinate.contrib.django import app

from . import actions


@app.task(name="rendering.dispatch", queue="publishing")
def dispatch() -> None:
    """Take the outbox. Nothing in it: nothing to do."""
    actions.dispatch()
