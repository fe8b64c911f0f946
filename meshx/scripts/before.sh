# shellcheck shell=bash
# shellcheck disable=SC2154 # machine.sh sets what is used here
# What a machine was like before meshx came, kept once in /var/lib/meshx/before, and how it becomes so again.

readonly BEFORE=$STATE/before
# Everything that the package, its unit, the sidecar and meshx make, the inner before the outer.
readonly TRACKED=(/run/secrets/tokens /run/secrets/workload-spiffe-uds /run/secrets /etc/istio /etc/certs /var/lib/istio /var/log/istio)
# dpkg removes these with the package where they are empty then, though they were there before it.
readonly PACKAGE_FOLDERS=(/usr/local /usr/local/bin)

record_before() {
  local unit=$1 package=$2 fresh=$STATE/before.new path
  [[ -d $BEFORE ]] && return 0
  rm -rf "$fresh"
  install -d -m 0700 "$STATE" "$fresh" "$fresh/kept"
  package_status "$package" >"$fresh/package"
  getent passwd "$PROXY_USER" >"$fresh/user" || true
  getent group "$PROXY_USER" >"$fresh/group" || true
  systemctl is-enabled "$unit" >"$fresh/enabled" 2>/dev/null || true
  systemctl is-active "$unit" >"$fresh/active" 2>/dev/null || true
  companions_before >"$fresh/companions"
  cp -a "$HOSTS" "$fresh/hosts"
  list_tables >"$fresh/tables"
  list_chains >"$fresh/chains"
  stat -c '%U %G %a %n' "${PACKAGE_FOLDERS[@]}" >"$fresh/folders" 2>/dev/null || true
  for path in "${TRACKED[@]}"; do
    [[ -e $path || -L $path ]] || continue
    echo "$path" >>"$fresh/paths"
    # Logs grow and are nothing to put back; the rest is small.
    # From the root folder: `cp --parents` looks for the parents of an absolute path where it stands.
    [[ $path = /var/log/istio ]] || (cd / && cp -a --parents "${path#/}" "$fresh/kept")
  done
  touch "$fresh/paths"
  sync -f "$fresh" 2>/dev/null || true
  mv -T "$fresh" "$BEFORE"
}

was_there() {
  grep -qxF "$1" "$BEFORE/paths"
}

# Puts back the files that were there, takes away those that were not.
restore_files() {
  local path owner group mode
  while read -r owner group mode path; do
    [[ -d $path ]] || install -d -o "$owner" -g "$group" -m "$mode" "$path"
  done <"$BEFORE/folders"
  for path in "${TRACKED[@]}"; do
    if ! was_there "$path"; then
      # Others may have put something beside the tokens.
      if [[ $path = /run/secrets ]]; then rmdir "$path" 2>/dev/null || true; else rm -rf "$path"; fi
    elif [[ $path != /var/log/istio && $path != /run/secrets ]]; then
      rm -rf "$path"
      cp -a "$BEFORE/kept$path" "$path"
    fi
  done
}

restore_hosts() {
  local fresh=$work/hosts.restored
  rendered_hosts >"$fresh"
  # A last line without its end gets one in passing; nobody else changed anything then.
  if [[ $(cat "$fresh") = "$(cat "$BEFORE/hosts")" ]]; then
    cp "$BEFORE/hosts" "$fresh"
  fi
  replace_content "$fresh" "$HOSTS" || true
}

restore_user() {
  if [[ ! -s $BEFORE/user ]] && getent passwd "$PROXY_USER" >/dev/null; then
    userdel "$PROXY_USER"
  fi
  if [[ ! -s $BEFORE/group ]] && getent group "$PROXY_USER" >/dev/null; then
    groupdel "$PROXY_USER"
  fi
}
