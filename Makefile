# The two commands of the README, and those a developer needs. CMake does the building (see CMakePresets.json).
#
#   make run [GADGET=trace_open] [ARGS=...]   real events of this machine
#   make test                                 everything: unit, end-to-end, fuzz targets (briefly), sanitizers
#   make test-vm [KERNEL=all]                 the tests on Linux 6.1, 6.12, 7.2 and arm64, in virtual machines
#   make bench                                speed and memory next to other tools
#   make bench-wasm                           the WebAssembly engine next to machine code, V8 and wabt
#   make bench-modules                        gadgets with modules next to the same gadgets without
#   make install [DESTDIR=] [PREFIX=/usr/local]

PREFIX ?= /usr/local
GADGET ?= trace_open
ARGS ?=
BUILD := build/release
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
GADGETCTL := $(BUILD)/bin/gadgetctl

.PHONY: all deps build run test test-vm bench bench-wasm bench-modules install fuzz tidy format clean
all: build

deps:
	@scripts/deps.sh

build: deps
	@[ -f $(BUILD)/build.ninja ] || cmake --preset release
	@cmake --build --preset release

run: build
	@echo "Running the gadget $(GADGET): press Ctrl-C to stop."
	@$(SUDO) $(GADGETCTL) run $(GADGET) $(ARGS)

test:
	@scripts/deps.sh scripts/packages-test.txt
	@scripts/test.sh

test-vm: build
	@scripts/deps.sh scripts/packages-test.txt
	@$(SUDO) env GADGETCTL=$(CURDIR)/$(GADGETCTL) tests/vm/kernels $(or $(KERNEL),all)

bench: build
	@bench/run.sh

bench-wasm: build
	@scripts/deps.sh scripts/packages-test.txt
	@bench/wasmcore/run.sh

bench-modules: build
	@bench/wasm/run.sh

install:
	@[ -f $(BUILD)/build.ninja ] || cmake --preset release
	@[ -x $(GADGETCTL) ] || cmake --build --preset release
	@DESTDIR=$(DESTDIR) cmake --install $(BUILD) --prefix $(PREFIX) --strip

fuzz: deps
	@scripts/fuzz.sh $(or $(SECONDS_EACH),600)

tidy: deps
	@scripts/tidy.sh

format:
	@git ls-files '*.cpp' '*.hpp' | xargs clang-format-19 -i

clean:
	rm -rf build
