# What the scripts here share; to be sourced after "root" is set to the project's directory. Leaves a
# work directory in $work that goes when the script ends, with all processes in $pids.
# shellcheck shell=sh

jar=$root/bench/target/benchmarks.jar
[ -f "$jar" ] || { echo "$0: build first: mvn -B -q -DskipTests -Pbenchmarks package" >&2; exit 1; }
command -v h2load >/dev/null || { echo "$0: h2load is not installed" >&2; exit 1; }

work=$(mktemp -d)
pids=
cleanup() {
  for pid in $pids; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

wire() { java -XX:+UseSerialGC -cp "$jar" io.mooring.bench.wire.WireBench "$@"; }

# Starts a member in the background, etcd or an engine of ours; more flags may follow.
member() { # target name client-url peer-url initial-cluster
  target=$1 name=$2 client=$3 peer=$4 initial=$5
  shift 5
  if [ "$target" = etcd ]; then
    command -v etcd >/dev/null || { echo "$0: etcd is not installed" >&2; exit 1; }
    set -- etcd "$@"
  else
    set -- "$root/mooring" --storage-engine "$target" "$@"
  fi
  "$@" --name "$name" --data-dir "$work/$name" \
    --listen-client-urls "$client" --advertise-client-urls "$client" \
    --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" \
    --initial-cluster "$initial" >"$work/$name.log" 2>&1 &
  pids="$pids $!"
}

# One load of gRPC calls; h2load's report is in $work/h2load.out, a line a call in $work/calls.
load_url() { # url body connections streams seconds
  rm -f "$work/calls"
  h2load -t1 -c"$3" -m"$4" -D"$5" --warm-up-time=1 -w24 -W28 -d "$work/$2.bin" \
    --log-file="$work/calls" \
    -H 'content-type: application/grpc' -H 'te: trailers' "$1" >"$work/h2load.out"
}

# User and system time of processes so far, in milliseconds.
cpu_ms() {
  for process; do
    awk -v hz="$(getconf CLK_TCK)" \
      '{ sub(/.*\) /, ""); print int(($12 + $13) * 1000 / hz) }' "/proc/$process/stat"
  done | awk '{ sum += $1 } END { print sum }'
}

# Rate, calls that succeeded, calls that failed of the last load.
rate() {
  awk '/^finished in/ { rate = $4 } /^status codes:/ { ok = $3 } /^requests:/ { failed = $10 }
    END { print rate, ok, failed }' "$work/h2load.out"
}

# A percentile of the last load, in milliseconds.
percentile() { # 0..100
  cut -f3 "$work/calls" | sort -n |
    awk -v p="$1" '{ v[NR] = $1 } END { if (NR) printf "%.2f", v[int((NR - 1) * p / 100) + 1] / 1000 }'
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

ratio() { awk -v a="$1" -v b="${2:-0}" 'BEGIN { if (b > 0) printf "%.2f", a / b; else print "-" }'; }
