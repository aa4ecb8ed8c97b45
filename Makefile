# The targets a person needs; `make help` lists them from the comments behind `##`.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
INSTALLED := $(VENV)/.installed
READY := $(VENV)/.ready
TOOLS := .tools/.ready
IMAGE ?= destination-inflection:dev
# Each of the many programs that tests start would compile it anew where Python writes no bytecode.
COMPILE := $(BIN)/python -m compileall -q destination_inflection inflection_sandbox

.PHONY: help setup dev demo screenshots fuzz soak test simulate pacing faults grade-planted grade lint types e2e-environments e2e tools lock image image-test test-base release-check release bench bench-against bench-mapping clean
.DEFAULT_GOAL := help

help: ## Say what can be done here
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "  make %-17s %s\n", $$1, $$2}'

$(INSTALLED): setup.py destination_inflection/version.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@echo "Installing the connector and the sandbox into $(VENV), once. This takes about a minute."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --editable '.[sandbox]'
	@$(COMPILE)
	@touch $@

$(READY): setup.py destination_inflection/version.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@echo "Installing what the tests need into $(VENV), once. This takes a few minutes."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --editable '.[dev]'
	@$(COMPILE)
	@touch $(INSTALLED) $@

setup: $(INSTALLED) ## Install the connector and the sandbox into .venv (the other targets do it when needed)

dev: $(READY) ## Install what the tests and tools need, too

demo: $(INSTALLED) ## Run the sample sync into a local sandbox and show what arrived (KEEP=1 leaves it running)
	@$(BIN)/python examples/demo.py $(if $(KEEP),--keep)

# What the tests cover in their own process, lines and branches together, in per cent. What runs as
# a subprocess does not count.
COVERAGE_FLOOR := 93

simulate: $(READY) ## Play made-up worlds around the write path (SEEDS=0:1000, SEED=7 TRACE=1)
	@$(BIN)/python -m simulation $(if $(or $(SEED),$(SEEDS)),--seeds $(or $(SEED),$(SEEDS))) $(if $(FAULTS),--faults $(FAULTS)) $(if $(TRACE),--trace)

pacing: $(READY) ## Measure how well the sender finds unknown limits (TABLES=limits ...)
	@$(BIN)/python -m simulation.pacing $(TABLES)

faults: $(READY) ## Play every fault through the executable, and write the table of docs/reliability.md
	@$(BIN)/python -m integration_tests.fault_matrix

grade-planted: $(READY) ## Plant faults in the write path, and see that the simulator notices each (ONLY=name)
	@$(BIN)/python -m grading planted $(if $(ONLY),--only "$(ONLY)")

grade: $(READY) ## Grade the tests by a sample of mutants; takes hours (PART=write-path, write-path-units or mapping)
	@$(BIN)/pip install --quiet --editable '.[grade]'
	@$(BIN)/python -m grading mutants $(or $(PART),$(error Name the part: make grade PART=write-path)) --folder .grade/$(PART)

screenshots: $(READY) ## Take the pictures of README and docs from a real sync, in Chromium
	@$(BIN)/python examples/screenshots.py

fuzz: $(READY) ## Try odd input, ten minutes for each kind (MINUTES=1)
	@$(BIN)/python -m integration_tests.fuzz $(if $(MINUTES),--minutes $(MINUTES))

soak: $(READY) ## Keep a sync going for half an hour: do memory and open files stay flat? (ROUTE=developer_api TRANSPORT=requests MINUTES=5)
	@$(BIN)/python -m integration_tests.soak $(if $(ROUTE),--route $(ROUTE)) $(if $(TRANSPORT),--transport $(TRANSPORT)) $(if $(MINUTES),--minutes $(MINUTES))

test: $(READY) $(TOOLS) ## Run all tests, and fail below the coverage floor
	@$(BIN)/python -m pytest -n 3 --durations 25 --cov --cov-report= --cov-fail-under=$(COVERAGE_FLOOR)

lint: $(READY) ## Check style (ruff), formatting, and who imports whom (import-linter)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache --no-logo

types: $(READY) ## Check types (mypy, strict, tests too)
	@$(BIN)/mypy

e2e-environments: ## Install the programs of the end-to-end run ahead (it does so when needed)
	@$(PYTHON) -m integration_tests.e2e.environments

e2e: $(READY) ## Run a real Airbyte source and PyAirbyte's smoke test into the sandbox
	@$(BIN)/python integration_tests/e2e/run.py

# An environment of their own, from a lock: a newer linter may find more in files that did not change.
$(TOOLS): requirements/tools.txt
	@echo "Installing the tools for locks, workflows and releases into .tools, once."
	@$(PYTHON) -m venv .tools
	@.tools/bin/pip install --quiet --require-hashes --only-binary :all: --requirement requirements/tools.txt
	@touch $@

tools: $(TOOLS) ## Install the tools for locks, workflows and releases (the other targets do it when needed)

# Without addresses of an index, so that they serve with a mirror too. The image's are for Linux and
# the Python of its base.
LOCK := .tools/bin/uv pip compile --quiet --generate-hashes --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) $(if $(PACKAGE),--upgrade-package $(PACKAGE))
LOCK_IMAGE := $(LOCK) --python-version 3.13 --python-platform linux

lock: $(TOOLS) ## Write the locks in requirements/ anew (UPGRADE=1 or PACKAGE=name takes newer versions)
	@$(if $(PACKAGE),grep --quiet '^$(PACKAGE)==' requirements/*.txt || { echo "No lock has the package $(PACKAGE)." >&2; exit 1; })
	@$(LOCK_IMAGE) --extra fast --extra s3 --output-file requirements/image.txt setup.py
	@$(LOCK_IMAGE) --output-file requirements/image-build.txt requirements/image-build.in
	@cp requirements/tools.txt .tools/before.txt
	@$(LOCK) --universal --python-version 3.11 --output-file requirements/tools.txt requirements/tools.in
	@if cmp --silent .tools/before.txt requirements/tools.txt; then touch $(TOOLS); fi
	@git --no-pager diff --unified=0 -- requirements | grep '^[+-][a-z].*==' || echo "No version has changed since the last commit."

image: ## Build the image with docker or podman (IMAGE=name:tag NO_CACHE=1)
	@$(PYTHON) -m container.build $(if $(NO_CACHE),--no-cache) '$(IMAGE)'

image-test: $(READY) ## Try the image that `make image` has built against the sandbox, and measure it
	@IMAGE='$(IMAGE)' $(BIN)/python -m pytest -m image_tests integration_tests/container
	@$(BIN)/python -m container.measure '$(IMAGE)'

test-base: ## Run the unit tests and one write per route on the base image's Python, in a container
	@$(PYTHON) -m container.base_tests

release-check: $(TOOLS) ## Check that version, changelog, metadata, spec and image agree
	@.tools/bin/python -m container.release_check

release: $(TOOLS) ## Make the image, its SBOM and the tag of the version that is stated (DRY_RUN=1 makes no tag)
	@.tools/bin/python -m container.release $(if $(DRY_RUN),--dry-run) '$(IMAGE)'

bench: $(READY) ## Measure against other tools (installs them apart; takes a while)
	@$(PYTHON) -m venv .bench
	@.bench/bin/pip install --quiet --requirement benchmarks/peers/requirements.txt matplotlib
	@$(BIN)/python -m benchmarks.run

bench-against: $(READY) ## Compare with another commit, in turn (BASE=main, PAIRS=10)
	@$(BIN)/python -m benchmarks.against $(or $(BASE),$(error Name the commit: make bench-against BASE=<commit>)) $(if $(PAIRS),--pairs $(PAIRS))

bench-mapping: $(READY) ## Measure what mapping costs compared with JSON alone
	@$(BIN)/python benchmarks/mapping.py

clean: ## Remove what the targets made
	rm -rf $(VENV) .tools .e2e .bench .grade .image build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
