# shellcheck shell=bash
# shellcheck disable=SC2154 # machine.sh sets what is used here
# Who wrote a file: what it says of itself, and the units that ran at that moment.

moment() {
  date -u "$@" +%FT%TZ
}

# written_by FILE: "at 2026-11-29T18:20:01Z by rewrite-hosts.service".
written_by() {
  local file=$1 at units said
  at=$(moment -d "@$(stat -L -c %Z "$file")")
  units=$(units_at "$file")
  said=$(grep -m 1 -aiE '^[[:space:]]*[#;].*(managed|manage_|generated|do not edit|written by|overwritten|cloud-init)' "$file" | tr -d '\r' | cut -c 1-120) || true
  printf 'at %s by %s%s' "$at" "${units:-nothing that systemd started for it}" "${said:+ (it says: $said)}"
}

# The services that ran when the file was written. Those that name it come alone; of the others only such as ended, since
# many run all the time.
units_at() {
  local file=$1 name state naming="" passing=""
  while read -r name state; do
    case $name in meshx-* | istio*.service | user@*) continue ;; esac
    if names_file "$name" "$file"; then
      naming+=${naming:+, }$name
    elif [[ $state = ended ]]; then
      passing+=${passing:+ or }$name
    fi
  done < <(services_at "$(stat -L -c %.Z "$file")")
  printf '%s' "${naming:-$passing}"
}

# services_at SECONDS: "name ended" or "name running", by systemd's own clock, with some slack for the file system's.
services_at() {
  systemctl show --all '*.service' -p Id -p ExecMainStartTimestampMonotonic -p ExecMainExitTimestampMonotonic |
    awk -v uptime="$(cut -d ' ' -f 1 /proc/uptime)" -v now="$(date +%s.%N)" -v at="$1" '
      BEGIN { RS = ""; FS = "\n"; moment = (uptime - (now - at)) * 1000000 }
      {
        split("", value)
        for (i = 1; i <= NF; i++) { cut = index($i, "="); value[substr($i, 1, cut - 1)] = substr($i, cut + 1) }
        begun = value["ExecMainStartTimestampMonotonic"] + 0
        over = value["ExecMainExitTimestampMonotonic"] + 0
        if (!begun || begun - 50000 > moment) next
        if (over < begun) print value["Id"], "running"
        else if (moment - 50000 <= over) print value["Id"], "ended"
      }'
}

# Whether a unit's own file, or a script that it starts, names the file.
names_file() {
  local text word
  local pattern="(^|[^A-Za-z0-9_.])$2([^A-Za-z0-9_.]|\$)"
  text=$(systemctl cat "$1" 2>/dev/null) || return 1
  text=$(grep -v '^#' <<<"$text")
  ! grep -qE "$pattern" <<<"$text" || return 0
  while read -r word; do
    [[ $word = /* && -f $word && $(head -c 2 "$word" | tr -d '\0') = '#!' ]] || continue
    ! grep -qE "$pattern" "$word" || return 0
  done < <(sed -n 's/^Exec[A-Za-z]*=[-+!@:]*//p' <<<"$text" | tr ' ' '\n')
  return 1
}

# The firewalls whose reload, start or end may take others' rules along.
firewalls() {
  local name found=""
  for name in ufw firewalld nftables netfilter-persistent shorewall ferm; do
    if firewall_runs "$name"; then
      found+=${found:+, }"$name runs here"
    elif ended_shortly_before "$name"; then
      found+=${found:+, }"$name ended shortly before"
    fi
  done
  printf '%s' "${found:+ (of firewalls, $found)}"
}

# `ufw enable` starts no unit; the next boot does.
firewall_runs() {
  systemctl is-active --quiet "$1" || { [[ $1 = ufw ]] && grep -qs '^ENABLED=yes' /etc/ufw/ufw.conf; }
}

ended_shortly_before() {
  awk -v ended="$(systemctl show -p InactiveEnterTimestampMonotonic "$1" | cut -d = -f 2)" \
    '{ exit !(ended > 0 && $1 - ended / 1000000 < 60) }' /proc/uptime
}
