"""What the machines stand on that do things to a forum in any order: a database of its own for each run."""

import shutil
import tempfile
from datetime import datetime
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from bbs.store import Store
from tests.conftest import Group, SetClock, make_group


class StandingClock(SetClock):
    """A clock that moves when it is told to."""

    def __call__(self) -> datetime:
        return self.at


class ForumMachine(RuleBasedStateMachine):
    """Subclasses say in an `initialize` rule what is in the forum at first. `template` is the database to begin with."""

    template: Path
    clock_kind: type[SetClock] = SetClock

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        path = f"{self._folder.name}/forum.db"
        shutil.copy(self.template, path)
        clock = self.clock_kind()
        self.group: Group = make_group(Store(f"sqlite:///{path}", clock=clock), clock)

    def teardown(self) -> None:
        self.group.store.close()
        self._folder.cleanup()


def run(machine: type[ForumMachine], template: Path, *, examples: int, steps: int) -> None:
    """Try a machine on this template: so many runs of so many steps."""
    limits = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(type(machine.__name__, (machine,), {"template": template}), settings=limits)
