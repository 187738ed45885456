# What people do here. Everything is a script or a plain cargo line; see `make help`.
.DEFAULT_GOAL := help
.PHONY: help setup demo test bench soak fmt lint sqlx clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Check for cargo, a C compiler and Node, and get PostgreSQL with TimescaleDB
	@scripts/setup

demo: ## Build and run a demo with its own database; ARGS="--citizens 50 --once" are passed on
	@scripts/demo $(ARGS)

test: ## Set up and run everything: format, lints, docs, tests, the real binary
	@scripts/test

bench: ## Make the numbers of docs/PERFORMANCE.md
	@scripts/bench $(ARGS)

soak: ## Kill server and database at random moments, try all doors, simulate pilots; ROUNDS=200 PROBES=100000 TOWNS=2000
	@ROUNDS=$(ROUNDS) PROBES=$(PROBES) TOWNS=$(TOWNS) scripts/soak

fmt: ## Format the code
	@cargo fmt --all

lint: ## Run clippy and rustdoc with warnings denied
	@scripts/lint

sqlx: ## Describe all queries anew into .sqlx, after a change of SQL or schema
	@scripts/sqlx-prepare

clean: ## Remove what was built and the demo's data
	@cargo clean
	@rm -rf .pulsvagt
