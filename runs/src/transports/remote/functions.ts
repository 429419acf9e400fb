/**
 * What a machine is taught at the beginning of a connection: POSIX sh functions over the run directory, for Linux with GNU or busybox tools. Where
 * nothing has changed a look costs two processes, however many runs it covers. Names begin with `mp_`; nothing is exported, so no run inherits it.
 */
import { files } from '../../directory';
import { quote } from '../../quote';

/** The shell word for the root folder: `~` at its beginning is the home folder there. */
function rootWord(root: string): string {
  if (root === '~') return '"$HOME"';
  return root.startsWith('~/') ? `"$HOME"/${quote(root.slice(2))}` : quote(root);
}

/** Definitions for a machine whose runs are below `root`. Prints nothing. */
export function functions(root: string): string {
  return `
umask 077
mp_root=${rootWord(root)}
case "$(stat -c %.3Y / 2>/dev/null)" in *[0-9].[0-9]*) mp_y=%.3Y mp_z=%.3Z ;; *) mp_y=%Y mp_z=%Z ;; esac
case "$(date +%s%3N 2>/dev/null)" in *[!0-9]* | '') mp_d=+%s ;; *) mp_d=+%s%3N ;; esac
if [ "$(printf 'a\\0b\\0' | grep -czx b 2>/dev/null)" = 1 ]; then mp_gz=1; else mp_gz=; fi

# the state of the process named by "pid starttime bootid", in mp_is
mp_identity() {
  mp_is=unidentified
  case "$1" in *[!0-9a-f\\ -]*) return 0 ;; esac
  set -- $1
  [ $# -ge 3 ] || return 0
  case "$1" in 0* | *[!0-9]*) return 0 ;; esac
  mp_is=rebooted
  [ "$3" = "$mp_boot" ] || return 0
  mp_is=dead mp_stat=
  { read -r mp_stat < "/proc/$1/stat"; } 2>/dev/null || return 0
  set -- "$2" \${mp_stat##*) }
  case "$2" in Z | X) return 0 ;; esac
  [ "\${21}" = "$1" ] && mp_is=alive
  return 0
}

# living processes of run $1 in mp_m: those with its id in their environment, and their descendants
mp_members() {
  if [ -n "$mp_gz" ]; then
    mp_m=$(grep -lszx -- "MINDPORT_RUN_ID=$1" /proc/[0-9]*/environ 2>/dev/null)
  else
    mp_m=$(for mp_e in /proc/[0-9]*/environ; do tr '\\0' '\\n' < "$mp_e" 2>/dev/null | grep -qx "MINDPORT_RUN_ID=$1" && echo "$mp_e"; done)
  fi
  [ -n "$mp_m" ] || return 0
  mp_m=$(cat /proc/[0-9]*/stat 2>/dev/null | awk -v roots="$(echo $mp_m)" '
    BEGIN { n = split(roots, r, " "); for (i = 1; i <= n; i++) { split(r[i], p, "/"); member[p[3]] = 1 } }
    { pid = $1; sub(/^.*\\) /, ""); if ($1 != "Z" && $1 != "X") parent[pid] = $2 }
    END { for (pid in parent) { up = pid; for (i = 0; i < 200 && up > 1; i++) { if (up in member) { print pid; break } up = parent[up] } } }')
}

# the state of the processes of the run in mp_id, in mp_p
mp_process() {
  mp_p=unidentified mp_any=
  for mp_f in ${files.jobPid} ${files.commandPid}; do
    mp_l=
    { read -r mp_l < "$mp_id/$mp_f"; } 2>/dev/null || continue
    mp_identity "$mp_l"
    [ "$mp_is" = alive ] && { mp_p=alive; return 0; }
    mp_any="$mp_any $mp_is"
  done
  case "$mp_any" in '') return 0 ;; *rebooted*) mp_p=rebooted; return 0 ;; esac
  mp_p=dead
  # supervisor and shell were killed, yet the program may live on
  [ "$mp_x" = - ] || return 0
  mp_members "$mp_id"
  [ -n "$mp_m" ] && mp_p=alive
  return 0
}

# one look: mp_poll NONCE ASK..., an ask is R:ID or F:FILE:OFFSET:MAX:TAG for a file of the run before it
mp_poll() {
  mp_n=$1
  shift
  cd -- "$mp_root/runs" 2>/dev/null || return 3
  mp_boot=-
  { read -r mp_boot < /proc/sys/kernel/random/boot_id; } 2>/dev/null
  mp_asks=$* mp_list=
  for mp_w; do
    case "$mp_w" in
      R:*)
        mp_id=\${mp_w#R:}
        mp_list="$mp_list $mp_id $mp_id/${files.started} $mp_id/${files.cancel} $mp_id/${files.heartbeat}"
        mp_list="$mp_list $mp_id/exit.[0-9] $mp_id/exit.[0-9][0-9] $mp_id/exit.[0-9][0-9][0-9]" ;;
      *) mp_w=\${mp_w#F:} mp_list="$mp_list $mp_id/\${mp_w%%:*}" ;;
    esac
  done
  # in the order of the asks, so both are walked side by side: name, content mark, time of renaming
  set -- $(LC_ALL=C stat -c "%n %s:%i:$mp_y $mp_z" $mp_list 2>/dev/null)
  echo "now $(date "$mp_d")"
  for mp_w in $mp_asks; do
    case "$mp_w" in
      R:*)
        mp_id=\${mp_w#R:}
        [ "$1" = "$mp_id" ] || { echo gone; continue; }
        shift 3
        mp_s=- mp_c=- mp_h=- mp_x=- mp_e=- mp_u=0 mp_late=
        [ "$1" = "$mp_id/${files.started}" ] && mp_s=\${2##*:} && shift 3
        [ "$1" = "$mp_id/${files.cancel}" ] && mp_c=1 && shift 3
        [ "$1" = "$mp_id/${files.heartbeat}" ] && mp_h=\${2##*:} && shift 3
        while :; do case "$1" in "$mp_id"/exit.*) mp_x=\${1##*.} mp_e=$3; shift 3 ;; *) break ;; esac; done
        mp_process
        if [ "$mp_x" = - ] && [ "$mp_p" != alive ]; then
          # it may have ended while it was looked at: then its files are measured again, for what it wrote last
          for mp_f in "$mp_id"/exit.[0-9] "$mp_id"/exit.[0-9][0-9] "$mp_id"/exit.[0-9][0-9][0-9]; do
            [ -d "$mp_f" ] && mp_x=\${mp_f##*.} mp_e=$(stat -c "$mp_z" "$mp_f") mp_late=1
          done
        fi
        case "$mp_x" in - | 0) ;; *) df -P . 2>/dev/null | awk 'NR == 2 && $4 == 0 { exit 1 }' || mp_u=1 ;; esac
        echo "run $mp_s $mp_e $mp_x $mp_c $mp_p $mp_h $mp_u" ;;
      *)
        mp_a=\${mp_w#F:} mp_f=$mp_id/\${mp_a%%:*} mp_a=\${mp_a#*:}
        mp_v=
        [ "$1" = "$mp_f" ] && mp_v=$2 && shift 3
        [ -n "$mp_late" ] && mp_v=$(LC_ALL=C stat -c "%s:%i:$mp_y" "$mp_f" 2>/dev/null)
        [ -n "$mp_v" ] || { echo none; continue; }
        mp_o=\${mp_a%%:*} mp_a=\${mp_a#*:}
        mp_k=\${mp_a%%:*} mp_a=\${mp_a#*:}
        [ "$mp_v" = "$mp_a" ] && { echo same; continue; }
        [ -f "$mp_f" ] || { echo none; continue; }
        mp_z2=\${mp_v%%:*}
        echo "file $mp_v"
        head -c 256 "$mp_f"
        printf '\\n%s\\n' "$mp_n"
        if [ "$mp_o" -lt "$mp_z2" ]; then
          [ $((mp_z2 - mp_o)) -lt "$mp_k" ] && mp_k=$((mp_z2 - mp_o))
          tail -c +$((mp_o + 1)) "$mp_f" | head -c "$mp_k"
        fi
        printf '\\n%s\\n' "$mp_n" ;;
    esac
  done
  return 0
}

# signals run $1 with $2 (TERM, KILL, or - for none), but no process named in $3 (spaces around each); tells who lives
mp_stop() {
  cd -- "$mp_root/runs/$1" 2>/dev/null || return 3
  mp_boot=-
  { read -r mp_boot < /proc/sys/kernel/random/boot_id; } 2>/dev/null
  mp_members "$1"
  mp_t=
  for mp_q in $mp_m; do
    [ "$2" = - ] && break
    case "$3" in *" $mp_q "*) continue ;; esac
    kill -s "$2" "$mp_q" 2>/dev/null && mp_t="$mp_t $mp_q"
  done
  mp_l= mp_v=- mp_x=-
  { read -r mp_l < ${files.jobPid}; } 2>/dev/null
  mp_identity "$mp_l"
  [ "$mp_is" = alive ] && mp_v=\${mp_l%% *}
  for mp_f in exit.[0-9] exit.[0-9][0-9] exit.[0-9][0-9][0-9]; do [ -d "$mp_f" ] && mp_x=\${mp_f##*.}; done
  echo "members" $mp_m
  echo "signalled$mp_t"
  echo "supervisor $mp_v $mp_x"
}

# renames folder $1 to $2 unless $2 is there
mp_publish() {
  [ -e "$2" ] && return 0
  mv -T -- "$1" "$2" 2>/dev/null && return 0
  [ -d "$2" ] || mv -- "$1" "$2"
}

# sha256 of a file
mp_sha() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum < "$1" | cut -c 1-64
  elif command -v openssl >/dev/null 2>&1; then openssl dgst -sha256 -r < "$1" | cut -c 1-64
  else python3 -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$1"; fi
}
`;
}
