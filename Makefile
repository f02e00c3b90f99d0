# Each target sets up all that it needs. `make demo` and `make test` are the two commands of the README.
.PHONY: demo demo-blob test test-long lint lock clean
.DEFAULT_GOAL := help
unexport PYTHONDONTWRITEBYTECODE
export DAGSTER_DISABLE_TELEMETRY = 1

PYTHON := .venv/bin/python

.PHONY: help runtime dev judges
help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

runtime:
	@tools/bootstrap.sh runtime
judges:  ## the environment of validators that the long tests ask
	@tools/bootstrap.sh judges

dev:
	@tools/bootstrap.sh dev

demo: runtime  ## ten nights, a signed pack for each, one audit pack; everything under demo/
	@$(PYTHON) tools/demo.py --store local

demo-blob: dev  ## the same on Azure Blob Storage (Azurite), and both stores' packs compared
	@$(PYTHON) tools/demo.py --store azure_blob

test: dev lint  ## what CI runs: types, style, import contracts, tests
	@$(PYTHON) -m pytest -n 2 -m "not slow"

test-long: dev judges lint  ## all tests, the slow ones too
	@$(PYTHON) -m pytest -n 2

lint: dev  ## ruff, mypy --strict, import contracts
	@.venv/bin/ruff check --quiet . && .venv/bin/ruff format --check --quiet .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-cache --no-logo

lock: dev  ## lock the requirements again: with hashes, without addresses
	@tools/lock.sh

clean:  ## remove what demo and tests made, not .venv
	@rm -rf demo demo-blob .pytest_cache .mypy_cache .ruff_cache .hypothesis
