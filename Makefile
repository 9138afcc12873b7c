# ExoLedger. `make run` and `make test` are all anybody needs; `make help` lists the rest.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help
.PHONY: help run test test-sqlite test-postgresql lint bench lock squash screenshots clean

help: ## list what make can do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

# Stamps say which lock file the environment was made from: a changed lock file makes it anew.
$(VENV)/ready: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/ready-dev: requirements-dev.txt $(VENV)/ready
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

run: $(VENV)/ready ## set everything up and serve it on 127.0.0.1 (PORT=8000) with example data
	@$(BIN)/python -m config.start --port $(PORT)

test: $(VENV)/ready-dev ## every test on SQLite and, where its programs are, the database's tests on PostgreSQL
	@$(BIN)/python -m tests.run

test-sqlite: $(VENV)/ready-dev ## every test on SQLite only
	@$(BIN)/python -m tests.run sqlite

test-postgresql: $(VENV)/ready-dev ## every test that meets a database, on a throw-away PostgreSQL
	@$(BIN)/python -m tests.run postgresql

lint: $(VENV)/ready-dev ## the house checks: ruff, mypy, import-linter, migrations, templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy audit accounts batches qc config
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/python manage.py makemigrations --check --dry-run

bench: $(VENV)/ready-dev ## speed against the admin baseline, in one run
	$(BIN)/python -m benchmarks.run

lock: $(VENV)/ready-dev ## write the lock files anew from the .in files
	$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header -c requirements.txt requirements-em.in -o requirements-em.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header -c requirements.txt requirements-dev.in -o requirements-dev.txt

squash: $(VENV)/ready-dev ## write the migrations that make an empty database at once anew, from the steps
	$(BIN)/python -m tests.squash

screenshots: $(VENV)/ready-dev ## take the README's pictures from a running product (PORT=8000)
	$(BIN)/python -m tests.journeys.screenshots --port $(PORT)

clean: ## forget the environment and the example data
	rm -rf $(VENV) static_built data
