"""How many connections, and how often one may guess. Growing delays, never a lock-out: nobody can shut a member out."""

from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

FREE_TRIES = 3
"""Wrong passwords without a delay: people mistype."""
LONGEST_DELAY = 8.0
FORGET_SECONDS = 900.0
REMEMBERED = 10_000
"""Sources whose failures are kept; the oldest go first."""


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


@dataclass(slots=True)
class _Failures:
    count: int
    last: float


class Limits:
    """One for a process; `clock` is monotonic seconds."""

    def __init__(self, *, total: int, for_each: int, clock: Callable[[], float]) -> None:
        self._total = total
        self._for_each = for_each
        self._clock = clock
        self._open: Counter[str] = Counter()
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def admit(self, address: str) -> bool:
        """Count a new connection; False when there are too many. Each True is ended by one `leave`."""
        source = network(address)
        if self._open.total() >= self._total or self._open[source] >= self._for_each:
            return False
        self._open[source] += 1
        return True

    def leave(self, address: str) -> None:
        source = network(address)
        self._open[source] -= 1
        if self._open[source] <= 0:
            del self._open[source]

    def failed(self, *sources: str) -> None:
        """A wrong password, from an address and for a handle."""
        for source in sources:
            known = self._failures.pop(source, _Failures(0, 0.0))
            fresh = self._clock() - known.last < FORGET_SECONDS
            self._failures[source] = _Failures((known.count if fresh else 0) + 1, self._clock())
        while len(self._failures) > REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, *sources: str) -> None:
        for source in sources:
            self._failures.pop(source, None)

    def delay(self, *sources: str) -> float:
        """Seconds to wait before the next guess is looked at."""
        worst = 0
        for source in sources:
            known = self._failures.get(source)
            if known is not None and self._clock() - known.last < FORGET_SECONDS:
                worst = max(worst, known.count)
        if worst < FREE_TRIES:
            return 0.0
        return float(min(0.5 * 2 ** (worst - FREE_TRIES), LONGEST_DELAY))
