# shellcheck shell=bash
# shellcheck disable=SC2034 # the scripts that source this file read what it sets
# What join.sh, leave.sh, observe.sh and others share: where things stand on a machine, and how they are looked at.

work=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
readonly work
readonly STATE=/var/lib/meshx
readonly JOINED_AS=$STATE/joined-as
readonly CERTIFICATES=/etc/certs
readonly TOKEN=/var/run/secrets/tokens/istio-token
readonly PROXY_USER=istio-proxy
readonly BINARIES=/usr/local/bin
HOSTS=$(readlink -f /etc/hosts)
readonly HOSTS

say() {
  # The session may be gone by now, which is no reason to stop.
  printf '%s\n' "$*" 2>/dev/null || true
}

# A fact on one line, its value (standard input, or the second word) in base64.
fact() {
  printf '%s %s\n' "$1" "$(base64 -w 0)"
}

value() {
  printf '%s' "$2" | fact "$1"
}

# dpkg's own words for a package, e.g. "ii  1.31.0"; empty where it has never been installed.
package_status() {
  dpkg-query -W -f '${db:Status-Abbrev} ${Version}' "$1" 2>/dev/null | grep -v '^un' || true
}

# Sizes and times of the files that run: changes when somebody replaces one of them.
binaries_mark() {
  stat -c '%n %s %Y' "$BINARIES/envoy" "$BINARIES/pilot-agent" "$BINARIES/istio-start.sh" 2>/dev/null |
    sha256sum | cut -d ' ' -f 1
}

# Runs dpkg and waits for another one (unattended upgrades, say) to be done, two minutes at most.
run_dpkg() {
  local attempt
  for attempt in $(seq 1 60); do
    if DEBIAN_FRONTEND=noninteractive dpkg "$@" >"$work/dpkg.out" 2>&1 </dev/null; then
      return 0
    fi
    grep -q 'lock' "$work/dpkg.out" || break
    [[ $attempt = 60 ]] || sleep 2
  done
  tail -n 5 "$work/dpkg.out" >&2
  return 1
}

# Writes standard input to a file of the same owner, mode and labels, in one step where that can be had. A file that is
# a mount of its own (as in containers) cannot be renamed over; it is written in place.
replace_content() {
  local target=$1 fresh
  fresh=$(mktemp "$(dirname "$target")/.meshx.XXXXXXXX")
  cp -a "$target" "$fresh"
  cat >"$fresh"
  if cmp -s "$fresh" "$target"; then
    rm -f "$fresh"
    return 1
  fi
  mv -f "$fresh" "$target" 2>/dev/null || { cat "$fresh" >"$target" && rm -f "$fresh"; }
}

# Prints /etc/hosts without meshx's part, and, given a file of wanted lines "address name", with it anew. Lines of
# others for the same names are put out of use by a comment that the next run, or leaving, takes away again.
rendered_hosts() {
  awk -v wanted="${1-}" -v self="${2-}" '
    BEGIN {
      while (wanted != "" && (getline line < wanted) > 0) {
        split(line, field, " ")
        address[field[2]] = field[1]
        name[++names] = field[2]
      }
    }
    /# meshx$/ { next }
    {
      line = $0
      sub(/^# meshx keeps: /, "", line)
      body = line
      sub(/#.*/, "", body)
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
      if (self != "" && !(self in known) && !(self in address)) print "127.0.1.1 " self " # meshx"
    }' "$HOSTS"
}

# Prints "address name" for each name that /etc/hosts has of meshx, wanted or not. What else stands under its mark is no
# such name: the rest of others' lines that it put out of use, and the machine's own name, which is given. The rest stands
# right below its line and has fewer names: others may have had the very name and address that meshx has.
own_hosts_lines() {
  awk -v self="$1" '
    /^# meshx keeps: / {
      sub(/^# meshx keeps: /, "")
      sub(/#.*/, "")
      split("", others)
      kept = 0
      for (i = 2; i <= NF; i++) if (!(($1, $i) in others)) { others[$1, $i] = 1; kept++ }
      next
    }
    /# meshx$/ {
      sub(/#.*/, "")
      split("", found)
      for (i = 2; i <= NF; i++) if (($1, $i) in others && !($i in found)) { found[$i] = 1; kept-- }
      for (i = 2; i <= NF; i++)
        if (!(kept > 0 && ($1, $i) in others) && $1 " " $i != "127.0.1.1 " self) print $1, $i
    }
    { kept = 0 }' "$HOSTS"
}
