# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154 # machine.sh, way_back.sh and the scripts that source this set what is used here
# Going back: the certificates that are kept for it, and the good delivery that is put back (way_back.sh).

# Of the proxy's own files only what its own user can read, and gets back.
keep_certificates() {
  local name path owned
  rm -rf "$KEPT_CERTIFICATES"
  install -d -m 0700 "$KEPT_CERTIFICATES"
  for name in root-cert cert-chain key; do
    path=$CERTIFICATES/$name.pem
    # Asked once: it may be another file the next time.
    [[ -f $path && ! -L $path ]] && owned=$(stat -c '%U:%G 0%a' "$path") && [[ $owned = "$PROXY_USER":* ]] || continue
    plain "$path" >"$KEPT_CERTIFICATES/$name.pem"
    echo "$owned" >"$KEPT_CERTIFICATES/$name.owner"
  done
}

# True if any was another one.
put_certificates_back() {
  local owned owner mode changed=1
  for owned in "$KEPT_CERTIFICATES"/*.owner; do
    [[ -s ${owned%.owner}.pem ]] || continue
    read -r owner mode <"$owned"
    owned=${owned%.owner}.pem
    if place "$owner" "$mode" "$owned" "$CERTIFICATES/${owned##*/}"; then changed=0; fi
  done
  return "$changed"
}

# give_identity FOLDER: a node agent starts anew only where a delivery brings its key material (node_agent.sh).
give_identity() {
  local path number=0
  [[ -e $1/identity.tsv ]] || return 0
  mkdir "$1/identity"
  while IFS=$'\t' read -r _ _ path; do
    [[ ! -s $KEPT_CERTIFICATES/${path##*/} ]] || cp "$KEPT_CERTIFICATES/${path##*/}" "$1/identity/$number"
    number=$((number + 1))
  done <"$1/identity.tsv"
}

# Whether the sidecar runs with something of the delivery that is undone, or does not run.
started_since() {
  local began
  began=$(systemctl show -p ActiveEnterTimestamp "$(cat "$GOOD/now/unit")" | cut -d = -f 2)
  [[ -z $began || $(date -d "$began" +%s) -ge $1 ]]
}

# What the undone delivery brought beside the good one's files, as that of another line does: it goes, or becomes what it was
# before the machine joined. Certificates are no such files: both lines have them, each by a list of its own.
take_back_files() {
  local path kept
  while IFS= read -r path; do
    kept=$STATE/before/kept$path
    settle "${path%/*}"
    if [[ -f $kept ]]; then cp -a --remove-destination "$kept" "$settled/${path##*/}"; else rm -f "$settled/${path##*/}"; fi
  done < <(comm -13 <(cut -f 3 "$GOOD"/now/{files,identity}.tsv 2>/dev/null | sort) <(cut -f 3 "$GOOD/next/files.tsv" | sort))
  # A machine with key material of Citadel's has no token.
  [[ ! -e $GOOD/now/identity.tsv ]] || as_proxy rm -f "$TOKEN"
}

# go_back WHY: puts the good delivery back, and notes it for the next run. Nothing without an armed switch.
go_back() {
  local folder since restarts version
  [[ -e $ARMED ]] || return 0
  read -r since _ restarts <"$ARMED"
  take_former
  folder=$(mktemp -d /run/meshx.XXXXXXXX)
  (cd "$GOOD/now" && find . -type f ! -path './disk*') | copy_files "$GOOD/now" "$folder"
  ln -s "$GOOD/now/disk" "$folder/disk"
  : >"$folder/goes-back"
  if put_certificates_back; then
    give_identity "$folder"
    : >"$folder/restart"
  elif [[ $restarts = yes ]] || started_since "$since"; then
    : >"$folder/restart"
  fi
  # Less than receive.sh has for the script that runs this: it must not end first, and let go of the lock.
  if ! timeout -k 10 270 bash "$folder/script" </dev/null >"$folder/told" 2>&1 9<&-; then
    log "it could not go back, and tries again: $(tail -n 3 "$folder/told" | tr '\n' ' ')"
    tail -n 3 "$folder/told" >&2
    rm -rf "$folder"
    return 1
  fi
  take_back_files
  # An earlier meshx knows no mark and leaves the undone delivery's.
  [[ -e $GOOD/now/joined_by.sh ]] || rm -f "$STATE/joined-by"
  read -r _ version _ <"$STATE/package"
  rm -rf "$folder" "$GOOD/next"
  printf '%s it went back to what it had before, with the package of version %s: %s\n' "$(date -u +%FT%TZ)" "$version" "$1" >"$UNDONE.new"
  mv "$UNDONE.new" "$UNDONE"
  log "$(cat "$UNDONE")"
  disarm
  say "went back to version $version"
}

# To the system's own log, whoever runs this.
log() {
  systemd-cat -t meshx -p warning printf '%s\n' "meshx: $1" || true
}
