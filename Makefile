# The front door: `make demo` shows the product, `make test` proves it. Both set up everything first.
.DEFAULT_GOAL := help
SHELL := /bin/sh

# The first Python of ours that really runs (a version manager's shim may stand for one that is not there).
PYTHON ?= $(shell for p in python3 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null && command -v $$p && break; done)
DATA ?= ../shared/data
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
KERNEL := processing/meshes/_kernel/meshopt_simplifier.wasm
# Two make runs at once share nothing but caches. A third worker fills two cores while others wait.
WORKERS ?= 3

.PHONY: help setup demo up test test-real check mutants lock docs doctor clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: $(STAMPS)/environment $(STAMPS)/kernel $(STAMPS)/pages $(STAMPS)/warm ## everything demo and test need

demo: setup ## simulate a survey, upload it, process it, open the pages (ONCE=1: stop after the table)
	@$(BIN)/heritwin demo $(if $(ONCE),--once --json) $(DEMO)

up: setup ## serve on this machine, data in ./var
	@$(BIN)/heritwin up --data var

test: setup $(STAMPS)/viewer-tools ## every test, on real servers started by the run
	@$(BIN)/pytest tests -n $(WORKERS) $(PYTEST)

test-real: setup $(STAMPS)/viewer-tools ## the tests that read real scans: never skips
	@$(BIN)/pytest tests -n $(WORKERS) --no-skips --data=$(DATA) -m real_data $(PYTEST)

check: $(STAMPS)/environment ## lint, types, arrows, lock, compose file
	@$(BIN)/ruff check --no-cache .
	@$(BIN)/ruff format --no-cache --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@stack/setup/lock.sh check "$$(stack/setup/find-uv.sh $(VENV)-uv $(PYTHON))"
	@POSTGRES_PASSWORD=x VALKEY_PASSWORD=x S3_ACCESS_KEY=x S3_SECRET_KEY=x HERITWIN_SECRET=x HERITWIN_PUBLIC_URL=http://localhost \
		$(BIN)/docker-compose -f docker-compose.yml config -q 2>&1 | { ! grep .; } # its wheel exits 0 on errors

mutants: setup ## plant each known fault and see the test that turns red
	@$(BIN)/python -m tests.mutants

lock: ## take newer versions of what we stand on
	@stack/setup/lock.sh write "$$(stack/setup/find-uv.sh $(VENV)-uv $(PYTHON))"

docs: $(STAMPS)/environment ## build the handbook into site/
	@$(BIN)/mkdocs build --strict --quiet

doctor: setup ## say what this machine can and cannot do
	@$(BIN)/heritwin doctor

clean: ## remove what set-up made (never data)
	rm -rf $(VENV) $(VENV)-uv kernel/node_modules viewer/node_modules service/static site processing/meshes/_kernel

# Each stamp is one step of set-up; it is taken again when what it was made from changes.
$(STAMPS)/environment: requirements.lock pyproject.toml client/pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "heritwin needs Python 3.11 or 3.12: apt-get install python3" >&2; exit 1; }
	@stack/setup/system-libraries.sh
	@echo "heritwin: installing the locked environment" >&2
	@set -e; uv="$$(stack/setup/find-uv.sh $(VENV)-uv $(PYTHON))"; \
	[ -x $(BIN)/python ] || $$uv venv --quiet --python $(PYTHON) $(VENV); \
	$$uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock; \
	$$uv pip install --quiet --python $(BIN)/python --no-deps --editable . --editable client
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/kernel: $(STAMPS)/environment kernel/package-lock.json processing/meshes/kernels/setup.py
	@echo "heritwin: unpacking the simplification kernel" >&2
	@stack/setup/npm.sh $(BIN)/python kernel ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@$(BIN)/python -m processing.meshes.kernels.setup kernel/node_modules $(KERNEL)
	@touch $@

$(STAMPS)/pages: $(STAMPS)/environment viewer/package-lock.json $(shell find viewer/src viewer/index.html viewer/public viewer/vite.config.ts -type f 2>/dev/null)
	@echo "heritwin: building the pages" >&2
	@stack/setup/npm.sh $(BIN)/python viewer ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@stack/setup/npm.sh $(BIN)/python viewer run --silent build -- --logLevel warn
	@touch $@

$(STAMPS)/warm: $(STAMPS)/environment $(shell find processing -name '*.py' 2>/dev/null)
	@echo "heritwin: compiling the numerical kernels (a minute, once)" >&2
# A kernel's code holds that of the kernels it calls, and numba looks at its own file only: all anew.
	@rm -rf $(VENV)/numba
	@PYTHONDONTWRITEBYTECODE= NUMBA_CACHE_DIR=$(CURDIR)/$(VENV)/numba $(BIN)/python -m processing warm 2>/dev/null >/dev/null
	@touch $@

# Headless Chromium for the browser tests: installed where root allows, else those tests say they were skipped.
$(STAMPS)/viewer-tools: $(STAMPS)/environment
	@command -v chromium >/dev/null 2>&1 || stack/setup/system-libraries.sh chromium
	@touch $@
