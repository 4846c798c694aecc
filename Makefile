# The checks of this project. Each phase of .ci/run can be run alone.

.PHONY: help check test race fuzz kill mpi sound operators mutants lint oracle golden results assembly cross release readme ci

help: ## print this list
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do printf '%-8s  %s\n' "$$name" "$$what"; done

check: ## what a change needs before it is sent: formatting, go vet, the short tests
	@files=$$(gofmt -l .); [ -z "$$files" ] || { echo "not formatted, run gofmt -w on:"; echo "$$files"; exit 1; }
	go vet ./...
	go test -short -vet=off ./...

test: ## all tests
	go test ./...

race: ## short tests under the race detector
	.ci/run race

fuzz: ## every fuzz target, 3 to 8 seconds each
	.ci/run fuzz

KILLS = 10000
kill: ## kill the program KILLS times (10000) and resume each time
	WAVELETGPT_KILLS=$(KILLS) go test -count=1 -timeout 0 -v -run 'KillLoop|TerminateLoop' ./cmd/waveletgpt

MPI = mpirun.openmpi mpirun.mpich
MPIKILLS = 200
mpi: ## each kind of run on 1 to 8 processes under two MPI, MPIKILLS kills (200); writes docs/results/mpi.md
	WAVELETGPT_MPI_MATRIX="$(MPI)" WAVELETGPT_MPI_PAGE=$(CURDIR)/docs/results/mpi.md go test -count=1 -timeout 0 -v -run MPIMatrix ./cmd/waveletgpt
	WAVELETGPT_MPI_KILLS=$(MPIKILLS) go test -count=1 -timeout 0 -v -run MPI ./cmd/waveletgpt

sound: ## every kind of sound that ffmpeg makes, and damaged ones, read by it and by us
	WAVELETGPT_SLOW=1 go test -count=1 -timeout 0 -run Matrix ./media/audio

operators: ## every combination of operators, options, mixes, shapes and places
	WAVELETGPT_SLOW=1 go test -count=1 -timeout 0 ./wavelet ./gpt

mutants: ## break the program in named ways; a test must fail each time
	go run ./internal/mutants

lint: ## formatting, go vet, staticcheck, go.mod
	.ci/run lint

oracle: ## fixtures against PyTorch; WAVELETGPT_PYTHON names a Python that has it
	.ci/run oracle

golden: ## rewrite the files of expected results; look at the difference before you commit it
	go test ./train ./summary ./report ./config -update

results: ## a page and CSV tables for every published study, in runs/results
	go build -o bin/waveletgpt ./cmd/waveletgpt
	for study in docs/results/*/summary.json; do \
		dir=$$(dirname $$study); bin/waveletgpt report $$dir --out runs/results/$$(basename $$dir) || exit; \
	done

assembly: ## the generator gives the assembly that is committed; tests without it
	.ci/run assembly

cross: ## build for arm64, macOS and Windows
	.ci/run cross

release: ## a release of this commit, twice, and go install of it
	.ci/run release

readme: ## README's two commands in a new clone with an empty module cache
	.ci/run readme

ci: ## everything, as on every submission; docs/ci.md has the phases
	.ci/run
