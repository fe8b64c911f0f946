# The project's commands. `make up` and `make test` are the two of the README; the others are their kin.
PYTHON := .venv/bin/python

# The stack that is worked on; that of the sandbox has its Pulumi, its backend and its passphrase with it.
STACK ?= dev
SANDBOX_ENV = $(if $(filter dev,$(STACK)),[ ! -e .sandbox/env ] || . .sandbox/env;)
PULUMI = $(SANDBOX_ENV) pulumi --non-interactive
# The Kubernetes plugin then puts right what others changed in the stack's objects; meshx/stack/object_writes.py says why it asks.
export PULUMI_K8S_ENABLE_PATCH_FORCE ?= true
# A file with settings and levels of policies, where they are to be others than policy/levels.py has them.
POLICY_CONFIG ?=
POLICIES = --policy-pack policy $(addprefix --policy-pack-config ,$(POLICY_CONFIG))
TESTS ?= tests/unit tests/program

# Suites that wait for certificates to end, kill runs by the dozen and hold calls up for minutes: hours together.
LONG := $(addprefix tests/e2e/,adoption bad_input \
	$(addprefix classic/,machine/test_faults.py machine/test_versions.py test_adopting.py test_gateways.py test_growing.py) \
	doctor drift gce pipelines reachability recovery secrets stack/test_moving.py steady time)

.PHONY: up down test test-fast test-long preview deploy drift doctor policies destroy bench lint format

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
	@$(MAKE) --no-print-directory test-fast
	@$(PYTHON) -m pytest tests/engine tests/conformance
	@$(PYTHON) -m pytest tests/e2e $(addprefix --ignore=,$(LONG))

test-fast: .venv/ready  ## the tests that need no sandbox
	@$(PYTHON) -m pytest $(TESTS)

test-long: .venv/ready  ## end to end as well: faults, kills, ends of certificates, steady traffic; some two hours and a half
	@$(PYTHON) -m sandbox.builds
	@$(PYTHON) -m pytest $(LONG)

preview: .venv/ready  ## what a stack would change, judged by the policies (STACK=dev)
	@$(PULUMI) preview $(POLICIES) --stack $(STACK)

deploy: .venv/ready  ## make a stack as its file says, judged by the policies (STACK=dev)
	@$(PULUMI) up --yes $(POLICIES) --stack $(STACK)

drift: .venv/ready  ## the nightly check, for pipelines: fails if anything was changed by hand, and shows what (STACK=dev)
	@$(PULUMI) refresh --preview-only --expect-no-changes --diff --stack $(STACK)

doctor: .venv/ready  ## what is wrong with a stack's cluster and machines, and what to do (STACK=dev MACHINE=vm-1)
	@$(SANDBOX_ENV) $(PYTHON) -m meshx doctor --stack $(STACK) $(MACHINE)

policies: .venv/ready  ## judge by the policies what a stack has made already (STACK=dev)
	@$(PULUMI) policy analyze $(POLICIES) --stack $(STACK)

destroy: .venv/ready  ## take a stack down; its name has to be typed once more (STACK=staging CONFIRM=staging)
	@[ "$(STACK)" = "$$CONFIRM" ] || \
	{ echo "nothing was destroyed: to take down everything that stack $(STACK) made, say CONFIRM=$(STACK)" >&2; exit 1; }
	@$(PULUMI) destroy --yes --stack $(STACK)

bench: .venv/ready  ## what meshx costs, in ratios: joining, previews, reviews, imports
	@$(PYTHON) -m sandbox.builds
	@$(PYTHON) -m bench

lint: .venv/ready  ## formats, types, layers, pipelines, scripts
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/pyright --warnings
	@.venv/bin/lint-imports
	@.venv/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@.venv/bin/check-jsonschema --builtin-schema vendor.github-actions .github/actions/*/action.yml
	@.venv/bin/zizmor --offline --quiet .github
	@find . -name '*.sh' -not -path './.venv/*' -not -path './.sandbox/*' -print0 | xargs -0 .venv/bin/shellcheck -x

format: .venv/ready
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

.venv/ready: requirements.txt requirements-dev.txt sandbox/scripts/venv.sh
	@sandbox/scripts/venv.sh
