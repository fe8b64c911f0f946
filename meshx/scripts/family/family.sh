# shellcheck shell=bash
# shellcheck disable=SC2154 # machine.sh sets what is used here
# What differs between families of systems: Debian's (deb.sh), and Red Hat's (rpm.sh). Each of the two sets
#   FAMILY, as its packages' files end; INSTALL, the command by which an administrator installs something; DEPENDENCIES, what
#     helps where something is missing that the package needs
#   check_family FILE          problems of the system's own with its packages
#   system_architecture        amd64, arm64, or what else the system calls it
#   package_architecture FILE  the same of a package's file; all, nothing where it is no package
#   package_version FILE       its version, as package_status tells it
#   older_version ONE OTHER    whether one version is older than another, by the family's own order
#   package_size FILE          how many KiB it takes once installed; empty where it does not say
#   package_files FILE         the paths of its files, one a line
#   package_content FILE PATH  one of them
#   differing_files FILE       those that are another, or missing, on the system, but for such as are there to be edited
#   package_status NAME        "ii  VERSION" of one that is installed in working order, other words of one that is not, nothing
#                              where there is none
#   install_package_file FILE  in place of any version, also a later one; what somebody edited stays as it is
#   remove_package_named NAME  with its settings
#   clear_cut_short            takes away what an installation has left that was killed
#   package_records            what installing and removing write besides the package's files
# and where installing or removing fails, the reason is on standard error.

# patiently COMMAND...: runs a package manager, and waits for another one (unattended upgrades, say) to be done, two minutes at most.
patiently() {
  local attempt
  for attempt in $(seq 1 60); do
    if "$@" >"$work/manager.out" 2>&1 </dev/null; then
      return 0
    fi
    grep -q 'lock' "$work/manager.out" || break
    [[ $attempt = 60 ]] || sleep 2
  done
  tail -n 5 "$work/manager.out" >&2
  return 1
}

# A system may have the other family's program as well. Which one installed it is known by a package that any system has.
if command -v rpm >/dev/null && ! dpkg-query -W bash >/dev/null 2>&1; then
  # shellcheck source=meshx/scripts/family/rpm.sh
  . "$work/rpm.sh"
else
  # shellcheck source=meshx/scripts/family/deb.sh
  . "$work/deb.sh"
fi
