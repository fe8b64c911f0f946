# The project's commands. README.md explains `make up` and `make test`.
PYTHON := .venv/bin/python

# The stack to work on; the sandbox's brings its own Pulumi, backend and passphrase.
STACK ?= dev
SANDBOX_ENV = $(if $(filter dev,$(STACK)),[ ! -e .sandbox/env ] || . .sandbox/env;)
PULUMI = $(SANDBOX_ENV) pulumi --non-interactive
# With it the Kubernetes plugin repairs what others changed in the stack's objects: meshx/stack/object_writes.py says why.
export PULUMI_K8S_ENABLE_PATCH_FORCE ?= true
# A file with settings and levels of policies that override meshx_policy/levels.py.
POLICY_CONFIG ?=
POLICIES = --policy-pack policy $(addprefix --policy-pack-config ,$(POLICY_CONFIG))
# Else the engine goes through the whole state again for each new resource, though a preview keeps none of it
# (pulumi/pkg/backend/snapshot.go, defaultServiceLoop). Not for `up`, which a kill would then leave with an old state.
PREVIEWING = export PULUMI_SKIP_CHECKPOINTS=true;
KEYS := tests/program/effects/test_effects_of_keys.py
TESTS ?= tests/unit tests/program --ignore=$(KEYS)

# Suites that wait for certificates to expire, kill runs by the dozen, send calls for minutes or change each key: hours in
# total.
LONG := tests/installed/test_downloaded_plugin.py $(KEYS) $(addprefix tests/e2e/,adoption ambient bad_input \
	$(addprefix classic/,machine/test_faults.py machine/test_versions.py test_adopting.py test_gateways.py) \
	$(addprefix classic/,test_growing.py test_reachability.py test_waves.py) \
	$(addprefix machine/,test_closed_from_the_boot_on.py test_limited_rate.py test_places_of_others.py) \
	$(addprefix machine/,test_writes_that_fail.py) \
	$(addprefix networks/,test_all_ports.py test_changes_in_place.py test_further_services.py) \
	$(addprefix stack/,test_clusters_as_they_are.py test_moving.py test_state_from_before.py) \
	doctor drift dual_stack families gateways gce killed_rollouts languages leaving_classic library own_upgrade \
	pipelines reachability recovery revisions revoking rollout sandbox_ground/test_gce_groups.py secrets steady \
	time trust trust_key)

# For a release: its tag, and where Pulumi's engine finds the plugin's archives (github://api.github.com/<owner>/<repository>).
TAG ?=
PLUGIN_SERVER ?=
VERSION := $(shell sed -n 's/^VERSION = "\(.*\)"/\1/p' meshx/version.py)

.PHONY: up down test test-fast test-long preview deploy drift recover doctor policies destroy bench lint format \
	dist publish release

up: .venv/ready  ## start the sandbox, join its machines to a mesh with `pulumi up`, prove it with traffic
	@$(PYTHON) -m sandbox.builds
	@$(PYTHON) -m sandbox up
	@$(PYTHON) -m sandbox.stack up
	@$(PYTHON) -m sandbox.proof

down:  ## destroy the stack and stop the sandbox; nothing stays of either
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m sandbox.stack destroy; $(PYTHON) -m sandbox down; \
	else echo "nothing to take down: the sandbox was never raised from this folder"; fi

test: lint  ## all tests but those of `make test-long`, fast ones first
	@$(PYTHON) -m sandbox.builds
	@$(MAKE) --no-print-directory test-fast
	@$(PYTHON) -m pytest tests/engine tests/conformance tests/installed $(addprefix --ignore=,$(LONG))
	@$(PYTHON) -m pytest tests/e2e $(addprefix --ignore=,$(LONG))

test-fast: .venv/ready  ## the tests that need no sandbox
	@$(PYTHON) -m pytest --numprocesses auto --dist loadfile $(TESTS)

test-long: .venv/ready  ## end-to-end tests of faults, kills, expiring certificates, steady traffic: some five hours
	@$(PYTHON) -m sandbox.builds
	@$(PYTHON) -m pytest $(LONG)
	@$(if $(filter %/dual_stack,$(LONG)),MESHX_SANDBOX_DUAL_STACK=1 $(PYTHON) -m pytest tests/e2e/dual_stack)

preview: .venv/ready  ## show what a stack would change, and check it with the policies (STACK=dev)
	@$(PREVIEWING) $(PULUMI) preview $(POLICIES) --stack $(STACK)

deploy: .venv/ready  ## apply a stack's file, and check it with the policies (STACK=dev)
	@$(PULUMI) up --yes $(POLICIES) --stack $(STACK)

drift: .venv/ready  ## the nightly check, for pipelines: fails and shows the change if anything was changed by hand (STACK=dev)
	@$(PULUMI) refresh --preview-only --expect-no-changes --diff --stack $(STACK)

recover: .venv/ready  ## mend what a killed run left in a stack's state, and release its lock (STACK=dev)
	@$(SANDBOX_ENV) $(PYTHON) -m meshx recover --stack $(STACK)

doctor: .venv/ready  ## find faults of a stack's cluster and machines, and their remedies (STACK=dev MACHINE=vm-1)
	@$(SANDBOX_ENV) $(PYTHON) -m meshx doctor --stack $(STACK) $(MACHINE)

policies: .venv/ready  ## check an existing stack with the policies (STACK=dev)
	@$(PULUMI) policy analyze $(POLICIES) --stack $(STACK)

destroy: .venv/ready  ## destroy a stack; type its name again (STACK=staging CONFIRM=staging)
	@[ "$(STACK)" = "$$CONFIRM" ] || \
	{ echo "nothing was destroyed: to take down everything that stack $(STACK) made, say CONFIRM=$(STACK)" >&2; exit 1; }
	@$(PULUMI) destroy --yes --stack $(STACK)

bench: .venv/ready  ## measure what meshx costs, in ratios: joining, previews, reviews, imports, growth
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

dist: .venv/ready  ## the wheel, and the archives of the plugin, in dist/ (of a release: TAG=v1.2.3 PLUGIN_SERVER=...)
	@[ -z "$(TAG)" ] || [ "$(TAG)" = "v$(VERSION)" ] || \
	{ echo "nothing was built: the tag is $(TAG), and meshx/version.py says $(VERSION)" >&2; exit 1; }
	@[ -z "$(TAG)" ] || grep -q "^## $(VERSION), " CHANGELOG.md || \
	{ echo "nothing was built: CHANGELOG.md has no part of $(VERSION) with its day" >&2; exit 1; }
	@rm -rf dist && mkdir dist
	@MESHX_PLUGIN_SERVER="$(PLUGIN_SERVER)" .venv/bin/pip wheel --quiet --disable-pip-version-check --no-deps -w dist .
	@$(PYTHON) -m meshx plugin archives dist

release:  ## for the pipeline: a release of GitHub with what is in dist/ (TAG=v1.2.3)
	@gh release create "$(TAG)" dist/* --verify-tag --title "$(TAG)" --notes "What changes is in CHANGELOG.md."

publish:  ## for the pipeline: the wheel in dist/ to the package index
	@python3 -m venv .release && .release/bin/pip install --quiet --requirement requirements-release.txt
	@.release/bin/twine upload --non-interactive dist/*.whl

format: .venv/ready
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

.venv/ready: requirements.txt requirements-dev.txt sandbox/scripts/venv.sh
	@sandbox/scripts/venv.sh
