"""Where the jump box can go."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Place:
    """A post (`id` is its number), a person (`name` is the handle), a board or a thread."""

    kind: Literal["post", "person", "board", "thread"]
    id: int
    name: str
    words: str
