"""What a form asks for: its fields, and what is done with the values. Plain data, which any place can make."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from bbs.context import Context

Values: TypeAlias = dict[str, str]
INSTEAD = object()
"""What a form ends with whose third button was pressed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of text, or a text of several `lines`. `limit` is in letters; `secret` shows dots."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    limit: int = 200
    secret: bool = False
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few: (value, what it says)."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    value: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """Yes or no; the value is 'yes' or 'no'."""

    name: str
    label: str
    value: str
    hint: str = ""


Field: TypeAlias = Entry | Choice | Check


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a form's values are kept as a draft until it is sent."""

    ctx: Context
    place: str


@dataclass(frozen=True, slots=True)
class FormSpec:
    """A form. `submit` raises BBSError to keep it open; what it returns is the form's result.

    `watch` is called with the form's `hint` function, the name of a field that has changed, and all values.
    """

    heading: str
    fields: Sequence[Field]
    submit: Callable[[Values], Awaitable[Any]]
    done: str = "Send"
    notes: Sequence[str] = ()
    kept: Kept | None = None
    watch: Callable[[Callable[[str, str], None], str, Values], None] | None = None
    instead: str = ""
    """The words of a third button, for whoever is in the wrong form: it ends with INSTEAD."""

    @property
    def shape(self) -> tuple[object, ...]:
        """What two forms have in common that can be shown by the same widgets."""
        shapes: list[object] = [tuple(self.notes), self.instead]
        for field in self.fields:
            if isinstance(field, Entry):
                shapes.append((field.name, field.label, field.limit, field.secret, field.lines))
            else:
                shapes.append((field.name, field.label, field.options if isinstance(field, Choice) else ()))
        return tuple(shapes)
