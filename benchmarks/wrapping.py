"""Functions of the program, replaced from outside by what watches them: the program has no hooks for that."""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = Callable[..., Any]


class GoneError(Exception):
    """A function that is to be watched is not there any more: the list of them has to follow the program."""


def find(name: str) -> tuple[Any, str, Function]:
    """Return the module or class that has a function, what it is called there, and the function.

    Args:
        name: `module:function` or `module:Class.method`.

    Raises:
        GoneError: there is no such function, or it is a generator, whose time is not that of its call.
    """
    module_name, _, path = name.partition(":")
    *outer, last = path.split(".")
    try:
        holder: Any = import_module(module_name)
        for each in outer:
            holder = vars(holder)[each]
        function = vars(holder)[last]
    except (ImportError, KeyError) as error:
        raise GoneError(f"{name} is to be watched, and is not there") from error
    if not inspect.isfunction(function) or inspect.isgeneratorfunction(function):
        raise GoneError(f"{name} is to be watched, and is no function that runs when it is called")
    return holder, last, function


def wrap(name: str, wrapper: Callable[[Function], Function]) -> None:
    """Put `wrapper(function)` in the place of a function, for all modules of the program.

    Modules that have imported it by name get the new one, and so do those that do it later. What keeps the
    function otherwise (in a table) keeps the old one.

    Args:
        name: as `find` takes it.
        wrapper: makes the new one.

    Raises:
        GoneError: see `find`.
    """
    holder, last, function = find(name)
    replaced = wrapper(function)
    setattr(holder, last, replaced)
    for module in [each for key, each in sys.modules.items() if key.partition(".")[0] == "reconciler"]:
        for key in [key for key, value in vars(module).items() if value is function]:
            setattr(module, key, replaced)
