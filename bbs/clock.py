"""The time, in one place, so that a test can hold it still."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]


def utc_now() -> datetime:
    """The present as aware UTC."""
    return datetime.now(UTC)
