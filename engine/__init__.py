"""The desk itself. No web. Usable from a script.

Names are imported when they are first asked for: the worker process lives in this package too
and needs neither the store nor the desk.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.engine import Engine, utc_now
    from engine.settings import Settings, load

__all__ = ["Engine", "Settings", "load", "utc_now"]


def __getattr__(name: str) -> Any:
    if name in ("Engine", "utc_now"):
        from engine import engine

        return getattr(engine, name)
    if name in ("Settings", "load"):
        from engine import settings

        return getattr(settings, name)
    raise AttributeError(f"module 'engine' has no attribute {name!r}")
