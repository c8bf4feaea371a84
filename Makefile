# Every habit of the project. `make help` lists the targets.
SWIFT ?= swift
BUILD := $(SWIFT) build -c release
MILLRACE := .build/release/millrace
SET ?=
# Documents of the user's own do not go where those of the samples are.
MY_REPORTS = $(if $(filter inbox=%,$(SET)),$(if $(filter out=%,$(SET)),,--set out=out/my-reports))

.DEFAULT_GOAL := help
.PHONY: help setup setup-documents setup-test build demo test test-neon lint format bench docs sanitize fuzz clean \
	eval eval-reports demo-reports bench-documents verify-kill verify-copies verify-offline verify-reports verify-hostile \
	verify-docling verify-tokenizers

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what a build needs (Debian packages)
	@Tools/install build

setup-test: setup ## install what the tests need, too
	@Tools/install test

setup-documents: setup ## install what reading documents needs, too (poppler, Tesseract, qpdf)
	@Tools/install documents

build: setup ## build the millrace program
	$(BUILD) --product millrace

demo: build ## run the smart-home loop on samples/home, or with SET=frames=/my/pictures on yours
	@$(MILLRACE) run pipelines/smart-home.yaml $(foreach s,$(SET),--set $(s))

demo-reports: build setup-documents ## read the documents in samples/reports, or with SET="inbox=/my/reports" yours (into out/my-reports)
	@$(MILLRACE) run pipelines/reports.yaml $(MY_REPORTS) $(foreach s,$(SET),--set $(s))

test: setup-test ## install what is missing and pass every test
	@SWIFT="$(SWIFT)" Tools/test

test-neon:
	@Tools/test-neon

lint: ## format, imports per target, file length; warnings are errors in every build
	@$(SWIFT) format lint --strict --recursive --parallel Sources Tests Package.swift
	@Tools/lint-imports

format: ## rewrite the sources in the project's format
	@$(SWIFT) format --in-place --recursive --parallel Sources Tests Package.swift

bench: build ## measure beside llama.cpp on the same files (ROWS, BLOCKS, SHAPE, REPETITIONS choose; SHAPE=150m is quick)
	@Benchmarks/run

eval: build ## measure the three models that come along as their cards say; writes the test sets first (some 10 minutes)
	@Tools/train-hearth/tests training/tests
	@$(MILLRACE) eval hearth training/tests -m builtin:hearth --precision f16,q8_0,int4
	@$(MILLRACE) eval hearth training/tests --speed
	@$(MILLRACE) eval ledger
	@$(MILLRACE) eval ledger -m samples/models/ledger --precision f16,q8_0,int4 --split handwritten,unseen
	@$(MILLRACE) eval scribe --precision f16,q8_0,int4

eval-reports: build setup-test ## measure the reading of all sample documents; makes those that do not come along first (4 minutes)
	@Tools/make-reports/make --light out/sample-reports
	@$(MILLRACE) eval reports samples/reports out/sample-reports

bench-documents: build setup-test ## measure beside pdfplumber, pymupdf4llm and markitdown on the same documents
	@Benchmarks/documents/run

docs: build ## write the reference of node types and commands into docs/reference
	@Tools/make-reference

sanitize: setup-test ## run the tests under the address and the thread sanitizer
	@Tools/sanitize

fuzz: setup-test ## fuzz every reader of untrusted bytes (SECONDS=60 each)
	@Tools/fuzz/run $(or $(SECONDS),60)

verify-kill: build setup-test ## kill -9 the loop at 50 random moments and count effects on the devices
	@Tools/verify-kill

verify-reports: build setup-test ## kill -9 the reading of documents at 30 random moments; the results must be the same
	@Tools/verify-reports

verify-hostile: build setup-test ## read 200 broken and hostile documents among good ones
	@Tools/verify-hostile

verify-copies: build setup-test ## count memcpy and memmove between decoder and logits with a preloaded counter
	@Tools/copy-counter/check

verify-offline: build ## run the demo with the network namespace cut off
	@unshare -rn $(MILLRACE) run pipelines/smart-home.yaml --set out=out/offline

verify-docling: build ## check the Docling files of the sample reports with docling-core itself (downloads it from PyPI)
	@$(MILLRACE) run pipelines/reports.yaml --set out=out/docling
	@Tools/check-docling out/docling

verify-tokenizers: build ## compare ids with `tokenizers` and `sentencepiece` on random strings (downloads both from PyPI)
	@Tools/verify-tokenizers

clean: ## remove build products and reports
	rm -rf .build .build-* out
