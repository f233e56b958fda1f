# The words people use. Each does its own set-up on a fresh machine.

DEMO_STATE ?= demo-state
DEMO_SCALE ?= 1
LISTEN ?= 127.0.0.1:8110
SEA_ORM_CLI_VERSION := 2.0.4
TOOLS := target/tools
CONFORMANCE := target/conformance

.PHONY: demo test test-long lint bench tools conformance-tools postgres schema

## A state directory with a sample survey, migrated and served.
demo:
	cargo run --quiet -p almanac -- demo --state-dir $(DEMO_STATE) --scale $(DEMO_SCALE) --listen $(LISTEN)

## Everything that has to hold before a change is shared.
test: lint tools conformance-tools postgres
	scripts/test

## The same with everything at full size: 10,000 random schemas and pairs of them on each engine, 100 kills of whatever
## may be killed, a whole night of AstrID; and how long clients wait, in a build with optimisations. Takes hours.
test-long: lint tools conformance-tools postgres
	ALMANAC_LONG=1 scripts/test
	ALMANAC_LONG=1 cargo test --release --workspace --test astrid_graph -- --test-threads=1 --nocapture speed:: load::

## Formatting, clippy and rustdoc, without a warning.
lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet
	for feature in "" sqlite postgres graphql; do \
		cargo check --quiet -p almanac-entity --no-default-features --features "$$feature" || exit 1; \
	done

## The targets of performance, printed beside rusqlite running the same statements.
bench:
	cargo bench --bench graph

## docs/schema.graphql, anew from the code.
schema:
	cargo run --quiet -p almanac -- schema > docs/schema.graphql

## The real sea-orm-cli, which the tests run.
tools: $(TOOLS)/bin/sea-orm-cli

$(TOOLS)/bin/sea-orm-cli:
	cargo install sea-orm-cli --version $(SEA_ORM_CLI_VERSION) --locked --no-default-features --features codegen,runtime-tokio \
		--bin sea-orm-cli --root $(TOOLS) --target-dir target --debug --quiet

## The tools of others that judge the server, the numpy that statistics are compared with, and the SQLAlchemy of the pipeline:
## needs Node.js with npm, and Python 3 with venv.
conformance-tools: $(CONFORMANCE)/node_modules/.package-lock.json $(CONFORMANCE)/venv/installed

$(CONFORMANCE)/node_modules/.package-lock.json: tests/conformance/package.json tests/conformance/package-lock.json
	scripts/needs node npm
	mkdir -p $(CONFORMANCE)
	cp tests/conformance/package.json tests/conformance/package-lock.json $(CONFORMANCE)
	npm ci --prefix $(CONFORMANCE) --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

$(CONFORMANCE)/venv/installed: tests/conformance/requirements.txt
	scripts/needs python3
	python3 -m venv $(CONFORMANCE)/venv
	$(CONFORMANCE)/venv/bin/pip install --quiet --disable-pip-version-check --requirement tests/conformance/requirements.txt
	touch $@

## A PostgreSQL for the tests: one that answers, or the binaries to start one.
postgres:
	scripts/postgres
