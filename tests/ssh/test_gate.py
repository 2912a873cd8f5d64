"""Who may connect: rates, caps and penalties of a source, and that a member gets in whatever strangers do."""

import pytest

from bbs.ssh.gate import BURST, ENFORCED_FROM, KNOWN_SECONDS, REMEMBERED, Caps, End, Gate, Passage, network

CAPS = Caps(connections=1000, for_each=50, unproved=100, unproved_each=10, rate=120, penalty=600)


class Street:
    """A gate, a clock that is moved by hand, and the connections that were closed to make room."""

    def __init__(self, caps: Caps = CAPS, known: dict[str, float] | None = None) -> None:
        self.now = 0.0
        self.gate = Gate(caps, clock=lambda: self.now, known=known or {})
        self.closed: list[str] = []

    def come(self, source: str, name: str = "") -> Passage | str:
        return self.gate.admit(source, lambda: self.closed.append(name or source))

    def fail(self, source: str, end: End) -> None:
        passage = self.come(source)
        assert isinstance(passage, Passage)
        self.gate.leave(passage, end)


@pytest.mark.parametrize(("address", "source"), [
    ("10.1.2.3", "10.1.2.3"), ("::ffff:10.1.2.3", "10.1.2.3"), ("2001:db8:1:2:3::4", "2001:db8:1:2::"),
    ("fe80::1%eth0", "fe80::"), ("not an address", "not an address"),
])  # fmt: skip
def test_an_ipv6_network_counts_as_one_source(address: str, source: str) -> None:
    assert network(address) == source


def test_a_source_may_connect_so_often_and_no_oftener_whoever_it_is() -> None:
    street = Street(known={"office": 0.0})
    for source in ("stranger", "office", "127.0.0.1"):
        came = [street.come(source) for _ in range(BURST + 5)]
        assert [isinstance(passage, str) for passage in came] == [False] * BURST + [True] * 5
    street.now += 1.0
    assert [isinstance(street.come("office"), Passage) for _ in range(3)] == [True, True, False]


def test_idle_connections_from_sixty_addresses_keep_no_member_out() -> None:
    street = Street()
    for number in range(60):
        for _ in range(20):
            street.come(f"stranger {number}")
    assert len(street.closed) == 1200 - CAPS.unproved
    member = street.come("member", "member")
    assert isinstance(member, Passage)
    for number in range(60):
        street.now += 1.0
        street.come(f"stranger {number}")
    assert "member" not in street.closed
    street.gate.proved(member)


def test_a_source_that_waits_too_often_loses_its_own_oldest() -> None:
    street = Street()
    for number in range(CAPS.unproved_each + 2):
        street.come("office", f"{number}")
    assert street.closed == ["0", "1"]


def test_where_every_source_has_one_connection_those_that_members_use_stay() -> None:
    street = Street(known={"office": 0.0})
    street.come("office", "office")
    for number in range(CAPS.unproved + 20):
        street.come(f"stranger {number}")
    assert "office" not in street.closed
    assert len(street.closed) == 21


def test_signed_in_connections_are_never_closed_for_others() -> None:
    street = Street(Caps(connections=3, for_each=3, unproved=3, unproved_each=3, rate=120, penalty=600))
    for number in range(3):
        passage = street.come(f"member {number}")
        assert isinstance(passage, Passage)
        street.gate.proved(passage)
    assert street.come("stranger") == "too many connections at once"
    assert street.closed == []


def test_penalties_grow_shut_a_source_out_and_decay() -> None:
    street = Street()
    for _ in range(2):
        street.fail("stranger", End.WRONG_PASSWORD)
    street.gate.leave(street.come("stranger"), End.WRONG_PASSWORD)  # type: ignore[arg-type]
    assert street.come("stranger") == "many connections that signed nobody in"
    assert isinstance(street.come("neighbour"), Passage)
    street.now += ENFORCED_FROM + 0.1
    assert isinstance(street.come("stranger"), Passage)


def test_a_penalty_has_an_upper_end() -> None:
    street = Street(Caps(connections=1000, for_each=1000, unproved=1000, unproved_each=1000, rate=6000, penalty=600))
    passages = []
    for _ in range(200):
        street.now += 0.1
        passages.append(street.come("stranger"))
    for passage in passages:
        assert isinstance(passage, Passage)
        street.gate.leave(passage, End.TOO_SLOW)
    street.now += CAPS.penalty - 1
    assert isinstance(street.come("stranger"), str)
    street.now += 1.1
    assert isinstance(street.come("stranger"), Passage)


def test_an_address_that_members_use_is_never_shut_out() -> None:
    street = Street(known={"office": KNOWN_SECONDS - 60})
    for _ in range(10):
        street.fail("office", End.WRONG_PASSWORD)
    assert isinstance(street.come("office"), Passage)
    street.now += 61.0
    for _ in range(3):
        street.fail("office", End.WRONG_PASSWORD)
    assert isinstance(street.come("office"), str), "thirty days are over"


def test_what_was_closed_to_make_room_is_no_fault_of_its_source() -> None:
    street = Street()
    passages = [street.come("office") for _ in range(BURST)]
    for passage in passages[: BURST - CAPS.unproved_each]:
        assert isinstance(passage, Passage)
        street.gate.leave(passage, End.WRONG_PASSWORD)
    street.now += 1.0
    assert isinstance(street.come("office"), Passage)


def test_a_bounded_number_of_sources_is_remembered() -> None:
    street = Street()
    for number in range(REMEMBERED + 100):
        street.fail(f"source {number}", End.NOTHING_TRIED)
    assert len(street.gate._sources) == REMEMBERED
