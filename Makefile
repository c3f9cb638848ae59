# Two commands matter: `make run` shows the bridge at work, `make test` proves it. Both set up what they need.
PYTHON ?= python3
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check
VENV := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: bench cost help setup run simulate test check build validate golden score sam-local deploy clean

help:
	@echo "make run        the demo merchant on a local engine, until Ctrl-C (ONCE=1: ends by itself; LANG: en or zh)"
	@echo "make simulate   shops, buyers and a warehouse under faults, then the laws (ORDERS=n SEED=s FAULTS=a,b|none SERIAL=1)"
	@echo "                with MUTANTS=1: named bugs, one at a time, and which law finds each"
	@echo "make test       every check and every test"
	@echo "make check      format, lint, types, template"
	@echo "make bench      figures beside their floors, measured in the same run (FIGURES=order|start|whole|package)"
	@echo "make cost       what an order costs on AWS, measured and written into docs/cost.md"
	@echo "make score      addresses, phones, languages and translations: the share that is right (FAILURES=1: and what is not)"
	@echo "make build      sam build: arm64 python3.13 layers and functions"
	@echo "make sam-local  every function and platform once through the real \`sam local\`; needs a Docker engine"
	@echo "make deploy     sam deploy --guided, into your own AWS account (CONFIG=dev|staging|prod)"
	@echo "make golden     write the expected canonical orders of the platform tests again"
	@echo "make clean      remove environments and builds"

setup: .venv/.done .venv-engine/.done

.venv/.done: requirements/dev.txt requirements/dev.lock layers/dependencies/requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Orderbridge needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(VENV) $(PIP_INSTALL) -r requirements/dev.txt -c requirements/dev.lock
	$(VENV) $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv-engine/.done: requirements/engine.txt requirements/engine.lock
	$(PYTHON) -m venv .venv-engine
	.venv-engine/bin/python $(PIP_INSTALL) -r requirements/engine.txt -c requirements/engine.lock
	@touch $@

.venv-sam/.done: requirements/sam.txt requirements/sam.lock
	$(PYTHON) -m venv .venv-sam
	.venv-sam/bin/python $(PIP_INSTALL) -r requirements/sam.txt -c requirements/sam.lock
	@touch $@

run: setup
	$(VENV) -m local.run $(if $(filter-out 0,$(ONCE)),--once)

simulate: setup
	$(VENV) -m $(if $(filter-out 0,$(MUTANTS)),simulation.mutants,simulation) $(if $(ORDERS),--orders $(ORDERS)) $(if $(SEED),--seed $(SEED)) \
		$(if $(FAULTS),--faults $(FAULTS)) $(if $(filter-out 0,$(SERIAL)),--serial)

# Where there is no wheel of the runtime for this machine, imports alone are measured, and the table says so.
build/runtime/.done: requirements/runtime.txt | .venv/.done
	@mkdir -p $(@D)
	-$(VENV) $(PIP_INSTALL) --no-deps --only-binary=:all: --upgrade --target $(@D) -r requirements/runtime.txt
	@touch $@

bench: setup build/runtime/.done
	$(VENV) -m bench $(FIGURES)

cost: setup
	$(VENV) -m bench.cost

score: setup
	$(VENV) -m bench.score --check $(if $(filter-out 0,$(FAILURES)),--failures)

test: check
	.venv/bin/pytest

check: setup
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/cfn-lint template.yaml

golden: setup
	$(VENV) -m tests.platforms.golden

# SAM's environment stands first in PATH, because the layers' Makefiles want a Python with pip; a region is asked for
# even where none is used.
SAM := PATH=$(CURDIR)/.venv-sam/bin:$$PATH SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=$${AWS_DEFAULT_REGION:-us-east-1} sam

build: .venv-sam/.done
	@find functions -name __pycache__ -prune -exec rm -rf {} +
	$(SAM) build
	@find .aws-sam/build -name '*.cpython-313.pyc' | grep -q . || \
		echo "No Python 3.13 on this machine to write bytecode: all works, but cold starts take twice as long."

validate: .venv-sam/.done
	$(SAM) validate --lint

# What `make build` needs, unless SAM is there already.
sam-local: setup $(if $(shell command -v sam),,.venv-sam/.done)
	PATH=$(CURDIR)/.venv-sam/bin:$$PATH $(VENV) -m tests.sam_check

deploy: build
	$(SAM) deploy --guided --config-env $(or $(CONFIG),dev)

clean:
	rm -rf .venv .venv-engine .venv-sam .aws-sam build template.sam-local.json .mypy_cache .pytest_cache .ruff_cache .hypothesis
