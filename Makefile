# mockloop: `make run` shows it, `make test` proves it. Needs Python 3.11+, a C compiler and make; everything else goes into .venv.
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
    command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
CORE := $(wildcard cext/*.pyx cext/*.pxd cext/*.h cext/*/*.pyx cext/*/*.pxd cext/*/*.py cext/tables/*.toml cext/tables/*/*.toml rigs/*.pyx rigs/*.pxd)
WEB := $(wildcard controller/console/web/*.* controller/console/web/src/*.* controller/console/web/src/lib/*.*)
DEBUG := build/debug/lib
export MOCKLOOP_NATIVE ?= 1
# What is run from here is the project of this folder, never another one that PYTHONPATH names.
unexport PYTHONPATH

.PHONY: run build console checked debug test test-slow test-debug bench validation docs lint types clean tools

run: build
	@$(BIN)/mockloop run iabp-weaning

build: $(VENV)/built $(VENV)/console

tools:
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11 or newer with venv found: install it (Debian: apt-get install python3 python3-venv)"; exit 1; }
	@command -v $${CC:-cc} >/dev/null || { echo "make: no C compiler found: install one (Debian: apt-get install gcc libc6-dev)"; exit 1; }
	@$(PYTHON) -c 'import os, sysconfig, sys; sys.exit(not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")))' \
	  || { echo "make: Python.h is missing for $(PYTHON): install its headers (Debian: apt-get install python3-dev)"; exit 1; }

$(VENV)/ready: pyproject.toml | tools
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing dependencies into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "setuptools>=80" "cython>=3.1,<4" "numpy>=2.0" wheel
	@touch $@

$(VENV)/built: $(VENV)/ready $(CORE) setup.py
	@echo "building the core"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation -e .
	@touch $@

# The console's front end. Where it cannot be built (no network) all else works and the console says so; 'make console' tries again.
FRONT_END = $(BIN)/python controller/console/web/front_end.py --install-node
$(VENV)/console: $(VENV)/built $(WEB)
	@echo "building the console's front end"
	@$(FRONT_END) || echo "make: everything but the console works without it; 'make console' tries again"
	@touch $@

console: $(VENV)/built
	@$(FRONT_END)

# What only tests and checks need is not installed for a mere run.
$(VENV)/extras: $(VENV)/built $(VENV)/console
	@echo "installing what tests and checks need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation -e '.[test,lint]'
	@touch $@

checked: $(VENV)/extras

debug: checked
	@MOCKLOOP_BUILD=debug $(BIN)/python setup.py --quiet build --build-base build/debug --build-lib $(DEBUG)

test: checked
	@$(BIN)/pytest -q -n auto

test-slow: checked
	@$(BIN)/pytest -q -m slow

# The same tests against the core with bounds checks, assertions and the undefined-behaviour sanitizer.
test-debug: debug
	@MOCKLOOP_BUILD=debug PYTHONSAFEPATH=1 PYTHONPATH=$(CURDIR)/$(DEBUG) $(BIN)/pytest -q \
	  tests/core tests/plant tests/rigs tests/safety hil_tests

bench: build
	@$(BIN)/mockloop bench

validation: build
	@$(BIN)/python -m controller.validation docs/validation.md

# The pages as a site in build/docs, with the reference made of the program's tables; a broken link between them fails.
docs: $(VENV)/built
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "mkdocs-material>=9.5,<10"
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict -f .ci/mkdocs.yml && echo "written: build/docs/index.html"

lint: checked
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: checked
	@$(BIN)/mypy

clean:
	rm -rf $(VENV) build dist *.egg-info cext/generated
	find cext rigs -name '*.so' -delete
