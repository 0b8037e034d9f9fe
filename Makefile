# Variables are the notebooks' parameters in capitals: make reproduce ECONOMY=UZB EDITION=2024
PARAMETERS := ECONOMY EDITION FIRST_YEAR LAST_YEAR DIMENSIONS PEERS ITEMS DESIGN_EFFECT VIEW MEASURE LANGUAGE PROFILE FIGURES_DIR
PYTHON ?= python3
BIN := .venv/bin

# A misspelt variable would be ignored by make and the article's economy be run instead.
GIVEN := $(foreach word,$(MAKEOVERRIDES),$(if $(findstring =,$(word)),$(firstword $(subst =, ,$(word)))))
UNKNOWN := $(filter-out $(PARAMETERS) PYTHON,$(GIVEN))
ifneq ($(UNKNOWN),)
$(error Unknown variable: $(UNKNOWN). Accepted: ECONOMY (code), EDITION (year), FIRST_YEAR, LAST_YEAR (years), DIMENSIONS, PEERS, ITEMS (words joined by commas), DESIGN_EFFECT (number), VIEW (of the explorer), MEASURE (what is drawn), LANGUAGE (en, ru or kk), PROFILE (of docs/figures.md), FIGURES_DIR (folder), PYTHON (program))
endif
# Desktops set LANGUAGE for their own menus (en_US:en); only make LANGUAGE=kk asks for figures in Kazakh.
ifneq ($(filter environment%,$(origin LANGUAGE)),)
LANGUAGE :=
endif
export $(PARAMETERS)

option = $(if $($(2)),$(1) "$$$(2)")
WORLD := $(call option,--economy,ECONOMY) $(call option,--edition,EDITION)
OPTIONS := $(WORLD) $(call option,--first-year,FIRST_YEAR) $(call option,--last-year,LAST_YEAR) \
	$(call option,--dimensions,DIMENSIONS) $(call option,--peers,PEERS) $(call option,--items,ITEMS) \
	$(call option,--design-effect,DESIGN_EFFECT) $(call option,--view,VIEW) $(call option,--measure,MEASURE) \
	$(call option,--language,LANGUAGE) $(call option,--profile,PROFILE) \
	$(call option,--figures-dir,FIGURES_DIR)

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
	@$(BIN)/govlib fetch $(call option,--edition,EDITION)

test: .venv/installed ## run the tests and the notebooks against their stored outputs
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --nbval notebooks

test-browser: .venv/browser ## drive the report and the explorer in Chromium (apt-get install chromium)
	GOVLIB_TEST_BROWSER=1 $(BIN)/python -m pytest tests/browser

lint: .venv/installed ## check style and types
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

# On this machine only, whatever a configuration says; JupyterLab makes a token.
lab: .venv/installed ## open the explorer and the notebooks in JupyterLab
	$(BIN)/jupyter lab --ip=127.0.0.1 --ServerApp.allow_remote_access=False --notebook-dir=. notebooks/00-explore.ipynb

notebooks: .venv/installed ## run the notebooks in place and store their outputs (after a change)
	$(BIN)/jupyter nbconvert --to notebook --execute --inplace --ExecutePreprocessor.record_timing=False \
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
