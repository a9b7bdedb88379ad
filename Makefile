# Everything from a bare clone: needs Python 3.11 to 3.13 (with venv), make and git, and brings the rest.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Where this is set, every process compiles every library anew, which takes longer than most of what they do.
export PYTHONDONTWRITEBYTECODE :=

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV := $(shell command -v uv || echo .tools/bin/uv)

# What `make check` runs, fastest to fail first.
CHECKS := check-format check-lint check-imports check-types check-sql check-dbt

.PHONY: help
help: ## List the targets
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  \1\t\2/p' Makefile | expand -t 10

.PHONY: demo
demo: $(READY) ## A market, its data side and every page; ONCE=1 ends after the summary
	$(BIN)/sauda demo $(if $(filter-out 0,$(ONCE)),--once)

.PHONY: up
up: $(READY) ## API, worker, Dagster and dashboards on the data of SAUDA_HOME
	$(BIN)/sauda up

.PHONY: test
test: check chromium ## The checks and the whole test suite
	$(BIN)/pytest -n 2

.PHONY: check $(CHECKS)
check: $(CHECKS) ## Formatting, lint, types, imports between rooms, SQL

check-format: $(READY)
	$(BIN)/ruff format --check .

check-lint: $(READY)
	$(BIN)/ruff check .

check-types: $(READY)
	$(BIN)/mypy

check-imports: $(READY)
	$(BIN)/lint-imports

check-sql: $(READY)
	$(BIN)/sqlfluff lint transforms/models

check-dbt: $(READY)
	$(BIN)/dbt parse --warn-error --profiles-dir transforms/profiles

.PHONY: bench
bench: $(READY) ## Every benchmark of the catalogue, each one JSON object
	$(BIN)/sauda bench all

.PHONY: client
client: $(READY) ## The generated part of the Python client, from the API as it is
	$(BIN)/python -m serving.client_source

.PHONY: fuzz
fuzz: $(READY) ## Many made-up requests to every operation of the API; EXAMPLES says how many to each
	FUZZ_EXAMPLES=$(or $(EXAMPLES),150) $(BIN)/pytest -n 2 tests/serving/test_fuzz.py

.PHONY: lock
lock: | $(UV) ## Resolve pyproject.toml anew into requirements.lock
	$(UV) pip compile pyproject.toml --extra dev --universal --generate-hashes --no-strip-extras \
		--no-emit-index-url --no-header --no-annotate --quiet --output-file requirements.lock

.PHONY: clean
clean: ## Stop the embedded Postgres; remove environment, tools and caches (the data of SAUDA_HOME stays)
	@if [ -x $(BIN)/sauda ]; then $(BIN)/sauda db stop || true; fi
	rm -rf $(VENV) .tools target dbt_packages logs
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml requirements.lock | $(UV)
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "$$($(PYTHON) --version) will not do; name a Python 3.11, 3.12 or 3.13: make PYTHON=python3.12" >&2; exit 1; }
	@[ -x $(BIN)/python ] || $(UV) venv --quiet --no-python-downloads --python "$$(command -v $(PYTHON))" $(VENV)
	$(UV) pip sync --quiet --python $(BIN)/python requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

.tools/bin/uv:
	@$(PYTHON) -m venv .tools || \
		{ rm -rf .tools; echo "this Python cannot make environments; on Debian: apt-get install python3-venv" >&2; exit 1; }
	.tools/bin/pip install --quiet uv

.PHONY: chromium
chromium:
	@if command -v chromium chromium-browser google-chrome >/dev/null; then exit 0; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		{ apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || \
			echo "note: chromium could not be installed; the tests of the pages are skipped" >&2; \
	else \
		echo "note: no chromium here, the tests of the pages are skipped; to have them: sudo apt-get install chromium" >&2; \
	fi
