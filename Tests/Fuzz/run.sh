#!/usr/bin/env bash
# Builds the fuzzer and runs it from good inputs.
#
#   Tests/Fuzz/run.sh [RUNS] [FOLDER]
#   Tests/Fuzz/run.sh --build
#
# RUNS inputs (default 100000). FOLDER keeps the corpus from run to run; without it each run
# starts from the seeds alone. An input that traps, hangs, takes too much memory, or changes a
# machine that refused it is written to the present folder, and the status is not 0.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if [ "${1:-}" = --build ]; then exec swift build -c release --package-path "$here"; fi
runs=${1:-100000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
corpus=${2:-$work/corpus}
mkdir -p "$work/seeds" "$corpus"

swift build -c release --package-path "$here"
bin=$(swift build -c release --package-path "$here" --show-bin-path)
"$bin/fuzz" --seeds "$work/seeds"
# Without this variable Swift's own crash handler would come before the fuzzer's.
export LSAN_OPTIONS="suppressions=$here/leaks.txt:print_suppressions=0"
export SWIFT_BACKTRACE=enable=no
# As many processes as processors, which share the inputs.
lanes=$(nproc)
pids=()
status=0
for lane in $(seq "$lanes"); do
  mkdir -p "$corpus/$lane"
  "$bin/fuzz" -runs=$(((runs + lanes - 1) / lanes)) -max_len=262144 -timeout=20 \
    -rss_limit_mb=2048 -malloc_limit_mb=64 -print_final_stats=1 -verbosity=0 \
    "$corpus/$lane" "$work/seeds" >"$work/lane$lane" 2>&1 &
  pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || status=$?; done
for lane in $(seq "$lanes"); do grep -vE 'NEW_(FUNC|PC)' "$work/lane$lane" || true; done
exit "$status"
