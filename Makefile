# Two commands do everything: `make demo` shows the shop, `make test` runs the tests.
# Both make their own .venv; nothing else has to be installed but Python 3.11+ and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8137
SETUP := setup.cfg setup.py pyproject.toml $(wildcard guardrail/*/*.px*)

.PHONY: help demo test plain chaos soak check lint types imports coverage bench bench-instructions bench-picture clean

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## make demo      the example shop, guarded, with nothing but this checkout (memory ledger)
demo: $(VENV)/.demo
	$(BIN)/python -m guardrail demo --port $(PORT)

## make test      all tests; a real redis-server is found on PATH, else brought as a wheel
test: $(VENV)/.test
	$(BIN)/python -m pytest

## make plain     the same without the compiled parts, where these would be used
plain: $(VENV)/.test
	GUARDRAIL_TEST_PLAIN=1 $(BIN)/python -m pytest tests/act tests/contract tests/golden tests/intercept tests/pipeline tests/service tests/wire

## make chaos     races, outages and a cluster: what `make test` has no time for
chaos: $(VENV)/.test
	$(BIN)/python -m pytest tests/chaos -m "chaos or not chaos"

## make soak      ten minutes at full load with gunicorn and Redis: does anything grow?
soak: $(VENV)/.test
	$(BIN)/python -m benchmarks.soak

## make check     lint, types, import direction, tests, 100 % branch coverage of the pure packages
check: lint types imports coverage plain

lint: $(VENV)/.check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.check
	$(BIN)/mypy

imports: $(VENV)/.check
	$(BIN)/lint-imports

PURE := guardrail/model.py,guardrail/ruleset.py,guardrail/customer.py,guardrail/routes.py,guardrail/taxonomy.py,guardrail/tolerance.py,guardrail/pipeline/*,guardrail/say/*,guardrail/extract/*,guardrail/score/*,guardrail/decide/*,guardrail/treat/*,guardrail/act/*,guardrail/facts/*

coverage: $(VENV)/.check
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine
	$(BIN)/coverage report --include='$(PURE)' --fail-under=100
	$(BIN)/coverage report

## make bench     what the guard costs, as ratios against floors; BENCH=--quick without servers,
##                BENCH=--keep puts the figures into docs/reference/performance.md
bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks $(BENCH)

## make bench-instructions  instructions a response (needs valgrind), which no busy machine changes
bench-instructions: $(VENV)/.bench
	$(BIN)/python -m benchmarks.instructions $(BENCH)

## make bench-picture  where the time of one response goes, drawn anew
bench-picture: $(VENV)/.bench
	$(BIN)/python -m benchmarks.flame $(BENCH)

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "guardrail needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(SETUP) | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[demo]'
	touch $@

$(VENV)/.test: $(SETUP) | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	touch $@

$(VENV)/.check: $(SETUP) | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,check]'
	touch $@

$(VENV)/.bench: $(SETUP) | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,bench]'
	touch $@
