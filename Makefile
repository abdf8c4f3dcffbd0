# The house: `make` lists what it can do.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
DEMO_DIR ?= ./demo
JOBS ?= logical
BIN := .venv/bin
PYTEST := $(BIN)/pytest -q -n $(JOBS) --dist worksteal
export DEMO_DIR
# Each worker and each command that a test starts would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## List the targets
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | while IFS=$$'\t' read -r target text; do printf '  make %-10s %s\n' "$$target" "$$text"; done

.PHONY: setup
setup: ## Install what development needs (asks first; YES=1 answers)
	@scripts/setup --development

.PHONY: demo
demo: ## Show the whole loop in DEMO_DIR (default ./demo)
	@scripts/setup --runtime
	@scripts/demo

.PHONY: test
test: ## Run every test, the slow ones too
	@$(if $(CI),YES=1) scripts/setup --development
	@$(PYTEST)

.PHONY: faults
faults: ## Inject every fault at full length (hours) and write docs/faults.md
	@scripts/setup --development
	@$(PYTEST) --faults-table docs/faults.md --verbose

.PHONY: bench
bench: ## Measure speed beside the peers (ROWS="observe plan": only those; QUICK=1: small) and write bench/RESULTS.md
	@scripts/setup --development
	@$(BIN)/python -m bench $(ROWS)

.PHONY: check
check: ## Format, lint, types, layers and the fast tests of units and words, in under 30 seconds
	@scripts/setup --development
	@scripts/lint & lint=$$!; $(PYTEST) tests/unit tests/golden -m "not slow" --hypothesis-profile=quick --durations=5 --durations-min=2 || red=1; wait $$lint && exit $${red:-0}

.PHONY: coverage
coverage: ## Branches of the pure rooms that the fast tests reach; fails under 95 % of them
	@scripts/setup --development
	@$(PYTEST) tests/unit tests/golden -m "not slow" --hypothesis-profile=quick --cov --cov-report=term --cov-report=json:.coverage.json
	@$(BIN)/python scripts/branches.py .coverage.json 95

.PHONY: generate
generate: ## Rewrite what is made from the code: schemas, reference pages, the help
	@scripts/setup --development
	@$(BIN)/python -m reconciler.operations.generate
	@$(BIN)/python -m reconciler.cli.generate
