# shellcheck shell=bash
# shellcheck disable=SC2154 # machine.sh sets what is used here
# What a machine was like before meshx came, kept once in /var/lib/meshx/before, and how it becomes so again.

readonly BEFORE=$STATE/before
# Everything that the package, its unit, the sidecar and meshx make, the inner before the outer.
readonly TRACKED=(/run/secrets/tokens /run/secrets/workload-spiffe-uds /run/secrets /etc/istio /etc/certs /var/lib/istio /var/log/istio)
# Of what they hold: the folders and files that the package, the sidecar and meshx make, the inner before the outer.
readonly OWN_FOLDERS=({/etc/istio,/var/lib/istio}/{proxy,config,envoy,data})
readonly OWN_FILES=("$CERTIFICATES"/{root-cert,cert-chain,key}.pem {/etc/istio,/var/lib/istio}/config/mesh /etc/istio/config/ca-root.pem "$FORMER_SETTINGS/cluster.env" "$TOKEN")
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

# Takes away what is the bundle's, the package's and the sidecar's, then puts back what was there before. Others may have put
# something of theirs into these folders since: it stays, and so does its folder, as root's.
restore_files() {
  local path owner group mode
  while read -r owner group mode path; do
    [[ -d $path ]] || install -d -o "$owner" -g "$group" -m "$mode" "$path"
  done <"$BEFORE/folders"
  end_proxy
  close_for_good
  remove_own_files
  for path in "${OWN_FOLDERS[@]}" "${TRACKED[@]}"; do remove_folder "$path"; done
  put_all_back
}

# A user that goes leaves nothing running.
end_proxy() {
  [[ ! -s $BEFORE/user ]] && id -u "$PROXY_USER" >/dev/null 2>&1 || return 0
  as_proxy bash -c 'kill -KILL -1' 2>/dev/null || true
}

# From here on nobody but root changes what a name in them stands for. From the outer to the inner.
close_for_good() {
  local path
  while IFS= read -r path; do
    [[ ! -d $path ]] || stays_with_its_owner "$path" || own_folder root:root 0755 "$path" || true
  done < <(printf '%s\n' "${TRACKED[@]}" | tac; printf '%s\n' "${OWN_FOLDERS[@]}")
}

# Logs from before are left alone.
stays_with_its_owner() {
  [[ $1 = /var/log/istio ]] && was_there "$1"
}

remove_own_files() {
  local -a written=(/var/lib/istio/{proxy,data} /etc/istio/proxy /run/secrets/workload-spiffe-uds)
  rm -f "${OWN_FILES[@]}" {/etc/certs,/etc/istio/config,/var/lib/istio/config}/.meshx.????????
  if ! was_there /var/log/istio; then
    rm -f /var/log/istio/istio{,.err}.log*
    written+=(/var/log/istio)
  fi
  find -P "${written[@]}" -xdev -mindepth 1 -user "$PROXY_USER" -delete 2>/dev/null || true
}

remove_folder() {
  if was_there "$1"; then
    return 0
  elif [[ -L $1 ]]; then
    rm -f "$1"
  elif [[ -d $1 ]] && ! rmdir "$1" 2>/dev/null && [[ " ${TRACKED[*]} " = *" $1 "* ]]; then
    say "$1 stays, for the files of others in it"
  fi
}

put_all_back() {
  local path
  while IFS= read -r path; do
    if was_there "$path" && [[ $path != /run/secrets && $path != /var/log/istio ]]; then put_back "$path"; fi
  done < <(printf '%s\n' "${TRACKED[@]}" | tac)
  if was_there /run/secrets && [[ -d /run/secrets ]]; then
    chown -h --reference="$BEFORE/kept/run/secrets" /run/secrets
    chmod --reference="$BEFORE/kept/run/secrets" /run/secrets
  fi
}

put_back() {
  local path=$1 kept=$BEFORE/kept$1 folder
  settle "${path%/*}"
  path=$settled/${path##*/}
  if [[ -L $kept || ! -d $kept ]]; then
    [[ -d $path && ! -L $path ]] || cp -a --remove-destination -T "$kept" "$path"
    return 0
  fi
  # Closed until all of it is back.
  while IFS= read -r folder; do
    folder=$path${folder#.}
    [[ ! -L $folder ]] || rm -f "$folder"
    [[ -d $folder ]] || mkdir "$folder"
    chown -h root:root "$folder"
    chmod 0700 "$folder"
  done < <(cd "$kept" && find . -type d)
  cp -a --remove-destination "$kept/." "$path"
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
