# Two commands for everybody: `make up` and `make test`. The rest is for developers.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests wait for processes a fifth of their time: three workers keep two cores busy. Files are run in the order that
# tests/conftest.py gives them, not by the number of their tests.
WORKERS ?= 3
PARALLEL := -n $(WORKERS) --dist loadfile --no-loadscope-reorder
NODE_OK := $(shell node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' 2>/dev/null && echo yes)

# Packages of npm's that are optional: what needs them is skipped, with a reason, where Node is missing.
ifeq ($(NODE_OK),yes)
PEERS := bench/peers/node_modules/.installed
INTEROP := tests/interop/node_modules/.installed
endif

.PHONY: up test lint check bench soak docs pages clean lock

up: $(VENV)/.installed pages
	@exec $(BIN)/izara up $(ARGS)

# Hundreds of processes load the same modules: where bytecode is not kept, each of them compiles all of it anew.
test check soak: export PYTHONDONTWRITEBYTECODE :=

test: $(VENV)/.installed-dev pages $(INTEROP)
	$(BIN)/python -m pytest $(PARALLEL) -m "not slow" $(ARGS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint
	$(BIN)/python -m pytest -q $(PARALLEL) -m "not stack and not slow" tests/unit

bench: $(VENV)/.installed-dev $(PEERS)
	$(BIN)/python -m bench $(ARGS)

soak: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -m slow -o timeout=43200 $(ARGS)

docs: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -q tests/docs

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (PYTHON=... chooses one)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements/lock.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/lock.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements/dev-lock.txt $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev-lock.txt
	@touch $@

ifeq ($(NODE_OK),yes)
pages: console/dist/index.html
console/dist/index.html: console/package-lock.json console/node_modules/.installed $(shell find console/src console/*.html console/*.ts console/*.json -type f 2>/dev/null)
	cd console && npm run --silent build
	@touch $@
else
pages:
	@echo "Node 20 or newer was not found: the console is left out, and GraphiQL takes its assets from the web"
endif

%/node_modules/.installed: %/package-lock.json
	cd $* && npm ci --no-audit --no-fund --silent
	@touch $@

# Writes the lock files anew from pyproject.toml.
lock: $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements/lock.txt pyproject.toml requirements/build.in
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev -o requirements/dev-lock.txt pyproject.toml requirements/build.in

clean:
	rm -rf $(VENV) console/node_modules console/dist bench/peers/node_modules tests/interop/node_modules build *.egg-info
