// Package peers compares the speed of waveletgpt and PyTorch on the same machine.
//
// Start it with run.sh, which creates a virtual environment for PyTorch and runs
// peers.py. That runs `waveletgpt bench` and pytorch.py in turn, and page.py writes
// the results to a section of docs/results/performance.md. The Go code is for
// tests only.
package peers
