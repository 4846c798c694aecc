#!/bin/sh
# Measures training by PyTorch on the accelerator of this machine, at most eight minutes:
#
#     bench/torch/run.sh TEXT OUT [PYTHON]
#
# TEXT is a text, such as text8. OUT gets
#     device.txt     versions and device
#     speed.jsonl    the speed of a step at the paper's and the larger configuration, by the engine
#                    ("engine") and by a loop in plain PyTorch with transformers' GPT-2 ("plain")
#     study/         none, shift and haar on TEXT at the paper's configuration, with a batch of 64
#                    windows in bfloat16 and one seed, for as many steps as fit; summary.json is
#                    to be published
# PYTHON has the packages of internal/torch/requirements.txt; without it, waveletgpt's own
# environment or python3. WAVELETGPT names the binary; without it, one is built. Other values of
# DEVICE (cuda), SECONDS_OF_ALL (450), PRESET (paper) and BATCH (64) are to try the script.
set -eu
text=$1 out=$2 python=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out"
out=$(cd "$out" && pwd)
device=${DEVICE:-cuda} preset=${PRESET:-paper} batch=${BATCH:-64}
began=$(date +%s)
left() { echo $((${SECONDS_OF_ALL:-450} + began - $(date +%s))); } # seconds
[ -z "$python" ] || export WAVELETGPT_PYTHON="$python"
python=${WAVELETGPT_PYTHON:-python3}
waveletgpt=${WAVELETGPT:-}
if [ -z "$waveletgpt" ]; then
	waveletgpt=$out/waveletgpt
	(cd "$here/../.." && CGO_ENABLED=0 go build -o "$waveletgpt" ./cmd/waveletgpt)
fi
large="--preset paper --set model.layers=8 --set model.width=512 --set model.heads=8 --set model.hidden=2048 --set model.context=1024"

"$waveletgpt" torch check --preset tiny --set train.device="$device" >"$out/device.txt"
cat "$out/device.txt"

# config NAME LAYERS WIDTH HEADS HIDDEN CONTEXT writes a configuration for the plain loop.
config() {
	printf '{"n_layer": %d, "n_embd": %d, "n_head": %d, "n_inner": %d, "n_positions": %d, "vocab_size": 256, "embd_pdrop": 0, "resid_pdrop": 0, "attn_pdrop": 0, "tie_word_embeddings": false, "bos_token_id": null, "eos_token_id": null}\n' \
		"$2" "$3" "$4" "$5" "$6" >"$out/$1.json"
}
config paper 10 128 8 512 512
config tiny 2 32 2 128 32
config large 8 512 8 2048 1024

# measure NAME BATCH PRECISION COMPILE SETTINGS: ours, then the plain loop, on the same shapes. What
# fails or takes too long is a line too. Half of the time is for the study.
measure() {
	name=$1 batch=$2 precision=$3 compile=$4
	shift 4
	limit=$(($(left) - ${SECONDS_OF_ALL:-450} / 2))
	[ "$limit" -lt 60 ] || limit=60
	[ "$limit" -gt 0 ] || return 0
	if one=$(timeout "$limit" "$waveletgpt" torch check --json --preset "$preset" "$@" --set train.batch="$batch" --set train.device="$device" \
		--set train.precision="$precision" --set train.compile="$compile" 2>"$out/errors.txt"); then
		printf '{"engine": "%s", "batch": %d, "measured": %s}\n' "$name" "$batch" "$(echo "$one" | tr -d '\n')" >>"$out/speed.jsonl"
	else
		printf '{"engine": "%s", "batch": %d, "failed": "%s"}\n' "$name" "$batch" "$(tail -n 1 "$out/errors.txt" | tr -d '"\\')" >>"$out/speed.jsonl"
	fi
	timeout "$limit" "$python" "$here/plain.py" "$out/$name.json" "$batch" "$device" "$precision" "$compile" </dev/null >>"$out/speed.jsonl" 2>"$out/errors.txt" ||
		printf '{"plain": "%s", "batch": %d, "failed": "%s"}\n' "$name" "$batch" "$(tail -n 1 "$out/errors.txt" | tr -d '"\\')" >>"$out/speed.jsonl"
	tail -n 2 "$out/speed.jsonl"
}

: >"$out/speed.jsonl"
# What matters most comes first: each line takes up to a minute, with the start of Python and compiling.
measure "$preset" "$batch" bfloat16 off
# shellcheck disable=SC2086 # settings are words
measure large 16 bfloat16 off $large
measure "$preset" "$batch" bfloat16 default
# shellcheck disable=SC2086
measure large 16 bfloat16 default $large
measure "$preset" "$batch" float32 off

# As many steps as fit in three quarters of what is left, with three runs in turns, by the first
# measurement; evaluations and starting take the rest. If the time is up all the same, the study
# is unfinished, and the same command resumes it.
steps=$("$python" -c '
import json, sys
step = next(json.loads(line)["measured"]["step_seconds"] for line in open(sys.argv[1]) if "measured" in line)
print(max(50, round(0.75 * float(sys.argv[2]) / 3 / step, -1).__int__()))' "$out/speed.jsonl" "$(left)")
"$waveletgpt" compare "$text" --preset "$preset" --variants none,shift,haar --seeds 1 --out "$out/study" --stop-after "$(left)s" \
	--set train.engine=torch --set train.device="$device" --set train.precision=bfloat16 --set train.batch="$batch" \
	--set train.steps="$steps" --set train.warmup=$((steps / 15)) --set train.eval_every=$((steps / 20 + 1)) --set train.save_every="$steps" ||
	[ $? -eq 5 ] # the time was up
