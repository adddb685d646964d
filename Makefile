# SPDX-License-Identifier: GPL-3.0-or-later
# Essaim. GNU make alone; everything that is built goes to $(BUILD). `make help` lists the targets.
# Another compiler or another set of flags belongs in another BUILD folder, for example
#     make BUILD=build/clang CC=clang WERROR=-Werror
BUILD ?= build
ifeq ($(origin CC),default)
CC = gcc
endif
OPTIMISE ?= -O2
# Warnings stop the build where CI is set: a person trying things out is not stopped.
WERROR ?= $(if $(CI),-Werror)
WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla
# The program and the benches are optimised as a whole when they are linked (an eighth fewer
# instructions), where gcc makes the fast build. Objects hold machine code too, so that the many
# tests link as quickly as ever.
WHOLE_PROGRAM ?= $(if $(filter gcc-O2,$(notdir $(CC))$(OPTIMISE)),$(if $(SANITIZE),,yes))
COMPILE = $(CC) -std=c17 $(OPTIMISE) -g $(WARNINGS) $(WERROR) -ffp-contract=off $(SANITIZE) \
	$(if $(WHOLE_PROGRAM),-flto -ffat-lto-objects) -MMD -MP
LINK_WHOLE = $(CC) $(SANITIZE) $(if $(WHOLE_PROGRAM),$(OPTIMISE) -g -ffp-contract=off -flto=$(JOBS))
# Each process that is forked for a replication or a point would look its library symbols up anew.
BIND_NOW = -Wl,-z,now
LINK_PARTS = $(CC) $(SANITIZE) $(if $(WHOLE_PROGRAM),-fno-lto)
LIBRARIES = -lglpk -lsqlite3 -lcjson -ligraph -lgsl -lgslcblas -lz -lm
# A policy sees its own folder alone; everything else includes from the top.
ALGORITHM_FLAGS = -include algorithms/base/poison.h -Ialgorithms
PROGRAM_FLAGS = -D_POSIX_C_SOURCE=200809L -Ialgorithms -I. -Itests/support

JOBS ?= $(shell nproc)
# Recursive makes run in parallel also where the person who called make did not ask for it.
PARALLEL = --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))
# V=1 shows whole commands.
quiet = $(if $(V),,@printf '  %-8s%s\n' $(1) $(2);)

# No rule but those below: make knows many, tries them on every file, and is slower for it.
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
%.d: ;

# The floors, ground up. Each list is a sorted wildcard: adding a file edits no list.
find_sources = $(sort $(foreach folder,$(1),$(wildcard $(folder)/*.c) $(wildcard $(folder)/*/*.c)))
ALGORITHM_SOURCES := $(call find_sources,algorithms)
PROGRAM_SOURCES := $(filter-out sim/main.c,$(call find_sources,models sim analysis))
RUNTIME_SOURCES := $(call find_sources,runtime)
SUPPORT_SOURCES := $(filter-out %/fuzz_main.c,$(sort $(wildcard tests/support/*.c)))
TEST_SOURCES := $(filter-out tests/support/%,$(sort $(wildcard tests/*/test_*.c)))
TESTS := $(TEST_SOURCES:%.c=$(BUILD)/%)
FUZZERS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

# Registries: one descriptor a file, named after its file stem. kind:folder
ALGORITHM_REGISTRIES = plan:algorithms/collective recovery:algorithms/recovery \
	training:algorithms/training detector:algorithms/membership peer:algorithms/peer \
	order:algorithms/routing route:algorithms/routing probing:algorithms/routing \
	wire:algorithms/wire averaging:algorithms/averaging selection:algorithms/collective
PROGRAM_REGISTRIES = reader:models/availability link_reader:models/network \
	graph_reader:models/network \
	transport:models/network network:models/network congestion:models/packet \
	profile:models/packet published:analysis/published command:sim/commands
kinds = $(foreach entry,$(1),$(word 1,$(subst :, ,$(entry))))
registry_folder = $(patsubst $(1):%,%, \
	$(filter $(1):%,$(ALGORITHM_REGISTRIES) $(PROGRAM_REGISTRIES)))

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
ALGORITHM_OBJECTS = $(call objects,$(ALGORITHM_SOURCES)) \
	$(patsubst %,$(BUILD)/generated/algorithms/registry_%.o,$(call kinds,$(ALGORITHM_REGISTRIES)))
PROGRAM_OBJECTS = $(call objects,$(PROGRAM_SOURCES)) \
	$(patsubst %,$(BUILD)/generated/registry_%.o,$(call kinds,$(PROGRAM_REGISTRIES)))
SUPPORT_OBJECTS = $(call objects,$(SUPPORT_SOURCES))
RUNTIME_OBJECTS = $(call objects,$(RUNTIME_SOURCES))
ARCHIVES = $(patsubst %,$(BUILD)/libessaim_%.a,support program runtime algorithms)

all: $(BUILD)/essaim ## build build/essaim (the default)

$(BUILD)/essaim: $(BUILD)/sim/main.o $(BUILD)/libessaim_program.a $(BUILD)/libessaim_algorithms.a
	$(call quiet,LINK,$@)$(LINK_WHOLE) $(BIND_NOW) -o $@ $^ $(LIBRARIES)

# An archive is made anew also when a source was deleted: then its list differs.
$(BUILD)/libessaim_algorithms.a: $(ALGORITHM_OBJECTS) $(BUILD)/generated/algorithms.list
$(BUILD)/libessaim_program.a: $(PROGRAM_OBJECTS) $(BUILD)/generated/program.list
$(BUILD)/libessaim_support.a: $(SUPPORT_OBJECTS) $(BUILD)/generated/support.list
$(BUILD)/libessaim_runtime.a: $(RUNTIME_OBJECTS) $(BUILD)/generated/runtime.list
%.a:
	$(call quiet,ARCHIVE,$@)rm -f $@ && ar qcsD $@ $(filter %.o,$^)

# Files that change only when what they say changes, so that nothing is compiled for nothing.
define write_if_changed
	@mkdir -p $(@D)
	@$(1) > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
endef
$(BUILD)/generated/algorithms.list: FORCE
	$(call write_if_changed,echo $(ALGORITHM_OBJECTS))
$(BUILD)/generated/program.list: FORCE
	$(call write_if_changed,echo $(PROGRAM_OBJECTS))
$(BUILD)/generated/support.list: FORCE
	$(call write_if_changed,echo $(SUPPORT_OBJECTS))
$(BUILD)/generated/runtime.list: FORCE
	$(call write_if_changed,echo $(RUNTIME_OBJECTS))
$(BUILD)/generated/flags.list: FORCE
	$(call write_if_changed,echo '$(COMPILE)' '$(ALGORITHM_FLAGS)' '$(PROGRAM_FLAGS)')
# A deleted descriptor vanishes from its registry, since the list of files is then another.
registry = sh tests/build/generate_registries.sh $(1) $(call registry_folder,$(1))
$(BUILD)/generated/registry_%.c: FORCE
	$(call write_if_changed,$(call registry,$*))
$(BUILD)/generated/algorithms/registry_%.c: FORCE
	$(call write_if_changed,$(call registry,$*))
FORCE:

FLAGS_LIST = $(BUILD)/generated/flags.list
$(BUILD)/algorithms/%.o: algorithms/%.c $(FLAGS_LIST)
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(COMPILE) $(ALGORITHM_FLAGS) -c -o $@ $<
$(BUILD)/generated/%.o: $(BUILD)/generated/%.c $(FLAGS_LIST)
	$(call quiet,CC,$<)$(COMPILE) -c -o $@ $<
$(BUILD)/%.o: %.c $(FLAGS_LIST)
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(COMPILE) $(PROGRAM_FLAGS) -c -o $@ $<

# The groups let the archives need each other in any order.
LINK = $(LINK_PARTS)
link_test = $(LINK) $(LINK_FUZZER) -o $@ $(filter %.o,$^) \
	-Wl,--start-group $(filter %.a,$^) -Wl,--end-group -lcunit $(LIBRARIES)
$(BUILD)/tests/%: $(BUILD)/tests/%.o $(ARCHIVES)
	$(call quiet,LINK,$@)$(link_test)
# A fuzz target replays its corpus through fuzz_main.c; `make fuzz` puts libFuzzer in its place.
FUZZ_MAIN = $(BUILD)/tests/support/fuzz_main.o
$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(FUZZ_MAIN) $(ARCHIVES)
	$(call quiet,LINK,$@)$(link_test)

deps: ## install what is missing for run and test (apt; says what first)
	@sh tests/build/deps.sh build
deps-check: ## install also what make check needs (clang, cppcheck)
	@sh tests/build/deps.sh build check

run: deps ## build, then run the flagship scenario
	@$(MAKE) $(PARALLEL) all
	$(BUILD)/essaim run scenarios/flagship.json

test: deps ## build and run every test program; the last line sums them up
	@$(MAKE) $(PARALLEL) test-programs
	@sh tests/run.sh --logs $(BUILD)/test-logs $(TESTS)
test-programs: all $(TESTS)

# One test program and what it needs: make one T=tests/models/test_sharing
one: $(BUILD)/$(T) ## build and run one test program: make one T=tests/models/test_sharing
	$(BUILD)/$(T)

# The bench is a driver and the programs that it times (measure_*.c); their parts are shared.
BENCH_SOURCES := $(sort $(wildcard tests/bench/*.c))
BENCH_MAINS := tests/bench/bench.c $(filter tests/bench/measure_%,$(BENCH_SOURCES))
BENCH_PROGRAMS := $(BENCH_MAINS:%.c=$(BUILD)/%)
$(BENCH_PROGRAMS): LINK = $(LINK_WHOLE)
$(BENCH_PROGRAMS): $(call objects,$(filter-out $(BENCH_MAINS),$(BENCH_SOURCES)))
test-kill: deps ## kill -9 whatever belongs to a sweep at 200 random moments
	@$(MAKE) $(PARALLEL) all $(BUILD)/tests/sweep/test_kill
	ESSAIM_KILLS=200 $(BUILD)/tests/sweep/test_kill
test-cluster: deps ## a sweep as a job array of a real Slurm on this machine
	@$(MAKE) $(PARALLEL) all
	@BUILD=$(BUILD) sh tests/sweep/cluster.sh

bench: deps ## measure speed beside other tools where installed; writes build/bench.json
	@$(MAKE) $(PARALLEL) bench-programs
	@BUILD=$(BUILD) sh tests/bench/run.sh
bench-programs: $(BENCH_PROGRAMS) $(BUILD)/tests/validation/model_case
bench-deps: ## install what make bench compares with (SimGrid)
	@sh tests/build/deps.sh build bench

# The references of analysis/validation/README.md: what kept them, what plays them, what scores.
VALIDATION_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(filter-out tests/validation/test_%, \
	$(sort $(wildcard tests/validation/*.c))))
validate: deps ## redo a random 5 % of the network references, score the models against the table
	@$(MAKE) $(PARALLEL) validation-programs bench-programs
	@BUILD=$(BUILD) sh tests/validation/run.sh 5
validate-full: deps ## redo all network references (about half an hour), then score
	@$(MAKE) $(PARALLEL) validation-programs bench-programs
	@BUILD=$(BUILD) sh tests/validation/run.sh 100
validation-programs: $(VALIDATION_PROGRAMS)
validate-deps: ## install what make validate compares with (ns-3, SimGrid)
	@sh tests/build/deps.sh build validate

published: deps ## print published figures beside ours; writes build/published.json
	@$(MAKE) $(PARALLEL) all
	@$(BUILD)/essaim published --out $(BUILD)/published.json

SECONDS ?= 600
soak: deps ## random worlds and faults on the test host: make soak SECONDS=600
	@$(MAKE) $(PARALLEL) $(BUILD)/tests/soak/soak
	$(BUILD)/tests/soak/soak --seconds $(SECONDS)

golden: deps ## rewrite tests/golden/*.out from what the program says now; review the diff
	@$(MAKE) $(PARALLEL) all
	@BUILD=$(BUILD) sh tests/golden/run.sh --rewrite

CLANG_FORMAT ?= clang-format-14
CLANG_TIDY ?= clang-tidy-14
C_FILES = $(shell sh tests/lint/files.sh | grep '\.[ch]$$')
TIDY_FILES := $(call find_sources,algorithms models sim analysis runtime tests)
format: deps-check ## lay out every C file by .clang-format
	@$(CLANG_FORMAT) -i $(C_FILES)
check-format:
	@$(CLANG_FORMAT) --dry-run -Werror $(C_FILES)

lint: $(BUILD)/libessaim_algorithms.a ## purity of algorithms/, floors, style
	@sh tests/lint/purity.sh $(BUILD)/libessaim_algorithms.a
	@sh tests/lint/floors.sh
	@sh tests/lint/style.sh

check-tidy: $(TIDY_FILES:%.c=$(BUILD)/tidy/%.ok)
# Depending on the object makes a file be read again when one of its headers changed.
$(BUILD)/tidy/%.ok: %.c $(BUILD)/%.o .clang-tidy tests/.clang-tidy
	@mkdir -p $(@D)
	$(call quiet,TIDY,$<)$(CLANG_TIDY) --quiet $< -- -std=c17 \
		$(if $(filter algorithms/%,$<),$(ALGORITHM_FLAGS),$(PROGRAM_FLAGS)) 2>$@.log || \
		{ cat $@.log; exit 1; }
	@touch $@
check-cppcheck:
	@[ $(BUILD)/cppcheck -nt tests/lint/cppcheck.cfg ] || rm -rf $(BUILD)/cppcheck
	@mkdir -p $(BUILD)/cppcheck
	@cppcheck --quiet --std=c11 --language=c -j$(JOBS) --error-exitcode=1 --inline-suppr \
		--enable=warning,portability,performance --suppressions-list=tests/lint/cppcheck.txt \
		--library=tests/lint/cppcheck.cfg \
		--cppcheck-build-dir=$(BUILD)/cppcheck -Ialgorithms -I. -Itests/support $(TIDY_FILES)

# Other compilers and flags are other folders under $(BUILD)/check.
variant = $(MAKE) $(PARALLEL) BUILD=$(BUILD)/check/$(1) WERROR=-Werror
SANITIZED = $(call variant,sanitized) OPTIMISE=-O1 \
	SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all'
check-clang:
	@$(call variant,clang) CC=clang test-programs
check-sanitized:
	@$(SANITIZED) test-programs
	@sh tests/run.sh --label sanitized --logs $(BUILD)/check/sanitized/test-logs \
		$(TESTS:$(BUILD)/%=$(BUILD)/check/sanitized/%)
check-fuzz:
	@$(SANITIZED) fuzz-programs
	@sh tests/fuzz/replay.sh $(FUZZERS:$(BUILD)/%=$(BUILD)/check/sanitized/%)
fuzz-programs: $(FUZZERS)

# Small scenarios, two replications: enough for --jobs 2 to have something to do.
DETERMINISM ?= $(wildcard scenarios/flagship.json) $(sort $(wildcard tests/determinism/*.json))
check-determinism: all
	@$(call variant,clang) CC=clang all
	@$(call variant,gcc-O0) OPTIMISE=-O0 all
	@sh tests/build/determinism.sh --binaries "$(BUILD)/essaim $(BUILD)/check/gcc-O0/essaim \
		$(BUILD)/check/clang/essaim" $(DETERMINISM)
check-golden: all
	@BUILD=$(BUILD) sh tests/golden/run.sh

# Pages say what is so. The quick way: `make run` and `make test` in them are not run once more.
check-docs: all
	@CC=$(CC) BUILD=$(BUILD) ESS_DOCS_FAST=1 sh tests/docs/run.sh

# The build itself under test, in copies of the tree; they start from the objects built here.
check-build: test-programs
	@CC=$(CC) BUILD=$(BUILD) sh tests/run.sh --label build --logs $(BUILD)/check/build-logs \
		$(sort $(wildcard tests/build/test_*.sh))

CHECKS = format lint tidy cppcheck clang sanitized fuzz golden determinism docs build
check-lint: lint
check: deps-check ## format, lints, static analysis, sanitizers, clang, golden, determinism, docs
	@$(MAKE) $(PARALLEL) test-programs
	@for step in $(CHECKS); do began=$$(date +%s); \
		$(MAKE) $(PARALLEL) -k check-$$step || { echo "check: $$step FAILED"; exit 1; }; \
		echo "check: $$step passed in $$(($$(date +%s) - began)) s"; done
	@echo "check: everything passed"

# Seconds for each fuzz target: make fuzz T=60. New inputs go to $(BUILD)/fuzz, not to the tree.
fuzz: deps-check ## fuzz each target under clang and libFuzzer for T seconds: make fuzz T=60
	@$(call variant,fuzz) CC=clang OPTIMISE=-O1 WERROR= FUZZ_MAIN= LINK_FUZZER=-fsanitize=fuzzer \
		SANITIZE='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all' \
		fuzz-programs
	@sh tests/fuzz/explore.sh $(or $(T),60) $(BUILD)/fuzz \
		$(FUZZERS:$(BUILD)/%=$(BUILD)/check/fuzz/%)

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]* ## \(.*\)/\1|\2/p' Makefile | \
		awk -F'|' '{ printf "  make %-11s %s\n", $$1, $$2 }'

.PHONY: FORCE all deps deps-check run test test-programs test-kill test-cluster one \
	bench bench-programs bench-deps validate validate-full validate-deps validation-programs \
	published soak golden format lint \
	$(CHECKS:%=check-%) check fuzz fuzz-programs help
.DELETE_ON_ERROR:
.SECONDARY:
OUTPUT_FOLDERS = $(patsubst %,$(BUILD)/%,algorithms models sim analysis runtime tests generated)
-include $(shell find $(OUTPUT_FOLDERS) -name '*.d' 2>/dev/null)
