"""Who may connect now. Every source of connections has a rate, a cap, and a penalty for connections that prove nothing.

A source is one IPv4 address, or one IPv6 /64. A member must get in whatever strangers do, so a full cap never refuses a
newcomer: the connection that has waited longest at the busiest source is closed for it.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv6Address, ip_address
from itertools import islice
from types import MappingProxyType

BURST = 20
"""Connections of one source that may come at once; after them the rate holds."""
ENFORCED_FROM = 15.0
"""Seconds of penalty at which a source is first refused, as OpenSSH's PerSourcePenalties do."""
KNOWN_SECONDS = 30 * 86_400.0
REMEMBERED = 10_000
"""Sources that are remembered; those without a connection go first, the oldest first."""


EMPTY: Mapping[str, float] = MappingProxyType({})


class End(Enum):
    """How a connection ended that signed nobody in, with the seconds of penalty for its source."""

    NOTHING_TRIED = 1.0
    WRONG_PASSWORD = 5.0
    TOO_SLOW = 10.0


def network(address: str) -> str:
    """The source that limits count: an IPv4 address, or an IPv6 /64, which one person has whole."""
    try:
        ip = ip_address(address.split("%", 1)[0])
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(IPv6Address(int(ip) >> 64 << 64))


@dataclass(frozen=True, slots=True)
class Caps:
    """`rate` is connections a minute of one source; `penalty` the most seconds that one is shut out, 0 for never."""

    connections: int
    for_each: int
    unproved: int
    unproved_each: int
    rate: int
    penalty: int


@dataclass(slots=True, eq=False)
class Passage:
    """One connection that was let through the gate. `close` ends it."""

    source: str
    close: Callable[[], None]
    is_proved: bool = False
    is_displaced: bool = False
    """Closed to make room for another: that is no fault of its source."""


@dataclass(slots=True)
class _Source:
    tokens: float
    counted_at: float
    penalty_ends: float = 0.0
    is_shut: bool = False
    proved: int = 0
    unproved: deque[Passage] = field(default_factory=deque)
    """Connections that have not signed in, the oldest first."""

    @property
    def open(self) -> int:
        return self.proved + len(self.unproved)


class Gate:
    """One for a process. `clock` is monotonic seconds; `known` is for how many a source has had no member sign in."""

    def __init__(self, caps: Caps, *, clock: Callable[[], float], known: Mapping[str, float] = EMPTY) -> None:
        self._caps = caps
        self._clock = clock
        self._known = {source: clock() - age for source, age in known.items()}
        self._sources: OrderedDict[str, _Source] = OrderedDict()
        self._waiting: dict[str, _Source] = {}
        """Those with connections that have not signed in: few, whatever is remembered of others."""
        self._open = self._unproved = 0

    def is_known(self, source: str) -> bool:
        return self._clock() - self._known.get(source, -KNOWN_SECONDS) < KNOWN_SECONDS

    def admit(self, source: str, close: Callable[[], None]) -> Passage | str:
        """A new connection: its passage, which `leave` gives back, or why it is refused."""
        state = self._of(source)
        if not self._takes_token(state):
            return "too many connections in a short time"
        if self._is_shut(source, state):
            return "many connections that signed nobody in"
        if not self._has_room(state):
            return "too many connections at once"
        passage = Passage(source, close)
        state.unproved.append(passage)
        self._waiting[source] = state
        self._open += 1
        self._unproved += 1
        return passage

    def proved(self, passage: Passage) -> None:
        """Somebody has signed in."""
        if not passage.is_proved:
            passage.is_proved = True
            self._sources[passage.source].proved += 1
            self._wait_no_longer(passage)

    def remember(self, source: str) -> None:
        """A member has signed in from here: it is not shut out for 30 days."""
        self._known[source] = self._clock()

    def leave(self, passage: Passage, end: End | None) -> None:
        """A connection has ended; `end` says how, for one that signed nobody in."""
        state = self._sources[passage.source]
        if passage.is_proved:
            state.proved -= 1
        else:
            self._wait_no_longer(passage)
        self._open -= 1
        if end is not None and not passage.is_displaced and not self.is_known(passage.source):
            self._penalise(state, end.value)
        self._forget_old()

    # -- one source

    def _of(self, source: str) -> _Source:
        if source not in self._sources:
            self._sources[source] = _Source(BURST, self._clock())
        self._sources.move_to_end(source)
        return self._sources[source]

    def _takes_token(self, state: _Source) -> bool:
        now = self._clock()
        state.tokens = min(BURST, state.tokens + (now - state.counted_at) * self._caps.rate / 60)
        state.counted_at = now
        if state.tokens < 1:
            return False
        state.tokens -= 1
        return True

    def _penalise(self, state: _Source, seconds: float) -> None:
        now = self._clock()
        ends = max(now, state.penalty_ends) + seconds
        state.penalty_ends = min(ends, now + self._caps.penalty)
        if self._caps.penalty and state.penalty_ends - now >= min(ENFORCED_FROM, self._caps.penalty):
            state.is_shut = True

    def _is_shut(self, source: str, state: _Source) -> bool:
        if state.penalty_ends <= self._clock():
            state.is_shut = False
        return state.is_shut and not self.is_known(source)

    # -- places

    def _has_room(self, state: _Source) -> bool:
        """Whether there is a place, once a connection that proves nothing has made room for the new one."""
        caps = self._caps
        if state.open >= caps.for_each or len(state.unproved) >= caps.unproved_each:
            return self._displace_from(state)
        if self._open >= caps.connections or self._unproved >= caps.unproved:
            return self._displace_from(self._busiest())
        return True

    def _busiest(self) -> _Source | None:
        """The source with the most connections that prove nothing; those that members use come last."""
        waiting = self._waiting.items()
        busiest = max(waiting, key=lambda item: (not self.is_known(item[0]), len(item[1].unproved)), default=None)
        return busiest[1] if busiest else None

    def _displace_from(self, state: _Source | None) -> bool:
        if state is None or not state.unproved:
            return False
        passage = state.unproved[0]
        passage.is_displaced = True
        self._wait_no_longer(passage)
        passage.close()
        return True

    def _wait_no_longer(self, passage: Passage) -> None:
        unproved = self._sources[passage.source].unproved
        if passage in unproved:
            unproved.remove(passage)
            self._unproved -= 1
        if not unproved:
            self._waiting.pop(passage.source, None)

    def _forget_old(self) -> None:
        excess = len(self._sources) - REMEMBERED
        if excess > 0:
            idle = (source for source, state in self._sources.items() if not state.open)
            for source in list(islice(idle, excess)):
                del self._sources[source]
