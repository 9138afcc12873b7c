"""Which action is running, for what is written meanwhile."""

import contextvars

running: contextvars.ContextVar[str] = contextvars.ContextVar("running_act", default="")


def running_act() -> str:
    """Name of the outermost action that is running, empty outside of actions."""
    return running.get()
