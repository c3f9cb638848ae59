"""One module per ERP. An ERP exists when its module is here: there is no list to keep."""

import importlib
import pkgutil
from typing import TYPE_CHECKING

from orderbridge.errors import InvalidInput

if TYPE_CHECKING:
    from orderbridge.erps.base import Erp


def names() -> list[str]:
    """Names of all ERPs, which are the names of the modules beside this one."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name != "base")


def load(name: str) -> "type[Erp]":
    """The class of one ERP; only its module is imported. Raises InvalidInput for a name that has no module."""
    from orderbridge.erps.base import Erp

    if name not in names():
        raise InvalidInput(f"there is no ERP {name!r}; there are: {', '.join(names())}")
    module = importlib.import_module(f"{__name__}.{name}")
    found = [c for c in vars(module).values() if isinstance(c, type) and issubclass(c, Erp)]
    return next(c for c in found if c.__module__ == module.__name__)
