# The project's commands. `make up` and `make test` are the two of the README; the others are their kin.
PYTHON := .venv/bin/python

STACK := dev

# Suites that wait for certificates to end, kill runs by the dozen and hold calls up for minutes: an hour together.
LONG := $(addprefix tests/e2e/,adoption bad_input doctor drift reachability recovery secrets steady time)

.PHONY: up down test test-long drift bench lint format

up: .venv/ready  ## raise the sandbox, join its VM to a mesh with `pulumi up`, prove it with traffic
	@$(PYTHON) -m sandbox.builds
	@$(PYTHON) -m sandbox up
	@$(PYTHON) -m sandbox.stack up
	@$(PYTHON) -m sandbox.proof

down:  ## destroy the stack and stop the sandbox; nothing of either is left
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m sandbox.stack destroy; $(PYTHON) -m sandbox down; \
	else echo "nothing to take down: the sandbox was never raised from this folder"; fi

test: lint  ## the tests, fast ones first, end to end ones included; `make test-long` has the rest
	@$(PYTHON) -m sandbox.builds
	@$(PYTHON) -m pytest tests/unit tests/program
	@$(PYTHON) -m pytest tests/engine tests/conformance
	@$(PYTHON) -m pytest tests/e2e $(addprefix --ignore=,$(LONG))

test-long: .venv/ready  ## end to end as well: faults, kills, ends of certificates, steady traffic; about an hour
	@$(PYTHON) -m sandbox.builds
	@$(PYTHON) -m pytest $(LONG)

drift: .venv/ready  ## the nightly check, for pipelines: fails if anything was changed by hand, and shows what (STACK=dev)
	@[ ! -e .sandbox/env ] || . .sandbox/env; \
	pulumi --non-interactive refresh --preview-only --expect-no-changes --diff --stack $(STACK)

bench: .venv/ready  ## what meshx costs, in ratios: joining, previews, imports
	@$(PYTHON) -m sandbox.builds
	@$(PYTHON) -m bench

lint: .venv/ready  ## formats, types, layers, scripts
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/pyright --warnings
	@.venv/bin/lint-imports
	@find . -name '*.sh' -not -path './.venv/*' -not -path './.sandbox/*' -print0 | xargs -0 .venv/bin/shellcheck -x

format: .venv/ready
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

.venv/ready: requirements.txt requirements-dev.txt sandbox/scripts/venv.sh
	@sandbox/scripts/venv.sh
