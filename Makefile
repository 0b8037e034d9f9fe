# Variables are the notebooks' parameters in capitals: make reproduce ECONOMY=UZB EDITION=2024
PYTHON ?= python3
BIN := .venv/bin
# No settings of the user's, of matplotlib or IPython, in what is compared or stored.
CLEAN := mkdir -p build && MATPLOTLIBRC=/dev/null IPYTHONDIR=build/ipython

# What is given on the command line becomes options of govlib, which names an unknown one.
GIVEN := $(filter-out PYTHON,$(foreach word,$(MAKEOVERRIDES),$(if $(findstring =,$(word)),$(firstword $(subst =, ,$(word))))))
export $(GIVEN)
option = --$(shell echo $(1) | tr A-Z_ a-z-) "$$$(1)"
OPTIONS := $(foreach name,$(GIVEN),$(call option,$(name)))
WORLD := $(foreach name,$(filter ECONOMY EDITION,$(GIVEN)),$(call option,$(name)))

.PHONY: help reproduce report data test test-browser lint lab notebooks lock clean

help: ## print this list
	@echo "make reproduce ECONOMY=UZB EDITION=2024 FIRST_YEAR=2019 LAST_YEAR=2023   (defaults: the article's)"
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' Makefile

reproduce: .venv/installed ## run the notebooks; figures go to figures/, verdicts are printed
	@$(BIN)/govlib run $(OPTIONS)
	@$(if $(strip $(OPTIONS)),,$(BIN)/govlib contact-sheet)
	@$(BIN)/govlib claims $(WORLD)

report: .venv/installed ## write the report, pages to read offline: build/report/index.html
	@$(BIN)/govlib report $(OPTIONS)

data: .venv/installed ## fetch the newest edition from the World Bank and add it (EDITION=N names it)
	@$(BIN)/govlib fetch $(OPTIONS)

test: .venv/installed ## run the tests and the notebooks against their stored outputs
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal
	$(CLEAN) $(BIN)/python -m pytest --numprocesses auto --dist loadfile --nbval notebooks

test-browser: .venv/browser ## drive the report and the explorer in Chromium (apt-get install chromium)
	GOVLIB_TEST_BROWSER=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile tests/browser

lint: .venv/installed ## check style and types
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

# On this machine only, whatever a configuration says; JupyterLab makes a token. In a container:
# make lab ALLOW_ROOT=yes
lab: .venv/installed ## open the explorer and the notebooks in JupyterLab
	JUPYTER_NO_CONFIG=1 $(BIN)/jupyter lab --ip=127.0.0.1 $(if $(ALLOW_ROOT),--allow-root) \
		--ServerApp.allow_remote_access=False --notebook-dir=. notebooks/00-explore.ipynb

notebooks: .venv/installed ## run the notebooks in place and store their outputs (after a change)
	$(CLEAN) $(BIN)/jupyter nbconvert --to notebook --execute --inplace --ExecutePreprocessor.record_timing=False \
		--ExecutePreprocessor.store_widget_state=False notebooks/*.ipynb

lock: ## resolve requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --all-extras --group build --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --upgrade --quiet --output-file requirements.lock
	uv pip compile --group browser --constraint requirements.lock --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --upgrade --quiet --output-file requirements-browser.lock

clean: ## remove the environment and what was built
	rm -rf .venv build

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is %s. Name another: make PYTHON=python3.12" % sys.version.split()[0])'
	@echo "Installing the locked packages into .venv (about a minute) ..."
	@$(PYTHON) -m venv --clear --without-pip .venv
	@$(PYTHON) -m pip --python .venv/bin/python --disable-pip-version-check install --quiet --require-hashes -r requirements.lock
	@$(PYTHON) -m pip --python .venv/bin/python --disable-pip-version-check install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.venv/browser: .venv/installed requirements-browser.lock
	@$(PYTHON) -m pip --python .venv/bin/python --disable-pip-version-check install --quiet --require-hashes -r requirements-browser.lock
	@touch $@
