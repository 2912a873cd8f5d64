"""Guessing gets slow, for whoever guesses, and never locks a member out."""

import time

from bbs.guesses import FORGET_SECONDS, FREE_TRIES, LONGEST_DELAY, REMEMBERED, Guesses


def test_delays_grow_and_end() -> None:
    now = [0.0]
    guesses = Guesses(clock=lambda: now[0])
    delays = [guesses.begin("1.2.3.4", "@ross") for _ in range(40)]
    assert delays[: FREE_TRIES + 1] == [0.0] * FREE_TRIES + [0.5]
    assert delays == sorted(delays)
    assert delays[-1] == LONGEST_DELAY
    assert guesses.begin("5.6.7.8", "@isla") == 0
    assert guesses.begin("5.6.7.8", "@ross") == LONGEST_DELAY
    now[0] += FORGET_SECONDS
    assert guesses.begin("1.2.3.4", "@ross") == 0


def test_a_right_password_ends_the_delays() -> None:
    guesses = Guesses(clock=time.monotonic)
    for _ in range(9):
        guesses.begin("1.2.3.4", "@ross")
    assert guesses.are_many("1.2.3.4")
    guesses.was_right("1.2.3.4", "@ross")
    assert not guesses.are_many("1.2.3.4")
    assert guesses.begin("1.2.3.4", "@ross") == 0


def test_what_was_not_looked_at_is_no_guess() -> None:
    guesses = Guesses(clock=time.monotonic)
    for _ in range(20):
        guesses.begin("@ross")
        guesses.was_not_looked_at("@ross")
    assert guesses.begin("@ross") == 0


def test_a_bounded_number_of_subjects_is_remembered() -> None:
    guesses = Guesses(clock=time.monotonic)
    for number in range(REMEMBERED + 2000):
        guesses.begin(f"source {number}")
    assert len(guesses._counts) == REMEMBERED
