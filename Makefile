# Everything a developer does; needs python3 >= 3.11, git and make. `make help` lists it.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

# Set on the command line: make test PYTEST_ARGS="-k webroot", make lock LOCK_ARGS=--upgrade
PYTEST_ARGS ?=
# Tests wait for servers more than they compute: more of them at once than a machine has cores.
WORKERS     ?= 4
BENCH_ARGS  ?=
# For a release: make audit AUDIT_ARGS=--required
AUDIT_ARGS  ?=
LOCK_ARGS   ?=

export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help install demo test chaos lint format types audit bench dist lock clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

install: $(STAMP) ## make the virtual environment .venv (the others do it, too)

demo: $(STAMP) ## order certificates from a local ACME CA, and show it
	@$(BIN)/python -m tools.demo

test: $(STAMP) ## run all tests, those against a real ACME CA among them
	@$(BIN)/python -m pytest -n $(WORKERS) $(PYTEST_ARGS)

chaos: $(STAMP) ## run the tests that take minutes: kills, faults, fuzzers, load
	@$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements-fuzz.txt || \
		echo "atheris cannot be installed here; the other fuzzers run all the same" >&2
	@$(BIN)/python -m pytest --chaos -n $(WORKERS) $(PYTEST_ARGS)

lint: $(STAMP) ## check style, format and the direction of imports
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/lint-imports

format: $(STAMP) ## put the code in form
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

types: $(STAMP) ## check types
	@$(BIN)/mypy

audit: $(STAMP) ## ask whether the locked dependencies have known vulnerabilities
	@$(BIN)/python -m tools.audit requirements.txt requirements-dev.txt $(AUDIT_ARGS)

bench: $(STAMP) ## measure issuing, planning and more, beside the peers that are installed
	@$(BIN)/python -m benchmarks $(BENCH_ARGS)

dist: $(STAMP) ## build the release into dist/, with its bill of materials
	@$(BIN)/python -m tools.dist

# All files hold for CPython 3.11 to 3.14 on Linux and macOS. The first is resolved to what the second has.
lock: $(STAMP) ## renew requirements*.txt (LOCK_ARGS=--upgrade: newer versions)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet 'uv>=0.9'
	@$(call compile,requirements-dev.txt,--group dev)
	@$(call compile,requirements.txt,--constraint requirements-dev.txt)
	@$(BIN)/uv pip compile --group pyproject.toml:fuzz --output-file requirements-fuzz.txt $(COMPILE_ARGS)

compile = $(BIN)/uv pip compile pyproject.toml $(2) --output-file $(1) $(COMPILE_ARGS)

COMPILE_ARGS = --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --quiet \
	--custom-compile-command "make lock" $(LOCK_ARGS)

clean: ## remove the virtual environment and what tools have left behind
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): requirements-dev.txt pyproject.toml
	@command -v $(PYTHON) > /dev/null || \
		{ echo "python3 is missing: install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$$($(PYTHON) --version) is too old: Python 3.11 or newer is needed; name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || \
		{ echo "$(PYTHON) has no venv module with pip: on Debian and Ubuntu, apt-get install python3-venv" >&2; exit 1; }
	@test ! -L $(VENV) || \
		{ echo "$(VENV) is a link: what it leads to is not emptied for this; remove the link, or install there" >&2; exit 1; }
	@echo "making $(VENV) (once) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
