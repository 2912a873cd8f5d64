"""What of Textual belongs to a whole process, and is undone so that many apps can share one.

Textual is written for one app that owns its process. It touches what Textual does not publish: see `driver.py`.
"""

from __future__ import annotations

import contextlib
from functools import lru_cache, partial, wraps
from typing import Any

import textual.app
import textual.strip
from textual import constants
from textual._styles_cache import StylesCache
from textual._xterm_parser import XTermParser
from textual.css.stylesheet import Stylesheet


def prepare_process() -> None:
    """Make this process fit for many apps. Safe to call again."""
    for redirect in ("redirect_stdout", "redirect_stderr"):  # each app would take them over; the last one keeps them
        setattr(textual.app, redirect, _no_redirect)
    constants.COLOR_SYSTEM = "256"  # type: ignore[misc] # or it is guessed from the server's environment
    constants.ESCAPE_DELAY = 0.03  # type: ignore[misc] # the keyboard has waited already
    # mypy is silenced where a method or a class of Textual is replaced: that is what is meant.
    # These caches are keyed by `self`: each remembered key would keep a whole app alive after its member left.
    XTermParser._parse_extended_key = _uncached(XTermParser._parse_extended_key)  # type: ignore[method-assign]
    StylesCache.get_inner_outer = _without_self(StylesCache.get_inner_outer)  # type: ignore[method-assign]
    # A line has seven caches of its own that refer back to it: forty objects of garbage for each cursor key.
    textual.strip.FIFOCache = lambda _size: _NOTHING_KEPT  # type: ignore[attr-defined, assignment, return-value]
    Stylesheet._parse_rules = _shared_by_all(Stylesheet._parse_rules)  # type: ignore[method-assign]


class _NothingKept:
    """A cache that forgets at once; it has no state, so one serves for all."""

    __slots__ = ()

    def get(self, _key: object, default: object = None) -> object:
        return default

    def __setitem__(self, _key: object, _value: object) -> None:
        pass


_NOTHING_KEPT = _NothingKept()


def _shared_by_all(parse: Any) -> Any:
    """Style sheets are parsed once for each theme. What is parsed is not changed afterwards."""
    if hasattr(parse, "__wrapped__"):
        return parse
    parsed: dict[object, Any] = {}

    @wraps(parse)
    def parse_once(sheet: Stylesheet, css: str, *args: Any, **kwargs: Any) -> Any:
        key = (sheet._variables.get("theme-name"), css, args, tuple(kwargs.items()))
        if key not in parsed:
            parsed[key] = parse(sheet, css, *args, **kwargs)
        return parsed[key]

    return parse_once


def _no_redirect(_target: object) -> contextlib.AbstractContextManager[None]:
    return contextlib.nullcontext()


def _uncached(function: Any) -> Any:
    return getattr(function, "__wrapped__", function)


def _without_self(method: Any) -> Any:
    """The same cache for all instances, keyed by the arguments alone."""
    if not hasattr(method, "__wrapped__"):
        return method
    cached = lru_cache(1024)(partial(method.__wrapped__, None))
    return lambda _self, *args: cached(*args)
