# Sourced by the scripts of this folder: where things are, how a check says "skipped", and how the
# processes that a script starts are ended.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=$root/.cache
export PATH=$cache/tools/bin:$cache/tools/node/node_modules/node/bin:$PATH:${HOME-}/.cargo/bin
# What a person names is named from where they are.
called_from=$PWD
cd "$root" || exit

# Where cargo puts what it builds.
target=${CARGO_TARGET_DIR:-$root/target}

# EX_TEMPFAIL: the check could not be done here. The last line it printed says why.
readonly SKIPPED=75
skip() {
  printf 'skipped: %s\n' "$*"
  exit "$SKIPPED"
}

# Everything a script starts inherits this mark, however deep, and is ended by it. A script that runs
# inside another one appends to its mark, so that the outer one ends it, too.
export COUNTERSIGN_RUN=${COUNTERSIGN_RUN:+$COUNTERSIGN_RUN/}$$-$RANDOM

# Ends what this script has left running. For traps.
end_marked() {
  local signal round pids
  for signal in TERM KILL; do
    for round in 1 2 3 4 5 6 7 8 9 10; do
      pids=$(marked)
      [ -n "$pids" ] || return 0
      # shellcheck disable=SC2086 # one word for each process
      [ "$round" -gt 1 ] || kill -s "$signal" $pids 2>/dev/null || true
      sleep 0.2
    done
  done
}

# The processes that carry the mark, one a line. The environment of a process is the one it was started
# with, so this shell is not among them; grep is kept out by hand.
marked() {
  local found
  found=$(env -u COUNTERSIGN_RUN grep -lsz "^COUNTERSIGN_RUN=$COUNTERSIGN_RUN" /proc/[0-9]*/environ) || true
  found=${found//\/proc\//}
  printf '%s' "${found//\/environ/}"
}

# Waits until a command succeeds; fails after so many seconds.
wait_for() {
  local seconds=$1 end
  shift
  end=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.1
  done
}
