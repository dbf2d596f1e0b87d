# `make` alone lists the targets. Needs Swift 6.3, git and make; everything else is installed by `make setup`, which the other
# targets run first and which says nothing when nothing is missing.

SHELL := /bin/bash
.NOTPARALLEL:
.DEFAULT_GOAL := help

# The one list of Debian packages: libraries, what builds with them, and Python for the checks and the client tests.
PACKAGES := libmicrohttpd-dev libgnutls28-dev libssl-dev libsqlite3-dev libcurl4-openssl-dev zlib1g-dev libdeflate-dev libzstd-dev \
            pkg-config python3 python3-venv ca-certificates
BENCH_PACKAGES := wrk openssl
# What makes certificates, the second opinion on proofs of isolation and on compression, a clock that a test sets, shells that
# complete, man, and a browser that looks at the pages; tests that ask one are skipped where it is not.
TEST_PACKAGES := openssl cvc5 zstd faketime zsh fish man-db chromium-headless-shell fonts-dejavu-core

MOTO := .build/moto
CLIENTS := .build/clients
CLIENTS_PYTHON := $(CLIENTS)/bin/python
SWIFT_FOLDERS := Package.swift Sources Tests Benchmarks
# All that is read of Python here writes no cache into the source tree.
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help setup build run test check fuzz sim sim-mutants kills bench demo clean clients

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing (apt)
	@command -v swift >/dev/null || { echo "setup: Swift 6.3 is missing: see swift.org/install" >&2; exit 1; }
	@.ci/install-missing $(PACKAGES)

build: setup ## build the server for use (release)
	swift build -c release --product homeroom

run: build ## build and start the server: gateway on port 8000, control API on 8080
	.build/release/homeroom serve

test: clients ## build, unit tests, then the tests that real clients make
	@.ci/install-missing $(TEST_PACKAGES)
	swift build --build-tests --explicit-target-dependency-import-check error
	@# What failed is said once more at the end: it is easily lost among thousands of lines.
	set -o pipefail; swift test --skip-build 2>&1 | tee .build/tests.log \
	    || { echo "test: these failed:"; grep -a ' recorded an issue \|^error:\|Fatal error' .build/tests.log; exit 1; }
	@# What people run: the optimiser's build. A worker per core, each with servers and folders of its own; a file's tests stay together.
	swift build -c release --product homeroom
	HOMEROOM_BINARY=$(CURDIR)/.build/release/homeroom $(CLIENTS_PYTHON) -m pytest Tests/Clients -q -n auto --maxprocesses 4 --dist loadfile

check: setup ## layout, floors, sizes and the other house rules
	swift format lint --strict -r $(SWIFT_FOLDERS)
	python3 -m unittest discover -s Tests/House -q
	python3 Tests/House/check.py

# Names by which the fuzz tests are found, and the folder their files lie in: in memory, so that syncing them costs nothing.
FUZZERS := [Ff]uzz|theEngineAnswersAsTheModelDoes
FUZZ_FOLDER := $(firstword $(wildcard /dev/shm) /tmp)
SECONDS := 60

fuzz: setup ## fuzz and compare with the model at length: SECONDS=60 each, ONLY=name
	@.ci/install-missing $(TEST_PACKAGES)
	swift build --build-tests
	@# One after the other, so that the runs a second mean something.
	TMPDIR=$(FUZZ_FOLDER) HOMEROOM_FUZZ_SECONDS=$(SECONDS) swift test --skip-build --no-parallel \
	    --filter '$(or $(ONLY),$(FUZZERS))'

SEEDS := 1000

sim: setup ## run the simulator: SEEDS=1000 programs, or the one of SEED=n with the shortest history like it
	swift build -c release --product simulator
	.build/release/simulator $(if $(SEED),seed $(SEED),seeds $(SEEDS))

# In a folder of its own: nothing of what is built with the faults in it is ever beside the product.
sim-mutants: setup ## show that the simulator finds each deliberate fault
	swift build -c release --product simulator -Xswiftc -DMUTANTS --scratch-path .build/mutants
	.build/mutants/release/simulator mutants 2000

KILLS := 200

kills: clients ## kill -9 a real server KILLS=200 times at random moments of moves under load: SEED=n draws the same again
	swift build -c release --product homeroom
	HOMEROOM_BINARY=$(CURDIR)/.build/release/homeroom HOMEROOM_MOVE_KILLS=$(KILLS) $(if $(SEED),HOMEROOM_MOVE_SEED=$(SEED)) \
	    $(CLIENTS_PYTHON) -m pytest Tests/Clients/test_kills.py -q -s

bench: setup $(MOTO)/.complete ## measure it beside a bare libmicrohttpd, SQLite, moto and Cedar: RESUME=1 goes on behind a failure
	@.ci/install-missing $(BENCH_PACKAGES)
	swift build -c release --product homeroom
	swift build -c release --product bare-server
	swift build -c release --product echo-server
	swift build -c release --product bench-tool
	Benchmarks/run $(if $(RESUME),--resume)

demo: build clients ## the main job in a minute, on a fresh folder
	@HOMEROOM_BINARY=$(CURDIR)/.build/release/homeroom $(CLIENTS_PYTHON) Templates/demo/demo.py

clean: ## remove everything that was built; data folders stay
	rm -rf .build

# The programs of the client tests, in a virtual environment. The mark at the end says that it is complete.
clients: setup $(CLIENTS)/.complete

$(CLIENTS)/.complete: Tests/Clients/requirements.txt
	@echo "clients: installing boto3, the AWS CLI, ORMs and pytest into $(CLIENTS)"
	@rm -rf $(CLIENTS)
	@python3 -m venv $(CLIENTS)
	@$(CLIENTS_PYTHON) -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(MOTO)/.complete: Benchmarks/requirements.txt
	@echo "bench: installing moto and cedarpy into $(MOTO)"
	@rm -rf $(MOTO)
	@python3 -m venv $(MOTO)
	@$(MOTO)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@
