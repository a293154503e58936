# Every target sets up what it needs; none asks for a step before it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := demo
.PHONY: demo test lint screenshots snapshots bench soak lock clean

demo: $(READY) ## run the monitor on the simulated account
	$(BIN)/callmon --demo

test: lint ## everything that must be true
	$(BIN)/python -m pytest

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports

screenshots: $(READY) ## draw screenshots/ anew: fixed seed, fixed clock
	$(BIN)/python -m tests.screenshots

snapshots: $(READY) ## accept the screens as they are; look at every one of them first
	$(BIN)/python -m pytest tests/console --snapshot-update

bench: $(READY) ## measure speed, memory and bytes against a minimal Textual application
	$(BIN)/python -m tests.bench

soak: $(READY) ## a simulated week, the feed's stateful test at length, a hundred killed writers; about 20 minutes
	$(BIN)/python -m tests.soak

lock: ## choose newer versions; needs uv
	uv pip compile --universal --generate-hashes --no-header --python-version 3.11 --group dev \
		pyproject.toml --output-file requirements.lock

clean:
	rm -rf $(VENV) build dist

$(READY): pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@
