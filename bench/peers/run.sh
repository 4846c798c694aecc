#!/usr/bin/env bash
# Measures PyTorch and waveletgpt in turn on this machine, and writes the ratios
# to docs/results/performance.md, in the section of this processor:
#
#   bench/peers/run.sh             about half an hour; the machine should be idle
#   bench/peers/run.sh --quick     some minutes, one round
#   bench/peers/run.sh --help      everything else
#
# PyTorch comes from a virtual environment with the versions that
# requirements.txt pins, made here if it does not exist (5 GB), or from the one
# that PEERS_VENV names.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=${PEERS_VENV:-$here/venv}
if [[ ! -x $venv/bin/python ]]; then
	python3 -m venv "$venv"
fi
if ! "$venv/bin/python" "$here/peers.py" --check 2>/dev/null; then
	"$venv/bin/python" -m pip install --quiet -r "$here/requirements.txt"
fi
exec "$venv/bin/python" "$here/peers.py" "$@"
