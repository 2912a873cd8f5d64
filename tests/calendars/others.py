"""Calendar files as ical.js, node-ical, khal and ics read them: `make test-calendars`.

The libraries are installed in a temporary folder, with npm and pip, and are gone afterwards. A reader that takes a time
for another one is named, with the first years that it gets wrong; so is one that cannot be installed.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from bbs.services.calendars import written
from tests.calendars.made import STAMP, instants, pages

NODE = {"ical.js": "ical.js@2.2.1", "node-ical": "node-ical@0.27.2"}
PYTHON = {"khal": "khal==0.14.1", "ics": "ics==0.7.3"}
INSTALLED_WITHIN, READ_WITHIN = 300, 120
"""Seconds."""

_KHAL = """
import json, sys
from zoneinfo import ZoneInfo
from khal.icalendar import cal_from_ics
found = []
for event in cal_from_ics(open(sys.argv[1], newline="").read()).walk("VEVENT"):
    times = [event[name].dt.timestamp() * 1000 for name in ("DTSTART", "DTEND")]
    found.append([str(event["UID"]), *times])
print(json.dumps(found))
"""
_ICS = """
import json, sys
from ics import Calendar
found = [[event.uid, event.begin.timestamp() * 1000, event.end.timestamp() * 1000]
         for event in Calendar(open(sys.argv[1], newline="").read()).events]
print(json.dumps(found))
"""
Times = dict[str, tuple[float, float]]


def main() -> int:
    made = pages()
    meant = {uid: tuple(at.timestamp() * 1000 for at in both) for uid, both in instants(made).items()}
    zones = {one.uid: one.line.zone for one in made}
    wrong = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        path = folder / "meetings.ics"
        path.write_bytes(written(made, STAMP, has_alarms=True).encode())
        for name in (*NODE, *PYTHON):
            try:
                read = _by_node(name, folder, path) if name in NODE else _by_python(name, folder, path)
            except (OSError, subprocess.SubprocessError, ValueError) as error:
                print(f"{name}: did not read it ({str(error)[:200]})")
                wrong += 1
                continue
            wrong += _compared(name, read, meant, zones)
    return int(bool(wrong))


def _by_node(name: str, folder: Path, path: Path) -> Times:
    place = folder / name
    place.mkdir()
    _run(
        ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(place), NODE[name]], INSTALLED_WITHIN
    )
    script = Path(__file__).with_name("read.mjs")
    return _times(_run(["node", str(script), name, str(place), str(path)], READ_WITHIN))


def _by_python(name: str, folder: Path, path: Path) -> Times:
    place = folder / name
    venv.create(place, with_pip=True)
    python = str(place / "bin" / "python")
    _run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PYTHON[name]], INSTALLED_WITHIN)
    return _times(_run([python, "-c", {"khal": _KHAL, "ics": _ICS}[name], str(path)], READ_WITHIN))


def _run(command: list[str], seconds: int) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False,
                          env={**os.environ, "TZ": "UTC"})  # fmt: skip
    if done.returncode:
        raise ValueError(" ".join(done.stderr.split())[-200:])
    return done.stdout


def _times(printed: str) -> Times:
    return {uid: (begin, end) for uid, begin, end in json.loads(printed.strip().splitlines()[-1])}


def _compared(name: str, read: Times, meant: dict[str, tuple[float, ...]], zones: dict[str, str]) -> int:
    """How many a reader got wrong that it is not known to get wrong."""
    bad = {uid: meant[uid][0] for uid in meant if read.get(uid) != meant[uid]}
    years = Counter(datetime.fromtimestamp(begin / 1000, UTC).year for begin in bad.values())
    new = [uid for uid, begin in bad.items() if not _is_known(name, zones[uid], begin)]
    print(f"{name}: {len(meant) - len(bad)} of {len(meant)} meetings right"
          + (f"; wrong by year: {dict(sorted(years.items()))}" if bad else "")
          + (f"; not known before, by zone: {dict(Counter(zones[uid] for uid in new))}" if new else ""))  # fmt: skip
    return len(new)


def _is_known(name: str, zone: str, begin: float) -> bool:
    """What a reader gets wrong from a correct file; docs/calendars.md names it. khal goes by tables that end in 2037."""
    year = datetime.fromtimestamp(begin / 1000, UTC).year
    return name == "khal" and (year > 2037 or zone == "Africa/Casablanca")


if __name__ == "__main__":
    sys.exit(main())
