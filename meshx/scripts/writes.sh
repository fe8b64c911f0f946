# shellcheck shell=bash
# shellcheck disable=SC2154 # machine.sh, family.sh, before.sh, upkeep_units.sh, way_back.sh and the scripts that source all these set what is used here
# Whether all that a join, a repair or a leave writes can be written, found out without writing anything: on a read-only
# file system, and of what was made immutable, the kernel says no to root as well (access(2): EROFS, EPERM).

# What is written by a join, and taken away by leaving.
written_paths() {
  printf '%s\n' "$HOSTS" "$STATE" "${TRACKED[@]}" "$(settings_file "$unit")" "${UPKEEP_FILES[@]}" "${BACK_UNITS[@]}" "$CLOSED_UNIT_FILE"
  printf '%s\n' "$UNITS"/{multi-user,sysinit,timers,paths}.target.wants "$RENEWAL_LIBRARY" "$AGENT_FOLDER" "$UNITS/$RENEWAL_TIMER" /run/meshx
  find "${TRACKED[@]}" -xdev 2>/dev/null || true
  # By a join alone.
  cut -f 3 "$work"/{files,identity,folders}.tsv 2>/dev/null || true
}

# What installing the package, or removing it, writes beside that.
package_paths() {
  package_records
  printf '%s\n' /etc/{passwd,group,shadow,gshadow}
  printf '%s\n' "$BINARIES"/{,envoy,pilot-agent,istio-start.sh,node_agent} {/usr,}/lib/systemd/system /usr/share/doc
}

# check_writes WITH_PACKAGE: a problem for each thing that stands in the way: the thing itself, or the folder that is to
# take it. The argument is "yes" where the package comes or goes.
check_writes() {
  local path
  while IFS= read -r path; do
    problem "$path cannot be written: $(why_not "$path")"
  done < <({ written_paths; [[ $1 != yes ]] || package_paths; } | unwritable)
}

unwritable() {
  local path
  local -a there
  mapfile -t there < <(while IFS= read -r path; do
    # A link is replaced, or followed by nobody.
    [[ ! -e $path || -L $path ]] || echo "$path"
    until path=$(dirname "$path") && [[ -d $path ]]; do :; done
    echo "$path"
  done | sort -u)
  {
    for path in "${there[@]}"; do [[ -w $path ]] || echo "$path"; done
    # What may only be added to, the kernel takes for writable.
    lsattr -d -- "${there[@]}" 2>/dev/null | awk '$1 ~ /a/ { print $2 }' || true
  } | sort -u
}

why_not() {
  local options
  options=$(findmnt -n -o OPTIONS -T "$1" 2>/dev/null || true)
  if [[ ,$options, = *,ro,* ]]; then
    echo "its file system, mounted on $(findmnt -n -o TARGET -T "$1"), is read-only: mount it writable"
  elif [[ $(lsattr -d -- "$1" 2>/dev/null | cut -d ' ' -f 1) =~ [ai] ]]; then
    echo "it is protected by an attribute: chattr -i -a $1"
  else
    echo "the system refuses it even to root: see its attributes (lsattr -d $1) and its mount (findmnt -T $1)"
  fi
}
