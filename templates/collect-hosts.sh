#!/bin/sh
# Says on standard output what runs on this machine, for `kb diagram collect hosts`. POSIX sh: dash, busybox, bash.
#
#     kb diagram collect hosts --script | ssh web-01 sh -s > hosts/web-01.txt
#     … | ssh web-01 sh -s -- /data/app          # one more folder that something is deployed to
#
# Reads only: it writes no file, changes nothing, asks nobody but this machine, and needs no root. What it may not see
# is told as `denied`, what it could not ask as `failed`, what was too much as `cut`; `absent` is only what is not here.
# Of a command line it keeps the program, the jar or script, and the memory of a JVM; of a URL no login.
#
# KB_HOSTS_SECONDS (2) is how long it may take: what has not come by then is cut. KB_HOSTS_PATH is where programs are
# looked for, KB_HOSTS_ROOT a folder to take for / (crontabs, deploy folders, systemd and container engines).

# shellcheck disable=SC2086 # lists of ids and folders are split on purpose, with globbing off

FOLDERS="/var/www /srv /opt /app"
MAX_PROCESSES=4000 MAX_COMMAND=32768
MAX_FOUND=20000 MAX_FILES=1000 MAX_FILE_KB=2048 MAX_FILES_KB=32768 MAX_JARS=100 MAX_JARS_KB=524288
MAX_CLONES=30 MAX_CONTAINERS=300 MAX_PORTS=24 MAX_CERTIFICATES=20 MAX_REDIS=16 MAX_ROWS=3000

tab=$(printf '\t')
newline='
'

main() {
    export LC_ALL=C
    PATH=${KB_HOSTS_PATH:-$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}
    unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE DOCKER_HOST REDISCLI_AUTH
    umask 077
    seconds=$((${KB_HOSTS_SECONDS:-2}))
    clock
    stop=$((now + seconds * 90))
    root=${KB_HOSTS_ROOT-}
    [ "$(id -u)" = 0 ] && super=1 || super=
    timeout 0.9 true 2>/dev/null && timeout=1 || timeout=
    me=$(id -un 2>/dev/null || id -u)
    echo '#kb-hosts 1'
    echo "#taken $(date -u +%Y-%m-%dT%H:%M:%S+00:00)"
    echo "#user $me"
    if ! awk 'BEGIN { exit 0 }'; then
        set -- id nproc loadavg mem ps listen units containers git files jars redis cron disk tls restart
        for each in "$@"; do echo "=== $each failed 0"; done
        echo "=== end ok $#"
        return
    fi
    read_processes
    read_sockets
    # Ports that say nothing are waited for while the rest is looked at.
    ask_ports | look "$@" | awk -v most="$MAX_ROWS" "$AWK_SECTIONS"
}

look() {
    look_id
    look_load
    section ps "$ps_state" "$processes"
    section listen "$listen_state" "$listeners"
    look_units
    look_containers
    section containers "$container_state" "$containers"
    find_deployed "$@"
    look_git
    look_files
    look_redis
    look_cron
    look_disk
    look_tls
    section restart "$container_state" "$restarts"
    look_peers
    look_services
    printf '\001end\n'
}

# Set `now` to hundredths of a second since boot.
clock() {
    up=0.00
    read -r up _ 2>/dev/null </proc/uptime
    now=$((${up%.*}00 + 1${up#*.} - 100))
}

# limit HUNDREDTHS COMMAND…: run it, and end it after so long (of two seconds), or when the time for all is over.
limit() {
    clock
    most=$(($1 * seconds / 2))
    shift
    [ $((stop - now)) -ge "$most" ] || most=$((stop - now))
    [ "$most" -ge 5 ] || return 124
    if [ "$timeout" ]; then
        timeout "$((most / 100)).$((most / 10 % 10))$((most % 10))" "$@"
    else
        # shellcheck disable=SC2064
        (
            "$@" &
            asked=$!
            (
                sleep $(((most + 99) / 100))
                kill "$asked"
            ) >/dev/null 2>&1 </dev/null &
            wait "$asked"
            code=$?
            kill $! 2>/dev/null
            exit "$code"
        )
    fi
}

has() { command -v "$1" >/dev/null 2>&1; }

# worse STATE: let $state be it, unless it was worse than `ok` already.
worse() { case $state in ok | absent) state=$1 ;; esac; }

# section NAME STATE ROWS: hand one on. No row begins with the mark: each begins with a word of ours, or with a path.
section() { printf '\001%s %s\n%s\n' "$1" "$2" "$3"; }

# Sections as they are printed: each row a line of valid UTF-8 without control characters.
AWK_SECTIONS='
function clean(text,   kept, high) {
    gsub(/[\001-\010\013-\037\177]/, "?", text)
    if (text !~ /[\200-\377]/) return text
    gsub(/\302[\200-\237]|\342\200[\250\251]/, "?", text)
    kept = ""
    while (match(text, /[\200-\377]+/)) {
        kept = kept substr(text, 1, RSTART - 1)
        high = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        kept = kept utf8(high)
    }
    return kept text
}
function utf8(text,   kept) {
    kept = ""
    while (text != "") {
        if (match(text, /^([\302-\337][\200-\277]|\340[\240-\277][\200-\277]|[\341-\354\356\357][\200-\277][\200-\277]|\355[\200-\237][\200-\277]|\360[\220-\277][\200-\277][\200-\277]|[\361-\363][\200-\277][\200-\277][\200-\277]|\364[\200-\217][\200-\277][\200-\277])/)) {
            kept = kept substr(text, 1, RLENGTH)
            text = substr(text, RLENGTH + 1)
        } else {
            kept = kept "?"
            text = substr(text, 2)
        }
    }
    return kept
}
function tell(   i) {
    if (name == "") return
    if (short && (state == "ok" || state == "absent")) state = "cut"
    print "=== " name " " state " " n + 0
    for (i = 1; i <= n; i++) print row[i]
    total++
    name = ""
}
$0 == "\001end" { tell(); print "=== end ok " total; exit }
/^\001/ { tell(); name = substr($1, 2); state = $2; n = short = 0; next }
$0 == "" { next }
n >= most { short = 1; next }
length($0) > 4000 { short = 1; $0 = substr($0, 1, 4000) }
{ row[++n] = clean($0) }'

# --- what the kernel tells ---

look_id() {
    state=ok name=
    read -r name 2>/dev/null </proc/sys/kernel/hostname || name=$(hostname 2>/dev/null) || worse failed
    rows="hostname$tab$name"
    if has ip; then
        addresses=$(limit 30 ip -o addr show scope global 2>/dev/null) || worse failed
        addresses=$(printf '%s\n' "$addresses" | awk '$3 ~ /^inet/ { sub(/\/.*/, "", $4); print $2, $4 }')
    elif has ifconfig; then
        addresses=$(limit 30 ifconfig 2>/dev/null) || worse failed
        addresses=$(printf '%s\n' "$addresses" | awk '
            /^[^ \t]/ { face = $1; sub(/:$/, "", face) }
            $1 ~ /^inet6?$/ {
                at = $2 ~ /^addr:?$/ ? $3 : $2
                sub(/^addr:/, "", at)
                sub(/\/.*/, "", at)
                print face, at
            }')
    else
        addresses=
        worse failed
    fi
    # Networks of containers and virtual machines have the same addresses on every machine.
    rows="$rows$newline$(printf '%s\n' "$addresses" | awk '
        $1 !~ /^(lo|docker|br-|veth|virbr|lxc|lxdbr|cni|flannel|cali|podman|kube|tunl|dummy)/ &&
        $2 !~ /^(127\.|169\.254\.|::1$|fe80:)/ && NF == 2 && !seen[$2]++ { print "ip\t" $2 }')"
    section id "$state" "$rows"
}

look_load() {
    section nproc ok "$(awk '/^cpu[0-9]/ { n++ } END { print n }' /proc/stat 2>/dev/null)"
    line=
    read -r line 2>/dev/null </proc/loadavg
    [ "$line" ] && section loadavg ok "$line" || section loadavg failed ''
    rows=$(awk -v OFS='\t' '
        { sub(/:$/, "", $1); kb[$1] = $2 }
        END {
            if (!("MemTotal" in kb)) exit 1
            if (!("MemAvailable" in kb)) kb["MemAvailable"] = kb["MemFree"] + kb["Buffers"] + kb["Cached"]
            print "MemTotal", kb["MemTotal"]
            print "MemAvailable", kb["MemAvailable"]
            print "SwapTotal", kb["SwapTotal"] + 0
            print "SwapFree", kb["SwapFree"] + 0
        }' /proc/meminfo 2>/dev/null) && section mem ok "$rows" || section mem failed ''
}

# Processes by their command lines, all in one stream. Where one begins is told by a path that no command line can know.
read_processes() {
    state=ok mark=/proc
    for each in $(od -An -N12 -tu1 /dev/urandom 2>/dev/null); do
        case $((each % 2)) in 0) mark=$mark/. ;; *) mark=$mark// ;; esac
    done
    set -- "$mark"/[0-9]*/cmdline
    if [ ! -e "$1" ]; then
        ps_state=failed processes='' started=''
        return
    fi
    [ -r /proc/1/cmdline ] || worse denied # hidepid
    [ $# -le $MAX_PROCESSES ] || worse cut
    while [ $# -gt $MAX_PROCESSES ]; do shift $MAX_PROCESSES; done
    seen=$(limit 80 head -c $MAX_COMMAND -v -- "$@" 2>/dev/null | tr '\000' '\001' |
        awk -v mark="==> $mark/" -v up="$up" -v own=$$ -v most=$MAX_COMMAND "$AWK_PROCESSES")
    case $seen in
    *"${newline}end") ;;
    *"${newline}cut") worse cut ;;
    *) worse failed ;;
    esac
    ps_state=$state
    processes=${seen#*"${newline}ps$newline"} started=${seen%%"${newline}ps$newline"*}
    processes=${processes%"$newline"*}
}

AWK_PROCESSES='
function base(path) { sub(/^.*\//, "", path); return path }
function is_path(word) { return word ~ /^[A-Za-z0-9_.\/+\200-\377-]+$/ && length(word) <= 300 }
function contained(file,   line, found) {
    found = 0
    while ((getline line < file) > 0) if (line ~ /docker|libpod|kubepods|containerd|crio|buildkit|\/lxc/) found = 1
    close(file)
    return found
}
function tell(   file, line, part, f, kept, i, n, w, first, arg, program, uid, rss, jar, runs, scripts, open) {
    if (pid == "" || text == "") return
    file = "/proc/" pid "/stat"
    line = ""
    while ((getline part < file) > 0) line = line " " part
    close(file)
    if (!sub(/^.*\) /, "", line)) return
    split(line, f, " ")
    file = "/proc/" pid "/status"
    uid = rss = ""
    while ((getline part < file) > 0) {
        if (part ~ /^Uid:/) { split(part, part_of, /[ \t]+/); uid = part_of[2] }
        if (part ~ /^VmRSS:/) { split(part, part_of, /[ \t]+/); rss = part_of[2]; break }
    }
    close(file)
    n = split(text, arg, "\001")
    while (n > 1 && arg[n] == "") n--
    w = split(arg[1], first, " ")
    if (n == 1) { for (i = 2; i <= w; i++) arg[i] = first[i]; n = w > 0 ? w : 1 }
    program = w ? first[1] : ""
    kept = program ~ /^[A-Za-z0-9_.\/+:\200-\377-]+$/ && program !~ /:\/\// && length(program) <= 200 ? program : "***"
    runs = base(program)
    if (runs ~ /^(redis|valkey|keydb)-server$/ && w > 1 && first[2] ~ /^[][0-9A-Fa-f.:*]*:[0-9]+$/) {
        kept = kept " " first[2]
        sub(/^.*:/, "", first[2])
        print "R\t" pid "\t" first[2]
    } else if (runs ~ /^(redis|valkey|keydb)-server$/) print "R\t" pid "\t-"
    open = runs ~ /^(sh|bash|dash|ash|ksh|zsh|perl|ruby|php|node|nodejs|python)[0-9.]*$/
    for (i = 2; i <= n; i++) {
        if (arg[i] == "-jar") {
            kept = kept " -jar"
            if (is_path(arg[i + 1])) { jar = arg[++i]; kept = kept " " jar }
            open = 0
        } else if (arg[i] ~ /^(-cp|-classpath|--class-path)$/ && jar == "" && is_path(arg[i + 1]) && arg[i + 1] ~ /\.jar$/) {
            jar = arg[++i]
            kept = kept " " jar
        } else if (arg[i] ~ /^-Xm[sx][0-9]+[kKmMgG]?$/) kept = kept " " arg[i]
        else if (scripts < 5 && is_path(arg[i]) && (arg[i] ~ /\.(sh|py|rb|pl|php|js|jar|war)$/ || open && arg[i] ~ /^\/.*\//)) {
            kept = kept " " arg[i]
            scripts++
            open = 0
            if (arg[i] ~ /^\//) print "D\t" arg[i]
        } else if (arg[i] !~ /^-[A-Za-z]$/ || arg[i] ~ /^-[cem]$/) open = 0
    }
    if (program ~ /^\/.*\//) print "D\t" program
    if (runs == "java" && length(text) >= most) short = 1 # its jar may stand behind that
    if (jar != "" && runs == "java" && (inside || !contained("/proc/" pid "/cgroup"))) print "J\t" pid "\t" jar
    parent[pid] = f[2]
    row[++rows] = pid "\t" (uid in user ? user[uid] : uid) "\t" int(up - f[20] / 100) "\t" rss + 0 "\t" kept
}
# This script and what it started are not what runs here.
function is_own(pid) {
    for (; pid > 1; pid = parent[pid]) if (pid == own) return 1
    return 0
}
BEGIN {
    while ((getline line < "/etc/passwd") > 0) { split(line, p, ":"); if (!(p[3] in user)) user[p[3]] = p[1] }
    inside = contained("/proc/self/cgroup")
}
index($0, mark) == 1 && substr($0, length(mark) + 1) ~ /^[0-9]+\/cmdline <==$/ {
    tell()
    pid = substr($0, length(mark) + 1)
    sub(/\/.*/, "", pid)
    text = ""
    begun = 0
    next
}
{ text = begun ? text "?" $0 : $0; begun = 1 }
END {
    tell()
    print "\nps"
    for (i = 1; i <= rows; i++) {
        pid = row[i]
        sub(/\t.*/, "", pid)
        if (!is_own(pid)) print row[i]
    }
    print short ? "cut" : "end"
}'

# Sockets that are listened on, as rows of `listen`.
read_sockets() {
    state=ok listeners=
    if has ss && listeners=$(limit 50 ss -lntup 2>/dev/null); then
        listeners=$(printf '%s\n' "$listeners" | awk "$AWK_SS"'
            $1 ~ /^(tcp|udp)$/ { listen($1, $5, pid_of($0)) }' | sort -u)
    elif [ -r /proc/net/tcp ]; then
        listeners=$(list_kernel_sockets 0A 07 | awk "$AWK_SS"'{ listen($1, $2, $4) }' | sort -u)
    else
        worse failed
    fi
    if [ ! "$super" ]; then
        case "$listeners$newline" in *"${tab}0$newline"*) worse denied ;; esac
    fi
    listen_state=$state
}

AWK_SS='
function pid_of(line) {
    if (!match(line, /users:\(\(.*/)) return 0
    line = substr(line, RSTART)
    # The name of a program may hold anything: the last one is what ss wrote itself.
    while (match(line, /,pid=[0-9]+,fd=[0-9]+\)/)) { pid = substr(line, RSTART + 5); sub(/,.*/, "", pid); line = substr(line, RSTART + RLENGTH) }
    return pid + 0
}
function listen(kind, at, pid,   port) {
    port = at
    sub(/^.*:/, "", port)
    sub(/:[^:]*$/, "", at)
    sub(/%[^]]*/, "", at)
    gsub(/[][]/, "", at)
    if (at == "*") at = "0.0.0.0"
    if (at ~ /^[0-9A-Fa-f.:]+$/ && port ~ /^[0-9]+$/) print kind "\t" (at ~ /:/ ? "[" at "]" : at) ":" port "\t" pid
}'

# list_kernel_sockets TCP UDP: sockets in these states, from /proc alone: KIND LOCAL REMOTE PID.
list_kernel_sockets() {
    {
        # shellcheck disable=SC2012
        limit 50 ls -ln /proc/[0-9]*/fd 2>/dev/null | awk '
            /^\/proc\/[0-9]+\/fd:$/ { split($0, part, "/"); pid = part[3] }
            / -> socket:\[[0-9]+\]$/ { sub(/^.*socket:\[/, ""); sub(/\]$/, ""); print "inode", $0, pid }'
        for each in tcp tcp6 udp udp6; do
            [ -r "/proc/net/$each" ] && limit 30 awk -v kind="${each%6}" 'FNR > 1 { print kind, $2, $3, $4, $10 }' "/proc/net/$each"
        done
    } | awk -v tcp="$1" -v udp="$2" '
        function hex(text,   i, n) {
            n = 0
            for (i = 1; i <= length(text); i++) n = n * 16 + index("0123456789ABCDEF", substr(text, i, 1)) - 1
            return n
        }
        function four(text) {
            return hex(substr(text, 7, 2)) "." hex(substr(text, 5, 2)) "." hex(substr(text, 3, 2)) "." hex(substr(text, 1, 2))
        }
        function address(text,   part, i, word, all) {
            split(text, part, ":")
            if (length(part[1]) == 8) return four(part[1]) ":" hex(part[2])
            if (part[1] ~ /^0+$/) return "[::]:" hex(part[2])
            if (part[1] ~ /^0000000000000000FFFF0000/) return "[::ffff:" four(substr(part[1], 25)) "]:" hex(part[2])
            all = ""
            for (i = 1; i <= 32; i += 8) {
                word = substr(part[1], i + 6, 2) substr(part[1], i + 4, 2) substr(part[1], i + 2, 2) substr(part[1], i, 2)
                all = all sprintf("%s%x:%x", i > 1 ? ":" : "", hex(substr(word, 1, 4)), hex(substr(word, 5)))
            }
            sub(/^0:0:0:0:0:0:0:/, "::", all)
            return "[" all "]:" hex(part[2])
        }
        $1 == "inode" { if (!($2 in pid)) pid[$2] = $3; next }
        $4 == ($1 == "tcp" ? tcp : udp) { print $1, address($2), address($3), $5 in pid ? pid[$5] : 0 }'
}

look_peers() {
    state=ok rows=
    if has ss && rows=$(limit 40 ss -ntup state established 2>/dev/null); then
        rows=$(printf '%s\n' "$rows" | awk "$AWK_SS"'$1 ~ /^(tcp|udp)$/ { print $1, $4, $5, pid_of($0) }')
    elif [ -r /proc/net/tcp ]; then
        rows=$(list_kernel_sockets 01 01)
    else
        worse failed
    fi
    rows=$({
        printf '%s\n' "$processes" | awk -F '\t' '{ split($5, word, " "); sub(/^.*\//, "", word[1]); print "program", $1, word[1] }'
        printf '%s\n' "$listeners" | awk -F '\t' '{ sub(/^.*:/, "", $2); print "port", $1, $2 }'
        printf '%s\n' "$rows"
    } | awk -v super="$super" '
        function plain(at) { gsub(/[][]|%[^]]*|::ffff:/, "", at); return at }
        $1 == "program" { name[$2] = $3; next }
        $1 == "port" { open[$2 " " $3] = 1; next }
        NF == 4 {
            here = $2
            sub(/^.*:/, "", here)
            there = plain(substr($3, 1, match($3, /:[0-9]+$/) - 1))
            sub(/^.*:/, "", $3)
            if (($1 " " here) in open || there ~ /^(127\.|::1$|0\.0\.0\.0$)/ || there == plain(substr($2, 1, match($2, /:[0-9]+$/) - 1))) next
            if (!super && !$4) hidden = 1
            row = $1 "\t" (there ~ /:/ ? "[" there "]" : there) ":" $3 "\t" name[$4]
            if (!seen[row]++) print row
        }
        END { exit hidden ? 3 : 0 }')
    [ $? -ne 3 ] || worse denied
    section peers "$state" "$rows"
}

# --- what starts programs ---

look_units() {
    state=ok rows=
    if [ ! -d "$root/run/systemd/system" ]; then
        first=
        read -r first 2>/dev/null </proc/1/comm
        case $first in
        init | openrc* | runit* | s6-svscan) state=failed ;; # something else starts programs, and it was not asked
        *) state=absent ;;
        esac
    elif ! has systemctl || ! rows=$(limit 70 systemctl list-units --type=service,timer --all --plain --full --no-legend --no-pager 2>/dev/null); then
        state=failed rows=
    else
        rows=$(printf '%s\n' "$rows" | awk -v OFS='\t' '
            { if ($1 !~ /\.(service|timer)$/) { $1 = ""; $0 = $0 } }
            $2 == "loaded" { print $1, $3, $4 }')
    fi
    section units "$state" "$rows"
}

# Of which unit each process is, by its control group, which everybody may read.
look_services() {
    state=ok rows=
    if [ ! -d "$root/run/systemd/system" ]; then
        state=absent
    else
        rows=$(limit 30 grep -H '\.service' /proc/[0-9]*/cgroup 2>/dev/null | awk -v OFS='\t' '
            {
                pid = $0
                sub(/^\/proc\//, "", pid)
                sub(/\/.*/, "", pid)
                sub(/^[^:]*:/, "")
                if ($0 !~ /^[0-9]+:(name=systemd)?:/) next
                unit = ""
                n = split($0, part, "/")
                for (i = 2; i <= n; i++) if (part[i] ~ /\.service$/) unit = part[i]
                if (unit != "" && !seen[pid]++) print pid, unit
            }')
        [ "$rows" ] || worse failed
    fi
    section services "$state" "$rows"
}

look_containers() {
    state=ok containers='' restarts='' engines=''
    if has docker && ! { has podman && is_podman; }; then
        if [ -e "$root/var/run/docker.sock" ] || [ -d "$root/var/lib/docker" ] || runs dockerd; then
            engines=1
            ask_engine docker '{{.Created}}' '{{.Config.Image}}' '{{.State.FinishedAt}}'
        fi
    elif [ -e "$root/var/run/docker.sock" ] || runs dockerd; then
        engines=1
        worse failed
    fi
    if has podman; then
        engines=1
        time='.Format "2006-01-02T15:04:05Z07:00"'
        ask_engine podman "{{.Created$time}}" '{{.ImageName}}' "{{.State.FinishedAt$time}}"
        # Each person has containers of their own, and these are not shown to others.
        [ "$super" ] || [ ! -d "$root/var/lib/containers/storage" ] || worse denied
        others=$(printf '%s\n' "$processes" | awk -F '\t' -v me="$me" '$5 ~ /(^|\/)conmon( |$)/ && $2 != me' | head -n 1)
        [ ! "$others" ] || worse denied
    elif runs conmon; then
        engines=1
        worse failed
    fi
    if [ ! "$engines" ]; then
        state=absent
        ! runs containerd-shim || state=failed # Kubernetes, or containerd alone
    fi
    container_state=$state
}

is_podman() { case $(limit 40 docker --version 2>&1) in *podman*) return 0 ;; *) return 1 ;; esac; }

# runs NAME: whether a program runs whose name is or begins with that.
runs() { case "$processes$newline" in *"/$1"* | *"$tab$1"*) return 0 ;; *) return 1 ;; esac; }

# ask_engine NAME CREATED IMAGE ENDED: add the containers of an engine, and what starts them again.
ask_engine() {
    answer=$(DOCKER_CONTEXT=default limit 70 "$1" ps -aq --no-trunc 2>&1) || {
        case $answer in *ermission\ denied*) worse denied ;; *) worse failed ;; esac
        return
    }
    ids=$(printf '%s\n' "$answer" | awk 'length($0) >= 12 && /^[0-9a-f]+$/')
    set -f
    set -- "$1" "$2" "$3" "$4" $ids
    set +f
    engine=$1
    format="{{.Name}}$tab$3$tab{{.State.Status}}$tab$2$tab{{.HostConfig.RestartPolicy.Name}}$tab$4"
    shift 4
    [ $# -le $MAX_CONTAINERS ] || worse cut
    while [ $# -gt $MAX_CONTAINERS ]; do shift $MAX_CONTAINERS; done
    [ $# -gt 0 ] || return
    answer=$(DOCKER_CONTEXT=default limit 70 "$engine" inspect --type container --format "$format" "$@" 2>/dev/null) || worse failed
    answer=$(printf '%s\n' "$answer" | awk -F '\t' -v OFS='\t' -v engine="$engine" 'NF >= 5 {
        sub(/^\//, "", $1)
        sub(/^[^\/@]*@/, "", $2)
        sub(/\.[0-9]+/, "", $4)
        sub(/\.[0-9]+/, "", $6)
        ended = $3 != "running" && $6 ~ /^[1-9]/ ? OFS $6 : ""
        print "C", engine, $1, $2, $3, $4 ended
        print "R", $1, $5 == "" ? "no" : $5
    }')
    containers=$containers$newline$(printf '%s\n' "$answer" | awk 'sub(/^C\t/, "")')
    restarts=$restarts$newline$(printf '%s\n' "$answer" | awk 'sub(/^R\t/, "")')
}

# --- what was deployed ---

# Set `found` to what lies in the folders that people deploy to: G clone, J jar, C certificate, F folder and path in it.
find_deployed() {
    state=ok roots='' trees=''
    set -f
    for each in "$@"; do
        # shellcheck disable=SC2015
        case $each in /*[!/]*) [ -d "$each" ] && trees="$trees$newline${each%/}" || worse failed ;; esac
    done
    for each in $FOLDERS; do
        [ ! -d "$root$each" ] || roots="$roots$newline$root$each"
    done
    IFS=$newline
    set -- $roots $trees
    unset IFS
    set +f
    owned=$(list_owned)
    found=
    [ $# -eq 0 ] || found=$({
        # shellcheck disable=SC2046
        limit 60 find -H "$@" -xdev -maxdepth 7 \( -name node_modules -o -name .svn -o -name .hg -o -name .venv -o -name venv \
            -o -name __pycache__ -o -name .cache -o -name cache -o -name logs -o -name log -o -name tmp \
            -o -name site-packages -o -name vendor -o -name bower_components -o -name uploads -o -name .npm -o -name .m2 -o -name .gradle -o -name sessions \) -prune \
            -o -name .git -print -prune -o -type f -print 2>&1
        echo "!$?"
    } | head -n $((MAX_FOUND + 1)) | awk -v roots="$roots" -v trees="$trees" -v owned="$owned" -v most=$MAX_FILES "$AWK_FOUND")
    case $found in *"${newline}S${tab}"*) worse "${found##*"$newline"S"$tab"}" ;; esac
    found_state=$state
    # Programs of other folders may run from a clone as well.
    found=$found$newline$(printf '%s\n' "$started" | awk -F '\t' '
        { path = $NF }
        $1 == "R" || path !~ /^\// || path ~ /^\/(usr|bin|sbin|lib|lib64|etc|snap|nix|dev|proc|run|tmp|var\/tmp)\// { next }
        { sub(/\/[^\/]*$/, "", path); if (path != "" && !seen[path]++ && ++n <= 40) print path }' |
        while read -r each; do
            while [ "$each" ]; do
                # shellcheck disable=SC2015
                [ -e "$each/.git" ] && echo "G$tab$each" && break
                each=${each%/*}
            done
        done)
}

# Folders below /opt that a package brought: nobody deploys these.
list_owned() {
    set -- "$root"/opt/*/
    [ -d "$1" ] || return 0
    names=$(printf '%s\n' "$@" | awk '{ sub(/\/$/, ""); print }')
    if [ -d /var/lib/dpkg/info ]; then
        limit 40 grep -hxF "$names" /var/lib/dpkg/info/*.list 2>/dev/null | sort -u
    elif has rpm; then
        printf '%s\n' "$names" | while read -r each; do limit 20 rpm -qf "$each" >/dev/null 2>&1 && printf '%s\n' "$each"; done
    fi
}

AWK_FOUND='
function under(path, folder) { return index(path, folder "/") == 1 }
function home_of(path,   i, rest) {
    for (i = 1; i <= trees_n; i++) if (under(path, tree[i])) return tree[i]
    for (i = 1; i <= roots_n; i++) if (under(path, base[i])) {
        rest = substr(path, length(base[i]) + 2)
        if (!index(rest, "/")) return base[i]
        sub(/\/.*/, "", rest)
        return base[i] "/" rest
    }
    return ""
}
function bad(word) { if (state == "" || state == "cut") state = word }
BEGIN {
    roots_n = split(substr(roots, 2), base, "\n")
    trees_n = split(substr(trees, 2), tree, "\n")
    for (i = split(owned, list, "\n"); i > 0; i--) package[list[i]] = 1
}
/^![0-9]+$/ { whole = 1; if ($0 == "!124" || $0 == "!143") bad("cut"); next }
!/^\// { if (/[Pp]ermission denied/) bad("denied"); next }
/[\001-\037\177\\]/ { bad("cut"); next }
{ home = home_of($0) }
home in package { next }
/\/\.git$/ { sub(/\/\.git$/, ""); clone[$0] = 1; held[home] = 1; print "G\t" $0; next }
/\.jar$/ { if (!/\/(lib|libs|WEB-INF|BOOT-INF|plugins|modules|ext|jre|jdk[^\/]*|dependency)\//) print "J\t" $0; next }
/\.(pem|crt|cer)$/ { if (!/\/(tests?|spec|fixtures|testdata|examples?|vendor)\//) print "C\t" $0; next }
# What holds secrets is no deployed file, and its hash could be guessed from.
tolower($0) ~ /\/(\.env[^\/]*|\.ht[^\/]*|id_[^\/]*|[^\/]*(secret|credential|password|\.key|\.p12|\.pfx|\.jks|\.keystore|\.log|\.gz|\.pid|\.sock|\.swp)[^\/]*)$/ { next }
{ if (files_n < 4 * most) file[++files_n] = $0; else more = 1 }
END {
    if (!whole) bad("cut")
    for (i = 1; i <= files_n; i++) {
        home = home_of(file[i])
        if (home in held) continue
        if (told == most) { more = 1; break }
        told++
        print "F\t" home "\t" substr(file[i], length(home) + 2)
    }
    if (more) print "T\tcut" # of files alone
    print "\nS\t" (state == "" ? "ok" : state)
}'

look_git() {
    clones=$(printf '%s\n' "$found" | awk 'sub(/^G\t/, "") && !seen[$0]++')
    state=$found_state rows=
    if [ "$clones" ] && ! has git; then
        worse failed
    elif [ "$clones" ]; then
        rows=$(printf '%s\n' "$clones" | awk -v most=$MAX_CLONES 'NR > most { print "!cut"; exit } { print }' | while read -r each; do
            # shellcheck disable=SC2015
            [ "$each" = '!cut' ] && echo '!cut' || look_clone "$each"
        done)
        for each in denied failed cut; do
            case "$newline$rows$newline" in *"$newline!$each$newline"*) worse $each ;; esac
        done
        rows=$(printf '%s\n' "$rows" | awk '!/^!/')
    fi
    section git "$state" "$rows"
}

# git without its locks, hooks, monitors and transports: reading must not write, and not run what a clone says.
ask_git() {
    GIT_OPTIONAL_LOCKS=0 GIT_NO_LAZY_FETCH=1 GIT_TERMINAL_PROMPT=0 limit 40 git --no-pager -C "$1" -c safe.directory='*' \
        -c core.fsmonitor=false -c core.untrackedCache=false -c core.hooksPath=/dev/null -c protocol.allow=never "$2" "$3" "$4" "$5" 2>/dev/null
}

look_clone() {
    if [ ! -r "$1/.git" ]; then
        echo '!denied'
        return
    fi
    settings=$(ask_git "$1" config --list --includes --local) || {
        echo '!failed'
        return
    }
    case $newline$settings in
    *"${newline}filter."*) # a program that the clone's owner chose: only they may run it
        if [ ! -O "$1" ]; then
            echo '!failed'
            return
        fi
        ;;
    esac
    if status=$(ask_git "$1" status --porcelain=v2 --branch --untracked-files=no); then
        printf '%s\n' "$status" "remote.origin.url=$(printf '%s\n' "$settings" | awk 'sub(/^remote\.origin\.url=/, "") { url = $0 } END { print url }')" |
            awk -v folder="$1" '
                /^# branch.oid [0-9a-f]+$/ { head = $3 }
                /^# branch.head / { branch = $3 == "(detached)" ? "" : $3 }
                /^[12u] / { changed++ }
                sub(/^remote\.origin\.url=/, "") {
                    if (sub(/^[A-Za-z][A-Za-z0-9+.-]*:\/\//, "&\001")) { split($0, part, "\001"); at = part[2]; sub(/^[^\/]*@/, "", at); $0 = part[1] at }
                    else if ($0 !~ /^git@/) sub(/^[^\/]*@/, "")
                    sub(/[?#].*/, "")
                    origin = $0
                }
                END { print folder "\t" head "\t" branch "\t" changed + 0 "\t" origin }'
    elif [ $? -eq 124 ]; then
        echo '!cut'
    else
        echo '!failed'
    fi
}

# Sections `files` and `jars`: sizes of all in one go, then hashes, those of running jars first.
look_files() {
    state=$found_state jar_state=$found_state
    running=$(printf '%s\n' "$started" | awk -F '\t' '$1 == "J" { print $2 "\t" $3 }' | while IFS=$tab read -r pid path; do
        case $path in
        /*) ;;
        *)
            folder=$(readlink "/proc/$pid/cwd" 2>/dev/null) || folder=
            if [ ! "$folder" ]; then
                echo '!denied'
                continue
            fi
            path=$folder/${path#./}
            ;;
        esac
        [ -e "$path" ] || missing "$path" || echo '!denied'
        printf 'R\t%s\t%s\n' "$path" "$pid"
    done)
    case "$newline$running$newline" in *"$newline!denied$newline"*) state=$jar_state && worse denied && jar_state=$state && state=$found_state ;; esac
    paths=$({
        printf '%s\n' "$running" | awk -F '\t' '$1 == "R" { print $2 }'
        printf '%s\n' "$found" | awk -F '\t' '$1 == "J" { print $2 } $1 == "F" { print $2 "/" $3 }'
    } | awk 'NF && !seen[$0]++')
    sizes='' hashes='' large=''
    if [ "$paths" ]; then
        sizes=$(printf '%s\n' "$paths" | tr '\n' '\000' | limit 50 xargs -0 stat -L -c "%s$tab%Y$tab%n" 2>/dev/null)
        chosen=$(printf '%s\n' "$sizes" | awk -F '\t' -v one=$MAX_FILE_KB -v all=$MAX_FILES_KB -v jars=$MAX_JARS_KB '
            { kb = $1 / 1024 }
            $3 ~ /\.jar$/ { if ((jars -= kb) >= 0) print $3; next }
            kb > one { print "!" $3; next }
            (all -= kb) >= 0 { print $3 }')
        large=$(printf '%s\n' "$chosen" | awk 'sub(/^!/, "")')
        chosen=$(printf '%s\n' "$chosen" | awk '!/^!/')
        if has sha256sum; then
            set -- sha256sum
        elif has shasum; then
            set -- shasum -a 256
        elif has openssl; then
            set -- openssl dgst -sha256 -r
        else
            set --
        fi
        [ $# -eq 0 ] || hashes=$(printf '%s\n' "$chosen" | tr '\n' '\000' | limit 90 xargs -0 "$@" 2>/dev/null)
    fi
    joined=$({
        printf '%s\n' "$running" "$found" | awk '/^[RJF]\t/'
        printf '%s\n' "$large" | awk 'NF { print "B\t" $0 }' # told without a hash: what a repository holds is smaller
        printf '%s\n' "$sizes" | awk 'NF { print "Z\t" $0 }'
        printf '%s\n' "$hashes" | awk 'match($0, /^[0-9a-f]+ [ *]/) && RLENGTH == 66 { print "H\t" substr($0, 1, 64) "\t" substr($0, 67) }'
    } | awk -F '\t' -v OFS='\t' -v most=$MAX_JARS '
        $1 == "B" { large[$2] = 1; next }
        $1 == "Z" { size[$4] = $2; when[$4] = $3; next }
        $1 == "H" { hash[$3] = $2; next }
        $1 == "R" { pids[$2] = pids[$2] ($2 in pids && pids[$2] != "" ? "," : "") $3 }
        $1 == "R" || $1 == "J" { if (!($2 in known)) { known[$2] = 1; jar[++n] = $2 } next }
        $1 == "F" { file[++m] = $2; path[m] = $3 }
        END {
            for (i = 1; i <= n; i++) {
                if (i > most) { print "x", "jars"; break }
                p = jar[i]
                if ((p in size) && size[p] > 0 && !(p in hash)) print "x", "jars", p
                print "jars", p, hash[p], size[p] + 0, when[p] + 0, pids[p]
            }
            for (i = 1; i <= m; i++) {
                p = file[i] "/" path[i]
                if (!(p in hash) && !(p in large)) { print "x", "files", p; if (!(p in size)) continue }
                print "files", file[i], path[i], hash[p], size[p] + 0
            }
        }')
    # Why there is no hash: the file may not be read, or it was too much.
    unhashed=$(printf '%s\n' "$joined" | awk '/^x\t/' | while IFS=$tab read -r _ section path; do
        if [ "$path" ] && [ -e "$path" ] && [ ! -r "$path" ]; then
            echo "$section denied"
        elif [ $# -eq 0 ] && [ "$path" ]; then
            echo "$section failed"
        else
            echo "$section cut"
        fi
    done | sort -u)
    for each in denied failed cut; do
        case $unhashed in *"files $each"*) worse $each ;; esac
    done
    case $found in *"${newline}T${tab}cut"*) worse cut ;; esac
    section files "$state" "$(printf '%s\n' "$joined" | awk 'sub(/^files\t/, "")')"
    state=$jar_state
    for each in denied failed cut; do
        case $unhashed in *"jars $each"*) worse $each ;; esac
    done
    [ "$ps_state" = ok ] || worse "$ps_state"
    section jars "$state" "$(printf '%s\n' "$joined" | awk 'sub(/^jars\t/, "")')"
}

# missing PATH: whether it is surely not there; what lies behind a folder one may not enter is not.
missing() {
    above=${1%/*}
    while [ "$above" ] && [ ! -e "$above" ]; do above=${above%/*}; done
    [ -x "${above:-/}" ]
}

# --- servers ---

look_redis() {
    state=absent rows=
    ports=$({
        printf '%s\n' "$listeners" | awk -F '\t' '$1 == "tcp" { port = $2; sub(/^.*:/, "", port); sub(/:[0-9]+$/, "", $2); print "L", port, $2, $3 }'
        printf '%s\n' "$started" | awk -F '\t' '$1 == "R" { print "R", $2, $3 }'
    } | awk '
        # mawk makes at[$2] before it looks whether there is one
        $1 == "L" { if (!($2 in at) || $3 ~ /^127\./) at[$2] = $3; pid[$2] = $4; next }
        $3 in at { want[$3] = 1; named[$2] = 1 }
        { server[$2] = 1 }
        END {
            for (port in at) if (pid[port] in server) { want[port] = 1; named[pid[port]] = 1 }
            for (port in want) {
                host = at[port]
                gsub(/[][]/, "", host)
                if (host == "0.0.0.0") host = "127.0.0.1"
                if (host == "::") host = "::1"
                print port, host
            }
            for (each in server) if (!(each in named)) print "- -" # no port of its own that we know
        }' | sort -n)
    [ ! "$ports" ] || state=ok
    [ "$(printf '%s\n' "$ports" | awk 'END { print NR }')" -le $MAX_REDIS ] || worse cut
    rows=$(printf '%s\n' "$ports" | head -n $MAX_REDIS | while read -r port host; do
        [ "$port" ] || continue
        if [ "$port" = - ]; then
            echo '!failed'
            continue
        fi
        ask_redis "$host" "$port" | tr -d '\r' | awk -v port="$port" '
            /^(role|master_host|master_port|master_link_status|master_link_down_since_seconds|connected_slaves|slave[0-9]+):/ {
                n++
                print port "\t" $0
            }
            /NOAUTH|NOPERM|DENIED|WRONGPASS/ { denied = 1 }
            END { if (!n) print denied ? "!denied" : "!failed" }'
    done)
    for each in denied failed; do
        case "$newline$rows$newline" in *"$newline!$each$newline"*) worse $each ;; esac
    done
    section redis "$state" "$(printf '%s\n' "$rows" | awk '!/^!/')"
}

ask_redis() {
    if has redis-cli; then
        limit 40 redis-cli -h "$1" -p "$2" info replication 2>&1 </dev/null
    elif has nc; then
        printf 'INFO replication\r\nQUIT\r\n' | limit 40 nc -w 1 "$1" "$2" 2>&1
    elif has bash; then
        # shellcheck disable=SC2016
        limit 40 bash -c 'exec 3<>"/dev/tcp/$0/$1" && printf "INFO replication\r\nQUIT\r\n" >&3 && cat <&3' "$1" "$2" 2>&1 </dev/null
    fi
}

# Certificates of listened ports, but of those where something else than TLS is spoken.
ask_ports() {
    has openssl || return 0
    ports=$({
        printf '%s\n' "$processes" | awk -F '\t' '{ split($5, word, " "); sub(/^.*\//, "", word[1]); print "program", $1, word[1] }'
        printf '%s\n' "$listeners" | awk -F '\t' '$1 == "tcp" { print "port", $2, $3 }'
    } | awk '
        $1 == "program" { name[$2] = $3; next }
        {
            port = $2
            sub(/^.*:/, "", port)
            host = substr($2, 1, length($2) - length(port) - 1)
            if (port ~ /^(21|22|23|25|53|80|110|111|143|587|631|873|2049|3306|5432|6379|11211|2181|9092|10050|10051|27017|4369|25672)$/) next
            if (name[$3] ~ /^(redis|valkey|sshd|mysqld|mariadbd|postgres|rpcbind|rpc|memcached|zabbix|chronyd|ntpd|systemd|master|mongod|beam|epmd|distccd)/) next
            if (host == "0.0.0.0") host = "127.0.0.1"
            if (host == "[::]") host = "[::1]"
            if (!(port in at) || host == "127.0.0.1") at[port] = host ":" port
        }
        END { for (port in at) print (port ~ /443$/ ? 0 : 1), port, at[port] }' | sort -n)
    printf '%s\n' "$ports" | awk -v most=$MAX_PORTS 'NR > most { print "S cut"; exit }'
    for each in $(printf '%s\n' "$ports" | head -n $MAX_PORTS | awk '{ print $3 }'); do
        {
            answer=$(limit 60 openssl s_client -connect "$each" </dev/null 2>/dev/null | openssl x509 -noout -enddate -subject -nameopt RFC2253 2>/dev/null)
            [ ! "$answer" ] || printf 'C %s\n%s\n' "${each##*:}" "$answer"
        } &
    done
    wait
}

look_tls() {
    served=$(cat)
    state=$found_state rows=
    certificates=$(printf '%s\n' "$found" | awk 'sub(/^C\t/, "")')
    if has openssl; then
        case $newline$served in *"${newline}S cut"*) worse cut ;; esac
        if [ "$certificates" ]; then
            # One that may not be read is denied; a bundle of many is nobody's own.
            counts=$(printf '%s\n' "$certificates" | tr '\n' '\000' | limit 30 xargs -0 grep -c -e '-----BEGIN CERTIFICATE-----' /dev/null 2>&1)
            case $counts in *ermission\ denied*) worse denied ;; esac
            certificates=$(printf '%s\n' "$counts" | awk '/:[1-5]$/ { sub(/:[1-5]$/, ""); print }')
            [ "$(printf '%s\n' "$certificates" | awk 'END { print NR }')" -le $MAX_CERTIFICATES ] || worse cut
            served=$served$newline$(printf '%s\n' "$certificates" | head -n $MAX_CERTIFICATES | while read -r each; do
                [ "$each" ] && printf 'C %s\n' "$each" && limit 20 openssl x509 -noout -enddate -subject -nameopt RFC2253 -in "$each" 2>/dev/null </dev/null
            done)
        fi
        rows=$(printf '%s\n' "$served" | awk -v OFS='\t' '
            function tell() { if (place != "" && ends != "") print place, ends, subject }
            /^C / { tell(); place = substr($0, 3); ends = subject = "" }
            sub(/^notAfter=/, "") {
                month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", $1) + 2) / 3
                ends = sprintf("%04d-%02d-%02dT%sZ", $4, month, $2, $3)
            }
            sub(/^subject= */, "") { subject = substr($0, 1, 300) }
            END { tell() }')
    elif [ "$certificates" ] || [ "$listeners" ]; then
        worse failed
    fi
    [ "$listen_state" != failed ] || worse failed
    section tls "$state" "$rows"
}

# --- what happens by itself ---

look_cron() {
    state=ok rows='' there=
    set --
    for each in "$root/etc/crontab" "$root"/etc/cron.d/*; do
        [ -f "$each" ] || continue
        there=1
        case $each in */cron.d/*.* | *~) continue ;; esac # cron passes these over
        # shellcheck disable=SC2015
        [ -r "$each" ] && set -- "$@" "$each" || worse denied
    done
    [ ! -d "$root/etc/cron.d" ] || [ -r "$root/etc/cron.d" ] || worse denied
    set -- system_=1 "$@" system_=
    for spool in "$root/var/spool/cron/crontabs" "$root/var/spool/cron" "$root/var/spool/cron/tabs" "$root/etc/crontabs"; do
        [ -d "$spool" ] || continue
        there=1
        [ -r "$spool" ] && [ -x "$spool" ] || worse denied
        for each in "$spool"/*; do
            [ -f "$each" ] || continue
            # shellcheck disable=SC2015
            [ -r "$each" ] && set -- "$@" "$each" || worse denied
        done
    done
    if [ "$state" = denied ] && has crontab && [ ! "$root" ]; then
        own=$(limit 20 crontab -l 2>/dev/null </dev/null)
        set -- "$@" "me=$me" -
    else
        own=
    fi
    if [ "$there" ]; then
        rows=$(printf '%s\n' "$own" | awk -v root="$root" "$AWK_CRON" "$@" 2>/dev/null) || worse failed
        rows=$(printf '%s\n' "$rows" | while IFS=$tab read -r user schedule path guarded; do
            [ "$path" ] || continue
            if [ -e "$root$path" ]; then
                printf '%s\t%s\t%s\tyes\n' "$user" "$schedule" "$path"
            elif ! missing "$root$path"; then
                printf '%s\t%s\t%s\t?\n' "$user" "$schedule" "$path"
            elif [ "$guarded" = 0 ]; then
                printf '%s\t%s\t%s\tno\n' "$user" "$schedule" "$path"
            fi
        done)
        case "$rows$newline" in *"$tab?$newline"*) worse denied ;; esac
    else
        state=absent
    fi
    section cron "$state" "$rows"
}

# Lines of crontabs as USER SCHEDULE SCRIPT, and whether a line looks itself whether to go on: `[ -x /opt/a.sh ] && …`.
AWK_CRON='
function base(path) { sub(/^.*\//, "", path); return path }
function resolve(path) {
    if (path ~ /^~\//) path = home[user] substr(path, 2)
    sub(/^(\$HOME|\$\{HOME\})\//, home[user] "/", path)
    if (path !~ /^\//) path = folder "/" path
    while (sub(/\/\.\//, "/", path)) continue
    return path
}
function found(path) {
    path = resolve(path)
    if (path ~ /^\/[A-Za-z0-9_.\/+@\200-\377-]+$/ && length(path) <= 300 && path !~ /\/\// && !(path in told)) { told[path] = 1; script[++scripts] = path }
}
# A command, its words told apart by \001, its parts by \002.
function words(text,   i, c, quote, out) {
    quote = out = ""
    for (i = 1; i <= length(text) && i <= 2000; i++) {
        c = substr(text, i, 1)
        if (quote != "") {
            if (c == quote) quote = ""
            else if (c == "\\" && quote == "\"") out = out substr(text, ++i, 1)
            else out = out c
        } else if (c == "\"" || c == "\047") { quote = c; out = out "\003" }
        else if (c == "\\") out = out substr(text, ++i, 1)
        else if (c == " " || c == "\t") out = out "\001"
        else if (c == "&" && (out ~ />$/ || substr(text, i + 1, 1) == ">")) out = out c
        else if (c ~ /[;&|(){}]/ && !(c == "{" && out ~ /\$$/) && !(c == "}" && out ~ /\$\{[A-Za-z_]*$/)) out = out "\001\002\001"
        else out = out c
    }
    return out
}
function run(text, depth,   part, w, n, m, i, j, k) {
    if (depth > 3) return
    n = split(words(text), part, "\002")
    for (i = 1; i <= n; i++) {
        gsub(/\003/, "", part[i])
        m = split(part[i], w, /\001+/)
        j = 1
        while (j <= m && w[j] == "") j++
        one(w, j, m, depth)
    }
}
function one(w, j, m, depth,   name, flags, skip, k) {
    for (; j <= m; j++) {
        name = base(w[j])
        if (w[j] == "" || w[j] ~ /^(if|then|else|elif|do|while|until|!|time|exec|builtin|nohup|setsid|chronic|cronic|eval)$/) continue
        if (name ~ /^(nohup|setsid|chronic|cronic|time)$/) continue
        if (w[j] ~ /^[A-Za-z_][A-Za-z0-9_]*=/) continue
        if (w[j] ~ /^[0-9]*[<>]/) { if (w[j] ~ /^[0-9]*[<>]+$/) j++; continue }
        if (!(name in values)) break
        for (j++; j <= m && w[j] ~ /^-/; j++) {
            if (w[j] ~ /^-[A-Za-z]*c$/ && name ~ /^(flock|su|runuser)$/) { run(w[j + 1], depth + 1); return }
            if (length(w[j]) == 2 && index(values[name], substr(w[j], 2)) && !(w[j] == "-" )) j++
        }
        if (name ~ /^(su|runuser)$/) {
            for (; j <= m; j++) if (w[j] ~ /^(-[A-Za-z]*c|--command)$/) { run(w[j + 1], depth + 1); return }
            return
        }
        j += places[name]
        if (name == "flock" && w[j] == "-c") { run(w[j + 1], depth + 1); return }
        j--
    }
    if (j > m) return
    if (name ~ /^(\[|\[\[|test|which|type|hash|command)$/) { guarded = 1; return }
    if (name == "cd") { if (w[j + 1] ~ /[\/~]/) folder = resolve(w[j + 1]); return }
    if (w[j] ~ /^\//) found(w[j])
    if (name ~ /^(sh|bash|dash|ash|ksh|zsh)$/) {
        for (k = j + 1; k <= m && w[k] ~ /^[-+]/; k++) if (w[k] ~ /^-[A-Za-z]*c$/) { run(w[k + 1], depth + 1); return }
        if (k <= m) found(w[k])
    } else if (name == "java") {
        for (k = j + 1; k <= m; k++) if (w[k] == "-jar") { if (w[k + 1] ~ /\.jar$/) found(w[k + 1]); return }
    } else if (name ~ /^(python|perl|ruby|php|node|nodejs)[0-9.]*$/) {
        for (k = j + 1; k <= m && w[k] ~ /^-/; k++) {
            if (w[k] == "-f" && name ~ /^php/) continue
            if (w[k] ~ /^-([mecr]|-eval|-version)$/) return
            if (w[k] ~ /^-[WXdIr]$/) k++
        }
        if (k <= m && w[k] ~ /\/|\.(py|pl|rb|php|js)$/) found(w[k])
    } else if (w[j] ~ /\// && w[j] !~ /^\//) found(w[j])
}
BEGIN {
    values["nice"] = "n"; values["ionice"] = "cn"; values["timeout"] = "ks"; values["sudo"] = "ughpC"; values["doas"] = "u"
    values["env"] = "uC"; values["stdbuf"] = "ioe"; values["flock"] = "wE"; values["su"] = "sg"; values["runuser"] = "ugs"
    values["chrt"] = ""; values["taskset"] = ""; values["setlock"] = ""; values["systemd-cat"] = "tp"; values["start-stop-daemon"] = "upx"
    places["timeout"] = places["flock"] = places["chrt"] = places["taskset"] = places["setlock"] = 1
    while ((getline line < (root "/etc/passwd")) > 0) { split(line, p, ":"); home[p[1]] = p[6] }
}
/^[ \t]*(#|$)/ || /^[ \t]*[A-Za-z_][A-Za-z0-9_]*[ \t]*=/ { next }
{
    line = $0
    sub(/^[ \t]+/, "", line)
    sub(/\r$/, "", line)
    parts = line ~ /^@/ ? 1 : 5
    schedule = ""
    for (i = 1; i <= parts; i++) {
        if (!match(line, /^[^ \t]+[ \t]+/)) next
        word = substr(line, 1, RLENGTH)
        line = substr(line, RLENGTH + 1)
        gsub(/[ \t]/, "", word)
        if (word !~ /^@?[0-9A-Za-z*\/,?#~-]+$/) next
        schedule = schedule (i > 1 ? " " : "") word
    }
    user = me != "" && FILENAME == "-" ? me : base(FILENAME)
    if (FILENAME == "" || FILENAME == "-") user = me
    if (system_ != "") {
        if (!match(line, /^[^ \t]+[ \t]+/)) next
        user = substr(line, 1, RLENGTH)
        line = substr(line, RLENGTH + 1)
        gsub(/[ \t]/, "", user)
    }
    if (user !~ /^[A-Za-z0-9_.$-]+$/ || length(user) > 40) next
    gsub(/\\%/, "\004", line)
    sub(/%.*/, "", line)
    gsub(/\004/, "%", line)
    folder = home[user] == "" ? "/" : home[user]
    split("", told)
    scripts = guarded = 0
    run(line, 0)
    for (i = 1; i <= scripts; i++) print user "\t" schedule "\t" script[i] "\t" guarded
}
'

look_disk() {
    state=ok rows=
    mounts=$(awk '
        $3 ~ /^(ext[234]|xfs|btrfs|zfs|f2fs|jfs|reiserfs|vfat|exfat|bcachefs|ufs)$/ || ($2 == "/" && $3 != "rootfs") {
            if ($2 !~ /\\/ && !seen[$1 == "overlay" || $3 == "zfs" ? $2 : $1]++) print $2
        }' /proc/self/mounts 2>/dev/null | head -n 100)
    set -f
    # shellcheck disable=SC2015
    [ "$mounts" ] && rows=$(limit 40 df -Pk $mounts 2>/dev/null) || worse failed
    set +f
    section disk "$state" "$(printf '%s\n' "$rows" | awk -v OFS='\t' 'NR > 1 && $2 > 0 && !seen[$6]++ { print $6, $2, $3 }')"
}

main "$@" </dev/null
