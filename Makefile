# SPDX-License-Identifier: GPL-3.0-or-later
# Essaim. GNU make alone; everything that is built goes to $(BUILD).
BUILD ?= build
CC ?= gcc
OPTIMISE ?= -O2
WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla
CFLAGS_COMMON = -std=c17 $(OPTIMISE) -g $(WARNINGS) $(WERROR) -ffp-contract=off $(SANITIZE)
DEPEND = -MMD -MP
LIBRARIES = -lcjson -ligraph -lgsl -lgslcblas -lz -lm

# The floors, ground up. Each list is a sorted wildcard: adding a file edits no list.
find_sources = $(sort $(foreach folder,$(1),$(wildcard $(folder)/*.c) $(wildcard $(folder)/*/*.c)))
ALGORITHM_SOURCES := $(call find_sources,algorithms)
PROGRAM_SOURCES := $(filter-out sim/main.c,$(call find_sources,models sim analysis))
SUPPORT_SOURCES := $(sort $(wildcard tests/support/*.c))
TEST_SOURCES := $(sort $(wildcard tests/*/test_*.c))
TESTS := $(TEST_SOURCES:%.c=$(BUILD)/%)

# Registries: one descriptor a file, named after its file stem. kind:folder:prefix:type
REGISTRIES = plan:algorithms/collective recovery:algorithms/recovery training:algorithms/training \
	detector:algorithms/membership reader:models/availability command:sim/commands
ALGORITHM_REGISTRIES = plan recovery training detector
PROGRAM_REGISTRIES = reader command
registry_folder = $(word 2,$(subst :, ,$(filter $(1):%,$(REGISTRIES))))

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
ALGORITHM_OBJECTS = $(call objects,$(ALGORITHM_SOURCES)) \
	$(ALGORITHM_REGISTRIES:%=$(BUILD)/generated/algorithms/registry_%.o)
PROGRAM_OBJECTS = $(call objects,$(PROGRAM_SOURCES)) \
	$(PROGRAM_REGISTRIES:%=$(BUILD)/generated/registry_%.o)
SUPPORT_OBJECTS = $(call objects,$(SUPPORT_SOURCES))

all: $(BUILD)/essaim

$(BUILD)/essaim: $(BUILD)/sim/main.o $(BUILD)/libessaim_program.a $(BUILD)/libessaim_algorithms.a
	$(CC) $(SANITIZE) -o $@ $^ $(LIBRARIES)

$(BUILD)/libessaim_algorithms.a: $(ALGORITHM_OBJECTS)
$(BUILD)/libessaim_program.a: $(PROGRAM_OBJECTS)
$(BUILD)/libessaim_support.a: $(SUPPORT_OBJECTS)
%.a:
	@rm -f $@
	ar rcsD $@ $^

$(BUILD)/algorithms/%.o: algorithms/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_COMMON) $(DEPEND) -include algorithms/base/poison.h -Ialgorithms -c -o $@ $<
$(BUILD)/generated/algorithms/%.o: $(BUILD)/generated/algorithms/%.c
	$(CC) $(CFLAGS_COMMON) $(DEPEND) -Ialgorithms -c -o $@ $<
$(BUILD)/generated/%.o: $(BUILD)/generated/%.c
	$(CC) $(CFLAGS_COMMON) $(DEPEND) -D_POSIX_C_SOURCE=200809L -Ialgorithms -I. -c -o $@ $<
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_COMMON) $(DEPEND) -D_POSIX_C_SOURCE=200809L -Ialgorithms -I. -Itests/support -c -o $@ $<

# A registry is rewritten only when its file list changes, so a deleted descriptor vanishes.
define write_registry
	@mkdir -p $(@D)
	@sh tests/lint/make-registry.sh $* $(call registry_folder,$*) > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
endef
$(BUILD)/generated/registry_%.c: FORCE
	$(write_registry)
$(BUILD)/generated/algorithms/registry_%.c: FORCE
	$(write_registry)
FORCE:
.PHONY: FORCE all

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/libessaim_support.a $(BUILD)/libessaim_program.a $(BUILD)/libessaim_algorithms.a
	$(CC) $(SANITIZE) -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group -lcunit $(LIBRARIES)

# One test program and what it needs: make one T=tests/models/test_sharing
one: $(BUILD)/$(T)
	$(BUILD)/$(T)

.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
