# shellcheck shell=bash
# shellcheck disable=SC2034 # the scripts that source this file read what it sets
# What join.sh, leave.sh, observe.sh and others share: where things stand on a machine, and how they are looked at.

work=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
readonly work
readonly STATE=/var/lib/meshx
readonly JOINED_AS=$STATE/joined-as
# What the sidecar's start scripts read, as root.
readonly SETTINGS=$STATE/sidecar
# Where the package has them, and an earlier meshx or a join by hand.
readonly FORMER_SETTINGS=/var/lib/istio/envoy
# /etc/machine-id as it was then: a clone of the disk has another one.
readonly JOINED_ID=$STATE/machine-id
readonly CERTIFICATES=/etc/certs
readonly TOKEN=/var/run/secrets/tokens/istio-token
readonly PROXY_USER=istio-proxy
readonly BINARIES=/usr/local/bin
readonly UNITS=/etc/systemd/system
# What upkeep.sh had to put back since the last join.
readonly PUT_BACK=$STATE/put-back
HOSTS=$(readlink -f /etc/hosts)
readonly HOSTS

say() {
  # The session may be gone by now, which is no reason to stop.
  printf '%s\n' "$*" 2>/dev/null || true
}

problems=0

# Something for which a run is refused before it changes anything, with its remedy.
problem() {
  printf 'problem: %s\n' "$1" >&2
  problems=$((problems + 1))
}

# A fact on one line, its value (standard input, or the second word) in base64.
fact() {
  printf '%s %s\n' "$1" "$(base64 -w 0)"
}

value() {
  printf '%s' "$2" | fact "$1"
}

# Sizes and times of the files that run: changes when somebody replaces one of them.
binaries_mark() {
  stat -c '%n %s %Y' "$BINARIES/envoy" "$BINARIES/pilot-agent" "$BINARIES/istio-start.sh" 2>/dev/null |
    sha256sum | cut -d ' ' -f 1
}

# replace_content SOURCE TARGET: gives a file of others another content and leaves it its owner, mode and labels, in one step
# where that can be had. A file that is a mount of its own (as in containers) cannot be renamed over; it is written in
# place. True if anything had to be done; ends the run where it cannot be.
replace_content() {
  local source=$1 target=$2 folder fresh
  ! cmp -s "$source" "$target" || return 1
  folder=$(dirname "$target")
  # Of a run that was killed.
  rm -f "$folder"/.meshx.????????
  fresh=$(mktemp "$folder/.meshx.XXXXXXXX") || cannot_write "$target"
  if cp -a "$target" "$fresh" && cat "$source" >"$fresh"; then
    mv -fT "$fresh" "$target" 2>/dev/null && return 0
    if cat "$source" >"$target"; then
      rm -f "$fresh"
      return 0
    fi
  fi
  rm -f "$fresh"
  cannot_write "$target"
}

cannot_write() {
  echo "$1 cannot be written; the reason stands above" >&2
  exit 5
}

# resolved NAME [-s files]: what the system's resolver answers, all addresses on a line; nothing where it knows none.
resolved() {
  { timeout 3 getent "${@:2}" ahosts "$1" || true; } |
    awk '!($1 in seen) { seen[$1]; printf "%s%s", separator, $1; separator = ", " }'
}

# Prints /etc/hosts without meshx's part, and, given a file of wanted lines "address name", with it anew. Lines of
# others for the same names are put out of use by a comment that the next run, or leaving, takes away again. Words and case
# are as the resolver has them (glibc, nss/nss_files/files-parse.c: any white space, so that lines may end as on Windows).
rendered_hosts() {
  awk -v wanted="${1-}" -v self="${2-}" '
    BEGIN {
      while (wanted != "" && (getline line < wanted) > 0) {
        split(line, field, " ")
        address[field[2]] = field[1]
        name[++names] = field[2]
      }
    }
    /# meshx\r?$/ { next }
    {
      line = $0
      sub(/^# meshx keeps: /, "", line)
      body = tolower(line)
      sub(/#.*/, "", body)
      gsub(/[\r\v\f]/, " ", body)
      count = split(body, field, " ")
      taken = 0
      others = ""
      for (i = 2; i <= count; i++) {
        if (field[i] in address) {
          taken = 1
        } else {
          others = others " " field[i]
          known[field[i]] = 1
        }
      }
      print (taken ? "# meshx keeps: " : "") line
      if (taken && others != "") print field[1] others " # meshx"
    }
    END {
      for (i = 1; i <= names; i++) print address[name[i]] " " name[i] " # meshx"
      if (self != "" && !(tolower(self) in known) && !(self in address)) print "127.0.1.1 " self " # meshx"
    }' "$HOSTS"
}

# Prints "address name" for each name that /etc/hosts has of meshx, wanted or not. What else stands under its mark is no
# such name: the rest of others' lines that it put out of use, and the machine's own name, which is given. The rest stands
# right below its line and has fewer names: others may have had the very name and address that meshx has.
own_hosts_lines() {
  awk -v self="$1" '
    { gsub(/[\r\v\f]/, " ") }
    /^# meshx keeps: / {
      $0 = tolower($0)
      sub(/^# meshx keeps: /, "")
      sub(/#.*/, "")
      split("", others)
      kept = 0
      for (i = 2; i <= NF; i++) if (!(($1, $i) in others)) { others[$1, $i] = 1; kept++ }
      next
    }
    /# meshx *$/ {
      sub(/#.*/, "")
      split("", found)
      for (i = 2; i <= NF; i++) if (($1, $i) in others && !($i in found)) { found[$i] = 1; kept-- }
      for (i = 2; i <= NF; i++)
        if (!(kept > 0 && ($1, $i) in others) && $1 " " $i != "127.0.1.1 " self) print $1, $i
    }
    { kept = 0 }' "$HOSTS"
}
