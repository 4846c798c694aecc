#!/usr/bin/env bash
# Measures waveletgpt and PyTorch in turn on this machine and writes the ratios to
# docs/results/performance.md, in the section of this processor:
#
#   bench/peers/run.sh             about half an hour, on an idle machine
#   bench/peers/run.sh --quick     a few minutes, one round
#   bench/peers/run.sh --help      all options
#
# PyTorch is installed into a virtual environment here (5 GB) with the versions in
# requirements.txt, or comes from the one that PEERS_VENV names.
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
