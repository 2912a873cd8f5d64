# Everything from nothing: each target makes the virtual environment it needs.
PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.installed
BIN := $(VENV)/bin

.PHONY: install serve test test-calendars check format bench bench-queries attack soak screenshot clean

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] < (3, 14)))' || \
	  { echo "Staffroom needs Python 3.11, 3.12 or 3.13: try 'make $(or $(MAKECMDGOALS),install) PYTHON=python3.13'." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo "Python's venv module is missing: on Debian, 'apt install python3-venv'." >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

serve: $(STAMP)
	@exec $(BIN)/bbs serve

test: export PYTHONDONTWRITEBYTECODE :=  # tests start `bbs` often, and each start would compile all of it again
test: $(STAMP)
	$(BIN)/python -m pytest -n auto

test-calendars: $(STAMP)
	$(BIN)/python -m tests.calendars.others

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP)
	$(BIN)/python -m bench.sessions

bench-queries: $(STAMP)
	$(BIN)/python -m bench.queries

ATTACK := .venv-attack

attack: $(STAMP) $(ATTACK)/.installed
	$(BIN)/python -m bench.attack

$(ATTACK)/.installed: bench/attack/requirements.txt
	$(PYTHON) -m venv $(ATTACK)
	$(ATTACK)/bin/python -m pip install --quiet --disable-pip-version-check -r bench/attack/requirements.txt
	@touch $@

MINUTES ?= 60

soak: $(STAMP)
	$(BIN)/python -m bench.soak --minutes $(MINUTES)

screenshot: $(STAMP)
	$(BIN)/python docs/screenshot.py

clean:
	rm -rf $(VENV) $(ATTACK) dist build .mypy_cache .ruff_cache .pytest_cache
