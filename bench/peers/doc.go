// Package peers measures other programs beside this one on the same machine.
//
// run.sh is the command: it makes the peers' virtual environment and starts
// peers.py, which runs `waveletgpt bench` and pytorch.py in turn. page.py turns
// what they print into a section of docs/results/performance.md. There is Go
// for tests only.
package peers
