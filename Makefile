# Everything a person or CI runs. Needs python 3.11 or newer with venv, and make; `make` lists it all.

VENV   := .venv
PY     := $(VENV)/bin/python
ADDR   ?= $(or $(WIREROOM_ADDR),127.0.0.1:8787)
PYTHON ?=
PIP    := $(PY) -m pip --disable-pip-version-check install --quiet
# The lock files are complete, so nothing is resolved: a newer release elsewhere cannot change the answer.
LOCKED := --no-deps --require-hashes --only-binary :all:

# A stamp is named after what it was made from, so a changed lock file or a moved folder is stale.
sum    = $(shell { pwd; cat pyproject.toml $(1); } | cksum | tr -d ' ')
READY := $(VENV)/.ready-$(call sum,requirements.lock requirements-build.lock)
TOOLS := $(VENV)/.tools-$(call sum,requirements-dev.lock requirements-build.lock)

.PHONY: help run test test-browser picture check lint types types-js contracts wheel-test audit lock clean
.DEFAULT_GOAL := help

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

run: $(READY) ## the example day on ADDR; if 127.0.0.1:8787 is taken: make run ADDR=127.0.0.1:8801
	@exec $(VENV)/bin/wireroom serve --mock --examples ./examples --addr $(ADDR)

test: $(TOOLS) ## every test, with coverage of at least 90 %
	$(PY) -m pytest -n auto --dist loadgroup --cov=engine --cov=server --cov-report=term --cov-fail-under=90

test-browser: $(TOOLS) ## the page in a real Chromium (CHROMIUM names another than /usr/bin/chromium)
	@.ci/node-tools $(VENV)/node
	$(PY) -m pytest tests/browser

picture: $(TOOLS) ## take the pictures of the example day in docs/pictures
	$(PY) -m tests.browser.picture docs/pictures

check: lint types types-js contracts test wheel-test ## what CI runs

lint: $(TOOLS) ## ruff
	$(PY) -m ruff check
	$(PY) -m ruff format --check

types: $(TOOLS) ## mypy --strict
	$(PY) -m mypy --strict

# The page runs as it is written, so nothing is built: TypeScript only reads the JSDoc types.
types-js: $(TOOLS) ## the types of the page's scripts, where there is a Node
	@.ci/node-tools $(VENV)/node
	@[ ! -x $(VENV)/node/node_modules/.bin/tsc ] || $(VENV)/node/node_modules/.bin/tsc --project tsconfig.json

contracts: $(TOOLS) ## import-linter: which room may know which
	$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

wheel-test: $(TOOLS) ## build the wheel and start it with this tree out of reach
	.ci/wheel-test $(PY)

audit: $(TOOLS) ## known vulnerabilities of the locked dependencies
	.ci/audit $(PY)

# Lock files carry hashes and no address: where packages come from is the reader's own choice.
COMPILE = $(PY) -m uv pip compile --quiet --universal --no-header --generate-hashes
lock: $(TOOLS) ## write the lock files anew (UPGRADE=--upgrade takes newer releases)
	$(COMPILE) $(UPGRADE) -o requirements.lock pyproject.toml
	$(COMPILE) $(UPGRADE) --group build -c requirements.lock -o requirements-build.lock
	$(COMPILE) $(UPGRADE) pyproject.toml --group dev -c requirements.lock -c requirements-build.lock -o requirements-dev.lock
	@! grep -n '://' requirements*.lock

clean: ## remove the environment and what the tools left
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage .coverage.* htmlcov dist
	find engine server tests bench examples -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): | $(PY)
	@echo "Installing Wireroom into $(VENV): once, about a minute."
	@$(PIP) $(LOCKED) -r requirements.lock
	@$(PIP) $(LOCKED) -r requirements-build.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/.ready-* && touch $@

$(TOOLS): $(READY)
	@echo "Installing the tools for tests and checks."
	@$(PIP) $(LOCKED) -r requirements-dev.lock
	@rm -f $(VENV)/.tools-* && touch $@

# A shim named python3.12 may exist and not run, so each candidate has to answer for itself.
$(PY):
	@for candidate in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
	  if "$$candidate" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    "$$candidate" -m venv --clear $(VENV) && exit 0; \
	    rm -rf $(VENV); exit 1; \
	  fi; \
	done; \
	echo "Wireroom needs Python 3.11 or newer; tried: $(or $(PYTHON),python3 python3.13 python3.12 python3.11). Name one with: make PYTHON=/path/to/python3" >&2; \
	exit 1
