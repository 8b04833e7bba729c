# Every habit has a name here. Needs Python >= 3.11, make and the package registries; nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv pip
export UV_PYTHON_DOWNLOADS = never
export PYTHONDONTWRITEBYTECODE = # what one process compiles, the next need not

.PHONY: setup run dev test suite collected coverage lint format bench hammer lock browser

setup: $(VENV)/ready

# uv installs the lock in seconds (compiled: an import from source alone takes three of them); where
# it cannot be had, pip does the same in half a minute.
$(VENV)/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check uv==0.13.9 || true
	$(UV) install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock \
		|| $(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q app
	touch $@

run: setup
	$(BIN)/crosswalk serve

# On the same library; a changed module, template, style, script or translation shows by itself.
dev: setup
	$(BIN)/crosswalk serve --reload

# Side by side: while a browser is fetched and tests are compiled, mypy (15 s on a fresh clone) has a
# core to itself.
test: setup
	+$(MAKE) --no-print-directory --jobs=3 lint suite

# Each worker begins with tests that lie together, on one database: what a fixture arranges for them
# is arranged once, and their statements are compiled once.
suite: browser collected
	$(BIN)/pytest -n auto --dist worksteal --database=both

# pytest compiles tests in a way of its own, ten seconds of work that each worker would do again.
collected: setup
	-$(BIN)/pytest --collect-only --quiet >/dev/null

# Which lines no test runs; apart, for counting them makes the suite half as slow again.
coverage: setup browser
	$(BIN)/pytest -n auto --cov=app --cov-report=term-missing:skip-covered

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup
	$(BIN)/python -m tests.bench

# A server, imports, syncs, backups and first starts, killed a thousand times each on both databases,
# and the JSON API asked what its reference (OpenAPI) allows and refuses:
# hours. `bin/python -m tests.hammer server --kills 50` is a part of it.
hammer: setup
	$(BIN)/python -m tests.hammer

# Browser tests drive Debian's Chromium (found on PATH, or in CROSSWALK_CHROMIUM); elsewhere Playwright fetches its own.
# axe-core and html-validate, which look at every page, come by npm.
browser: setup
	@command -v "$${CROSSWALK_CHROMIUM:-chromium-headless-shell}" >/dev/null \
		|| (apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium-headless-shell fonts-wqy-microhei) \
		|| $(BIN)/playwright install chromium
	@command -v npm >/dev/null || apt-get install -qq -y --no-install-recommends npm
	@cmp -s tests/browser/package-lock.json tests/browser/node_modules/.installed || (cd tests/browser \
		&& npm ci --silent && cp package-lock.json node_modules/.installed)

# --no-emit-index-url and hashes: the lock names packages, never the host they came from.
lock: setup
	$(UV) compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --no-emit-index-url -o requirements.lock pyproject.toml --group dev
