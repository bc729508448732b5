#!/usr/bin/env bash
# Measures the bridge beside nginx with nchan and beside the bare limit, by the same tool on the same machine; --help.
set -euo pipefail

usage() {
    cat <<'END'
src/bench/compare.sh [--rounds N] [--only S1,S2a] [--servers bare,nchan-1] [--before JAR] [--quick]
src/bench/compare.sh --continue DIRECTORY [--rounds N]
src/bench/compare.sh --report DIRECTORY

Runs every scenario against every server in turn, N times over (3), each time against a fresh server, on loopback.
Results go to target/compare/; a whole run (neither --only nor --servers nor --quick) also writes src/docs/benchmarks.md.
A round of a whole run takes about 40 minutes, in which the machine must have nothing else to do.

  --only LIST       some scenarios, or groups of them: S1 S2a S2b S3 S4 S5 S6 S7 S8 S9
  --servers LIST    some servers: bare bare-5ms nchan-1 nchan-2 nchan-redis bridge bridge-two, and bridge-alone, only if named;
                    with --before these mean the bridge of that jar too
  --before JAR      measures the bridge of this jar too, in turn with the one built: before and after a change
  --quick           seconds in place of minutes: to try the script, not for figures
  --continue DIR    goes on with an earlier run of the same jar, which was stopped or had fewer rounds: measures only
                    what its directory does not have yet; give it the same options as that run
  --report DIR      writes the report of an earlier run's directory once more

Needs java, a built target/sse-bridge.jar, and for nchan the Debian packages nginx, libnginx-mod-nchan and redis-server.
BRIDGE_JAVA_OPTIONS: for the bridge's JVM, in place of those that src/docs/operations.md recommends.
END
}

fail() {
    echo "compare.sh: $*" >&2
    exit 2
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
sources=$root/src/bench
jar=$root/target/sse-bridge.jar
rounds=3
only=
chosen=
quick=
report=
before=
out=
while (($# > 0)); do
    case $1 in
        --rounds | --only | --servers | --before | --continue | --report) (($# > 1)) || fail "$1: has no value" ;;&
        --rounds) rounds=$2 && shift ;;
        --only) only=$2 && shift ;;
        --servers) chosen=$2 && shift ;;
        --before) before=$2 && shift ;;
        --continue) out=$2 && shift ;;
        --report) report=$2 && shift ;;
        --quick) quick=1 ;;
        -h | --help) usage && exit 0 ;;
        *) fail "$1: unknown; see --help" ;;
    esac
    shift
done
[[ $rounds =~ ^[1-9][0-9]*$ ]] || fail "--rounds: $rounds (expected: a number from 1 on)"

write_report() {
    java -cp "$jar" "$sources/java/CompareReport.java" "$1/results.jsonl" "$1/facts.txt" >"$1/benchmarks.md"
}

[[ -z $before || -r $before ]] || fail "--before: $before: no such file"
[[ -r $jar ]] || fail "target/sse-bridge.jar is not there; mvn -q package -DskipTests"
if [[ -n $report ]]; then
    write_report "$report"
    exit 0
fi

# --- The scenarios ------------------------------------------------------------------------------------------------------

names='bench.{n}'
scenarios=(S1-1000 S1-5000 S1-10000 S2a S2b S3-1000 S3-5000 S3-20000 S4-one S4-each S5-none S5-stalled S6 S7-first S7-again S8-one S8-each S9-first S9-next)
if [[ -n $quick ]]; then
    span=(--warm-up 2s --time 4s --drain 5s)
    long=(--warm-up 2s --time 8s --drain 5s)
    steep=("${span[@]}")
    practice=3s
else
    span=(--warm-up 3s --time 12s --drain 30s)
    long=(--warm-up 3s --time 30s --drain 30s)
    # The tool itself is in Java, and takes some seconds until it keeps up with two million deliveries per second.
    steep=(--warm-up 10s --time 12s --drain 30s)
    practice=25s
fi

# The options of a scenario, in "load"; options that differ between servers are added later.
load_of() {
    local bus=(--bus "$names" --cluster-config "$work/cluster.xml")
    case $1 in
        S1-*) load=(--channels 1 --subscribers "${1#S1-}" --rate "${events:-10}" "${span[@]}") ;;
        S2a) load=(--channels 1 --subscribers 100 --rate 1000 "${span[@]}") ;;
        S2b) load=(--channels 1 --subscribers 100 --rate 20000 --publishers 50 "${steep[@]}") ;;
        S3-*) load=(--channels 5000 --subscribers 5000 --rate "${1#S3-}" --publishers 50 "${span[@]}") ;;
        S4-one) load=(--channels 1 --subscribers 10000 --rate 0 --warm-up 0s --time 1s) ;;
        S4-each) load=(--channels 10000 --subscribers 10000 --rate 0 --warm-up 0s --time 1s) ;;
        # The same 30 readers in both, so that a delivery's share of the publishing is the same.
        S5-none) load=(--channels 1 --subscribers 30 --rate 500 --size 4096 "${long[@]}") ;;
        S5-stalled) load=(--channels 1 --subscribers 40 --stalled 10 --rate 500 --size 4096 "${long[@]}") ;;
        S6) load=(--channels 1 --subscribers 10000 --rate 10 "${bus[@]}" "${span[@]}") ;;
        S7-*) load=(--channels 1 --subscribers 10000 --rate 0 --resume 20 --tokens -conf "$work/tokens.yaml" --warm-up 0s --time 5s) ;;
        S8-one) load=(--channels 1 --subscribers 1 --rate 5000 --publishers 50 "${bus[@]}" "${span[@]}") ;;
        S8-each) load=(--channels 5000 --subscribers 5000 --rate 5000 --publishers 50 "${bus[@]}" "${span[@]}") ;;
        # What S9-next practises is S9-first.
        S9-*) load=(--channels 100 --subscribers 100 --rate 1000 --publishers 50 --warm-up 0s --time 10s --drain 10s) ;;
    esac
}

# Each bridge twice, if --before names an earlier one.
servers_of() {
    local server
    for server in $(all_servers_of "$1"); do
        [[ -z $before || $server != bridge* ]] || echo "$server-before"
        echo "$server"
    done
}

all_servers_of() {
    case $1 in
        S2*) echo bare bare-5ms nchan-1 nchan-2 bridge bridge-alone ;;
        S5*) echo nchan-1 nchan-2 bridge bridge-alone ;;
        S6) echo bridge-two ;;
        S7-*) echo bridge bridge-alone ;;
        # Only the bridge has an event bus.
        S8-*) echo bridge ;;
        S3-* | S9-*) echo bare nchan-1 nchan-2 nchan-redis bridge bridge-alone ;;
        *) echo bare nchan-1 nchan-2 bridge bridge-alone ;;
    esac
}

# Whether a name, or the group before its dash, is in a list with commas; an empty list has all.
is_in() {
    [[ -z $2 || ,$2, == *,$1,* || ,$2, == *,${1%%-*},* ]]
}

is_chosen() {
    if [[ -z $chosen ]]; then
        [[ $1 != bridge-alone* ]]
    else
        [[ ,$chosen, == *,${1%-before},* ]]
    fi
}

# --- Requirements -----------------------------------------------------------------------------------------------------

nchan_module() {
    dpkg -L libnginx-mod-nchan 2>/dev/null | grep '/ngx_nchan_module\.so$'
}

if is_chosen nchan-1 || is_chosen nchan-2 || is_chosen nchan-redis; then
    missing=()
    is_chosen nchan-redis && { command -v redis-server >/dev/null || missing+=(redis-server); }
    command -v nginx >/dev/null || missing+=(nginx)
    module=$(nchan_module) || missing+=(libnginx-mod-nchan)
    ((${#missing[@]} == 0)) || fail "not installed: ${missing[*]}; apt-get install ${missing[*]}, or leave nchan out by --servers"
fi
bridge_options=${BRIDGE_JAVA_OPTIONS--XX:+UseParallelGC -Xmn64m}
if [[ -n $out ]]; then
    [[ -r $out/facts.txt && -r $out/jar.sha256 ]] || fail "--continue: $out: not the directory of a run"
    [[ $(<"$out/jar.sha256") == "$(sha256sum <"$jar")" ]] || fail "--continue: $out: measured another jar than target/sse-bridge.jar"
fi
files=$(ulimit -Hn)
[[ $files != unlimited ]] || files=1048576
((files >= 10200)) || fail "ulimit -Hn: $files (expected: 10200 open files or more, for 10000 streams)"
ulimit -Sn "$files"

# --- Processes, which end with this script ----------------------------------------------------------------------------

work=$(mktemp -d)
server_pids=()
bench_pid=

end() {
    local pid waited
    for pid in "$@"; do
        kill -TERM "$pid" 2>/dev/null || continue
        for ((waited = 0; waited < 100; waited++)); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
}

end_all() {
    trap - EXIT
    trap '' INT TERM
    [[ -z $bench_pid ]] || end "$bench_pid"
    end "${server_pids[@]}"
    rm -rf "$work"
}
trap end_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# This number of free ports in a row, below the ports of outgoing connections.
free_ports() {
    local first port taken
    while true; do
        first=$((15000 + RANDOM % 15000))
        taken=
        for ((port = first; port < first + $1; port++)); do
            if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
                taken=1
                break
            fi
        done
        [[ -n $taken ]] || break
    done
    echo "$first"
}

# The status of GET on this port; empty without an answer.
status_of() {
    (
        exec 3<>"/dev/tcp/127.0.0.1/$1"
        printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" >&3
        read -r -t 5 _ status _ <&3
        echo "$status"
    ) 2>/dev/null || true
}

await_status() {
    local deadline=$((SECONDS + 60))
    until [[ $(status_of "$1" "$2") == "$3" ]]; do
        ((SECONDS < deadline)) || fail "no $3 from $2 of the server at port $1; see $out/server.log"
        sleep 0.1
    done
}

children_of() {
    awk -v parent="$1" '$1 == "Pid:" { pid = $2 } $1 == "PPid:" && $2 == parent { print pid }' /proc/[0-9]*/status 2>/dev/null || true
}

# --- Servers: each start fills "server_pids" (to end), "measured" (pids), "urls" and "talk" (how bench speaks) ----------

start_bare() {
    local port
    port=$(free_ports 1)
    java -cp "$work/classes" BareWriter "$port" "$1" >>"$out/server.log" 2>&1 &
    server_pids=($!)
    measured=$!
    await_status "$port" / 404
    urls=("http://127.0.0.1:$port")
    talk=(--await '')
}

# Arguments: how many workers, and whether they keep their events in a Redis.
start_nchan() {
    local port dir user= redis=
    port=$(free_ports 1)
    dir=$work/nginx
    rm -rf "$dir"
    mkdir "$dir"
    if [[ -n $2 ]]; then
        redis=$(free_ports 1)
        # Without persistence: the bridge keeps its events in memory too.
        (cd "$dir" && exec redis-server --bind 127.0.0.1 --port "$redis" --save '' --appendonly no) >>"$out/server.log" 2>&1 &
        local redis_pid=$!
        redis="nchan_redis_url redis://127.0.0.1:$redis; nchan_use_redis on;"
    fi
    # Only root may ask for a user; otherwise its workers belong to the user "nobody", who may not read the directory.
    ((EUID != 0)) || user="user $(id -un) $(id -gn);"
    sed -e "s|@USER@|$user|" -e "s|@MODULE@|$module|" -e "s|@WORKERS@|$1|" -e "s|@DIR@|$dir|" -e "s|@PORT@|$port|" \
        -e "s|@FILES@|$files|" -e "s|@REDIS@|$redis|" "$sources/nginx-nchan.conf.template" >"$dir/nginx.conf"
    nginx -p "$dir" -e "$dir/error.log" -c "$dir/nginx.conf" >>"$out/server.log" 2>&1 &
    server_pids=($! ${redis_pid:-})
    await_status "$port" / 404
    measured=$({ children_of "${server_pids[0]}"; printf '%s\n' ${redis_pid:-}; } | sed '/^$/d' | paste -sd,)
    urls=("http://127.0.0.1:$port")
    talk=(--await '')
}

# Arguments: how many nodes, the configuration, more options.
start_bridge() {
    local nodes=$1 conf=$2 first i port
    shift 2
    local node_jar=$jar
    [[ $server != *-before ]] || node_jar=$before
    first=$(free_ports 10)
    sed_ports=(-e "s|<cluster-name>[^<]*|<cluster-name>sse-bridge-compare-$first|")
    for ((i = 1; i <= 10; i++)); do
        sed_ports+=(-e "s|\\b$((5700 + i))\\b|$((first + i - 1))|")
    done
    sed "${sed_ports[@]}" "$root/cluster.xml" >"$work/cluster.xml"
    server_pids=()
    urls=()
    for ((i = 0; i < nodes; i++)); do
        port=$(free_ports 1)
        # All subscribers come from one address, and each may bring a channel of its own.
        # shellcheck disable=SC2086 # options are words
        SSE_HTTP_PORT=$port SSE_LIMITS_NEW_CHANNELS_PER_IP=0 java $bridge_options -jar "$node_jar" -conf "$conf" \
            --cluster-config "$work/cluster.xml" "$@" >>"$out/server.log" 2>&1 &
        server_pids+=($!)
        await_status "$port" /health/ready 200
        urls+=("http://127.0.0.1:$port")
    done
    measured=$(printf '%s\n' "${server_pids[@]}" | paste -sd,)
    talk=()
}

start() {
    local conf=$work/public.yaml
    [[ $2 != S7-* ]] || conf=$work/tokens.yaml
    local server=$1
    case ${1%-before} in
        bare) start_bare 0 ;;
        bare-5ms) start_bare 5 ;;
        nchan-1) start_nchan 1 '' ;;
        nchan-2) start_nchan 2 '' ;;
        nchan-redis) start_nchan 2 redis ;;
        bridge) start_bridge 1 "$conf" ;;
        bridge-alone) start_bridge 1 "$conf" --standalone ;;
        bridge-two) start_bridge 2 "$conf" ;;
    esac
}

# --- The run -----------------------------------------------------------------------------------------------------------

run_bench() {
    local status=0
    timeout 600 java -jar "$bench_jar" bench "${urls[@]}" "${talk[@]}" "$@" >>"$out/bench.log" 2>&1 &
    bench_pid=$!
    wait "$bench_pid" || status=$?
    bench_pid=
    return "$status"
}

# A JVM is slow until it has compiled the code, and compiling takes more CPU than the load: servers in Java do the
# same on another channel first, unless the scenario needs a fresh process.
practise() {
    case $1,$2 in
        S4-*,* | *-first,* | *,nchan-*) ;;
        S7-again,*) for i in 1 2; do run_bench "${load[@]}" --channel "bench.before-$i-{n}"; done ;;
        *)
            # Ten events per second are so few that a JVM still compiles after minutes: all of S1 practises with as many
            # deliveries as the largest of it has.
            local events=
            [[ $1 != S1-* ]] || events=$((100000 / ${1#S1-}))
            local names='bench.before-{n}' span=(--warm-up 0s --time "$practice" --drain 5s)
            local long=("${span[@]}") steep=("${span[@]}")
            load_of "$1"
            run_bench "${load[@]}" --channel "$names"
            ;;
    esac
}

measure() {
    local scenario=$1 server=$2 round=$3 line status=0
    local key="{\"scenario\":\"$scenario\",\"server\":\"$server\",\"round\":$round,"
    ! grep -qsF "$key" "$out/results.jsonl" || return 0
    echo "== $scenario, $server, round $round" | tee -a "$out/server.log" "$out/bench.log"
    start "$server" "$scenario"
    # Where the load joins the cluster it must have the same version of Hazelcast.
    bench_jar=$jar
    [[ $scenario,$server != S[68]*,*-before ]] || bench_jar=$before
    load_of "$scenario"
    practise "$scenario" "$server" || echo "   practised with status $?; see $out/bench.log" >&2
    load_of "$scenario"
    rm -f "$work/line"
    run_bench "${load[@]}" --pid "$measured" --json "$work/line" || status=$?
    end "${server_pids[@]}"
    server_pids=()
    if [[ -s $work/line ]]; then
        line=$(<"$work/line")
        printf '%s%s\n' "$key" "${line#\{}" >>"$out/results.jsonl"
    else
        echo "   failed with status $status; see $out/bench.log" >&2
        failures=$((failures + 1))
    fi
}

facts() {
    echo "Date: $(date -u +%Y-%m-%d)"
    echo "Processor: $(lscpu | sed -n 's/^Model name: *//p' | head -n 1), $(nproc) cores"
    echo "Kernel: $(uname -sr)"
    echo "Memory: $(awk '$1 == "MemTotal:" { printf "%.1f GiB", $2 / 1048576 }' /proc/meminfo)"
    echo "Load before the run: $(cut -d ' ' -f 1-3 /proc/loadavg)"
    echo "Java: $(java -version 2>&1 | sed -n '2s/.*(build \(.*\))/\1/p')${bridge_options:+, bridge with $bridge_options}"
    if [[ -n ${module:-} ]]; then
        echo "nginx: $(dpkg-query -W -f '${Version}' nginx)"
        echo "nchan: $(dpkg-query -W -f '${Version}' libnginx-mod-nchan)"
        ! is_chosen nchan-redis || echo "Redis: $(dpkg-query -W -f '${Version}' redis-server)"
    fi
    echo "SSE Bridge: $(git -C "$root" describe --always --dirty 2>/dev/null || echo unknown)"
    echo "Rounds: $rounds"
    if [[ -n $quick ]]; then
        echo "Caution: a quick run, to try the script: its figures say nothing"
    fi
}

mkdir -p "$work/classes"
if [[ -z $out ]]; then
    out=$root/target/compare/$(date -u +%Y-%m-%dT%H-%M-%S)
    mkdir -p "$out"
    sha256sum <"$jar" >"$out/jar.sha256"
    facts >"$out/facts.txt"
else
    today=$(date -u +%Y-%m-%d)
    sed -i -e "s/^Rounds: .*/Rounds: $rounds/" -e "/ $today\$/! s/^\(Date: [^ ]*\).*/\1 to $today/" "$out/facts.txt"
fi
javac -d "$work/classes" "$sources/java/BareWriter.java"
cat >"$work/public.yaml" <<'END'
http: {host: 127.0.0.1}
shutdown: {drain: 1s}
channels:
  - {channel: "bench.{n}", subscribe: public, publish: public, history: {size: 256, ttl: 10m}}
END
cat >"$work/tokens.yaml" <<'END'
http: {host: 127.0.0.1}
shutdown: {drain: 1s}
stream: {heartbeat: 2s}
auth: {jwt: {secret: "a secret for measurements only, of 32 bytes or more"}}
channels:
  - {channel: "bench.{n}", subscribe: granted, publish: public, history: {size: 256, ttl: 10m}}
END

failures=0
for scenario in "${scenarios[@]}"; do
    is_in "$scenario" "$only" || continue
    for ((round = 1; round <= rounds; round++)); do
        for server in $(servers_of "$scenario"); do
            if is_chosen "$server"; then
                measure "$scenario" "$server" "$round"
            fi
        done
    done
done
[[ -s $out/results.jsonl ]] || fail "nothing was measured"
write_report "$out"
if [[ -z $only$chosen$before$quick ]] && ((failures == 0)); then
    cp "$out/benchmarks.md" "$root/src/docs/benchmarks.md"
fi
echo "$out/benchmarks.md"
((failures == 0))
