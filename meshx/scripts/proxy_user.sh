# shellcheck shell=bash
# shellcheck disable=SC2154 # machine.sh, or who else sources this, sets PROXY_USER
# What root does where the sidecar's user could have a hand in. Whoever may write a folder may give each name in it to
# something else, at any moment. So root writes and changes owners only in folders that are root's all the way up
# (`settle`); what is to be the proxy's is written, read and taken away by the proxy's own user (`as_proxy`).

readonly LARGEST_FILE=262144

# Runs a command with the rights of the sidecar's user; before there is one, with nobody's.
as_proxy() {
  local user=$PROXY_USER
  id -u "$user" >/dev/null 2>&1 || user=nobody
  # A lock is held as long as anybody has its descriptor.
  (cd / && runuser -u "$user" -- "$@") 7>&- 8>&- 9>&-
}

# plain FILE: what a file holds that the proxy may read, at most LARGEST_FILE bytes of it. Follows no link, and waits for nothing
# that is no file: neither for a pipe's other end nor for a file system of the user's own.
plain() {
  as_proxy timeout 5 dd if="$1" bs="$LARGEST_FILE" count=1 iflag=nofollow,nonblock,fullblock status=none 2>/dev/null
}

# last_lines COUNT FILE: of a log that the proxy writes, at most LARGEST_FILE bytes, without the zeros of a hole in it; nothing
# where it is no file.
last_lines() {
  # shellcheck disable=SC2016 # the inner shell puts its own arguments there
  as_proxy timeout 5 bash -c '[[ -f $2 && ! -L $2 ]] && tail -c "$3" "$2" | tr -d "\\0" | tail -n "$1"' \
    bash "$1" "$2" "$LARGEST_FILE" 2>/dev/null || true
}

unsettled() {
  printf '%s %s, and what root writes there, others could replace: %s\n' "$1" "$2" "chown root:root $1; chmod 0755 $1" >&2
  exit 5
}

# settle FOLDER: makes the folder where it is missing, and all folders on the way to it root's alone; its path without links is
# in `settled` then. From the top: in a folder that is root's, nobody else can change what a name stands for. Ends the run
# where a folder is somebody's who is neither root nor the proxy.
settle() {
  local rest=$1 here name owner group mode steps=0
  settled=""
  while [[ -n $rest ]]; do
    name=${rest%%/*}
    rest=${rest:${#name}}
    rest=${rest#/}
    [[ -n $name ]] || continue
    here=$settled/$name
    ((++steps < 60)) || unsettled "$here" "leads round in circles"
    # A link of root's own, as the package makes /etc/istio. One of others goes.
    if [[ -L $here && $(stat -c %U "$here") = root ]]; then
      rest=$(readlink -m "$here")/$rest
      settled=""
      continue
    fi
    [[ ! -L $here ]] || rm -f "$here"
    [[ -e $here ]] || mkdir -m 0755 "$here" || cannot_write "$here"
    read -r owner group mode < <(stat -c '%U %G %a' "$here")
    if [[ $owner = "$PROXY_USER" || $group = "$PROXY_USER" ]]; then
      { chown -h root:root "$here" && chmod go-w "$here"; } || cannot_write "$here"
      say "folder $here"
    elif [[ $owner != root || ($mode = *[2367] && $mode != 1???) ]]; then
      unsettled "$here" "belongs to $owner with mode $mode"
    fi
    [[ -d $here ]] || unsettled "$here" "is no folder"
    settled=$here
  done
}

# relabel PATH: gives what was put there the label that SELinux's policy has for the path, where SELinux is on: a file that was
# moved to its place has that of where it was made. In folders that are root's, as with owners.
relabel() {
  [[ ! -e /sys/fs/selinux/enforce ]] || ! command -v restorecon >/dev/null || restorecon "$1" || true
}

# own_folder OWNER MODE FOLDER: makes a folder so, in one that is root's; true if anything had to be done.
own_folder() {
  local owner=$1 mode=$2 path=$3
  settle "${path%/*}"
  path=$settled/${path##*/}
  if [[ -L $path && $(stat -c %U "$path") = root ]]; then
    path=$(readlink -m "$path")
    settle "${path%/*}"
    path=$settled/${path##*/}
  fi
  [[ ! -L $path ]] || rm -f "$path"
  [[ $(stat -c '%U:%G 0%a %F' "$path" 2>/dev/null) != "$owner $mode directory" ]] || return 1
  [[ -d $path ]] || mkdir -m 0700 "$path" || cannot_write "$path"
  { chown -h "$owner" "$path" && chmod "$mode" "$path"; } || cannot_write "$path"
  relabel "$path"
}

# place OWNER MODE SOURCE TARGET: makes the target so in one step; true if anything had to be done.
place() {
  local owner=$1 mode=$2 source=$3 target=$4 fresh
  [[ $owner != "$PROXY_USER":* ]] || { place_as_proxy "$@"; return; }
  settle "${target%/*}"
  target=$settled/${target##*/}
  if [[ -f $target && ! -L $target && $(stat -c '%U:%G 0%a' "$target") = "$owner $mode" ]] && cmp -s "$source" "$target"; then
    return 1
  fi
  fresh=$(mktemp "$settled/.meshx.XXXXXXXX") || cannot_write "$target"
  { cat "$source" >"$fresh" && chown "$owner" "$fresh" && chmod "$mode" "$fresh" && mv -fT "$fresh" "$target"; } || {
    rm -f "$fresh"
    cannot_write "$target"
  }
  relabel "$target"
}

# The same by the proxy's own user, which gets the content by standard input. The agent writes the root certificate too,
# with a group and a mode of its own.
place_as_proxy() {
  local owner=$1 mode=$2 source=$3 target=$4 status=0
  # shellcheck disable=SC2016 # as above
  as_proxy timeout 20 bash -c '
    umask 077
    rm -f "${3%/*}"/.meshx.????????
    fresh=$(mktemp "${3%/*}/.meshx.XXXXXXXX") && cat >"$fresh" && chmod "$2" "$fresh" || exit 2
    now=$([[ -L $3 ]] || stat -c "%U:%G 0%a" "$3" 2>/dev/null)
    if [[ -f $3 && ($now = "$1 $2" || $3 = */root-cert.pem && $now = "${1%:*}:root 0600") ]] && cmp -s "$fresh" "$3"; then
      rm -f "$fresh"
      exit 1
    fi
    mv -fT "$fresh" "$3" || exit 2' bash "$owner" "$mode" "$target" <"$source" || status=$?
  ((status < 2)) || cannot_write "$target"
  return "$status"
}
