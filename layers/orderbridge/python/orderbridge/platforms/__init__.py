"""One module, or package, per platform. A platform exists when its module is here: there is no list to keep."""

import importlib
import pkgutil

from orderbridge.errors import InvalidInput
from orderbridge.platforms.base import Platform

_SHARED = ("base", "listings", "payloads")  # what all of them are made of


def names() -> list[str]:
    """Names of all platforms, which are the names of the modules here that are not shared by them."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name not in _SHARED)


def load(name: str) -> type[Platform]:
    """The platform class of one module; only that module is imported.

    Raises InvalidInput for a name that has no module.
    """
    if name not in names():
        raise InvalidInput(f"there is no platform {name!r}; there are: {', '.join(names())}")
    module = importlib.import_module(f"{__name__}.{name}")
    found = [c for c in vars(module).values() if isinstance(c, type) and issubclass(c, Platform)]
    return next(c for c in found if c.__module__ == module.__name__)
