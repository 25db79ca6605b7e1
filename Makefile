# Everything anyone has to run. Each target makes what it needs: a fresh checkout wants only
# make and Python 3.11 or later.

PYTHON ?= python3
VENV ?= .venv
WORKERS ?= $(shell nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check
SOURCES := npq_domain adapters examples benchmarks tests

.DELETE_ON_ERROR:
.PHONY: help demo test long coverage lint format types walls wheel bench figures faults hooks clean

help: ## Say what there is to run
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.demo ## Run a whole intake from the example files and print the views
	@$(VENV)/bin/npq demo $(DEMO)

# Tests start hundreds of processes: what is compiled once is loaded in half the time.
test long: export PYTHONDONTWRITEBYTECODE :=

test: $(VENV)/.dev ## Run every test but the long ones, PostgreSQL included
	$(PY) -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

# What takes a minute by itself takes five on a machine that others use.
long: $(VENV)/.dev ## Run the long tests
	$(PY) -m pytest -n $(WORKERS) --dist worksteal --timeout 1200 -m long $(TESTS)

coverage: $(VENV)/.dev ## Write docs/coverage.md and docs/refusals.md anew, after tests or codes changed
	$(PY) -m tests.coverage.refusals
	$(PY) -m tests.coverage.table

lint: $(VENV)/.dev ## Check style, format and spelling
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m codespell_lib

format: $(VENV)/.dev ## Put sources into the house style
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

types: $(VENV)/.dev ## Check types
	$(PY) -m mypy

walls: $(VENV)/.dev ## Check which package may import which
	$(VENV)/bin/lint-imports --no-logo

wheel: $(VENV)/.dev ## Build the wheel into dist/
	rm -rf dist
	$(PY) -m build --wheel --outdir dist .

bench: $(VENV)/.dev ## Measure this library beside stock eventsourcing and the floor
	$(PY) -m benchmarks $(BENCH)

figures: $(VENV)/.dev ## Measure everything anew and write docs/benchmarks.md: about an hour
	$(PY) -m benchmarks.tiers --json docs/benchmarks/tiers.json
	$(PY) -m benchmarks.following --json docs/benchmarks/following.json
	$(PY) -m benchmarks --write docs/benchmarks.md

faults: $(VENV)/.dev ## Kill, fail, repeat and race, and count what is lost
	$(PY) -m benchmarks.faults $(FAULTS)

hooks: $(VENV)/.dev ## Have git check each commit
	$(PY) -m pre_commit install

clean: ## Remove all that these targets made
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

# What is installed is remembered by stamps, so that a second run is quick and a changed
# pyproject.toml installs anew.

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "npq_domain needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Name another: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)

$(VENV)/.demo: pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable '.[cli]'
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.demo
