# Each target installs all it needs: on Debian 13 as root nothing but make and git is asked for. PYTHON=… chooses
# another interpreter than the one .ci/python finds.
SHELL := /bin/bash
BIN := .venv/bin
# Where it is set, each of the thousands of processes that the tests start compiles kb and its packages anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test quick system bytecode torture bench check pages new-rule word other lock clean

$(BIN)/.core: pyproject.toml constraints.txt
	$(if $(PYTHON),,.ci/install python)
	$(or $(PYTHON),"$$(.ci/python)") -m venv --clear .venv
	$(BIN)/python -m pip install -q -c constraints.txt -e .
	@touch $@

$(BIN)/.dev: $(BIN)/.core
	$(BIN)/python -m pip install -q -c constraints.txt uv
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --system-certs -q -c constraints.txt -e . --group dev
	@touch $@

demo: $(BIN)/.core  ## an invented team: mirrored, linted, put right and back, searched
	$(BIN)/kb demo

test:  ## everything CI runs
	$(if $(PYTHON),,.ci/install python)
	$(MAKE) -j4 system check other bytecode
	tests/run

quick: $(BIN)/.dev  ## what to run after each edit; P=plan for the tests of one room
	tests/quick $(P)

system:  # Debian's packages, beside the environments and what checks
	.ci/install test

other: $(BIN)/.dev  # a further interpreter's environment, beside what checks
	@tests/other >/dev/null

bytecode: $(BIN)/.dev  # of kb, its packages and the tests, which else each process of a first run compiles for itself
	@$(BIN)/python -m pytest --collect-only -qq >/dev/null || true  # what it finds wrong, the tests tell

check: $(BIN)/.dev  ## format, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

pages: $(BIN)/.dev  ## write docs/rules from the rules
	$(BIN)/python docs/make_rules.py --write

new-rule: $(BIN)/.dev  ## NAME=title-is-copy CODE=PST106: the skeleton of a rule and its pages
	$(BIN)/python docs/new_rule.py $(NAME) $(CODE) $(VALUE)

word: $(BIN)/.dev  ## W=周知: where a word of the tables stands, who reads it, what the tests say with it
	$(BIN)/python docs/find_word.py '$(W)'

torture: $(BIN)/.dev  ## kill, storm and edit while syncing; judge hostile pages; plant secrets; ask a real Zabbix; long
	$(BIN)/python bench/torture.py
	$(BIN)/python bench/changes.py
	$(BIN)/python bench/kills.py
	$(BIN)/python bench/friday.py
	$(BIN)/python bench/reorganise.py
	$(BIN)/python bench/hostile.py
	$(BIN)/python bench/damage.py
	$(BIN)/python -m pytest -q -m long
	KB_PLANT=whole $(BIN)/python -m pytest -q tests/plant
	KB_EXAMPLES=whole $(BIN)/python -m pytest -q $$(grep -rl '^ *@given' tests --include='test_*.py')
	tests/zabbix/install
	KB_ZABBIX=1 $(BIN)/python -m pytest -q tests/zabbix

bench: $(BIN)/.dev  ## figures, written to bench/results
	.ci/peers
	$(BIN)/python bench/run.py

lock: $(BIN)/.dev  ## write constraints.txt from what is installed
	(echo "# The versions kb is tested with. Made by: make lock"; $(BIN)/python -m pip freeze --exclude-editable) > constraints.txt

clean:
	rm -rf .venv .venv-* build dist kb-demo kb-walkthrough
