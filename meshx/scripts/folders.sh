# shellcheck shell=bash
# shellcheck disable=SC2154 # machine.sh sets what is used here
# The folders that the sidecar reads and writes, by folders.tsv (owner, mode, path): the proxy's own where it writes, else root's.

# place_folders [there]: all of them, or only such as there are.
place_folders() {
  local owner mode path
  [[ -e $work/folders.tsv ]] || return 0
  while IFS=$'\t' read -r owner mode path; do
    [[ ${1-} != there || -d $path ]] || continue
    if own_folder "$owner" "$mode" "$path"; then say "folder $path"; fi
  done <"$work/folders.tsv"
}

# Before the package comes: the package manager writes there as root, and the package's own script gives away what has a certain name there
# (istio: tools/packaging/postinst.sh, `chown` of config/mesh), whatever a link of that name leads to.
close_folders() {
  ! package_is_wanted && id -u "$PROXY_USER" >/dev/null 2>&1 || return 0
  place_folders there
  find "$FORMER_SETTINGS" /etc/istio/config/ -maxdepth 1 -type l -delete 2>/dev/null || true
}
