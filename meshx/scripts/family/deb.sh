# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # family.sh says what this sets; machine.sh sets what is used here
# Debian, Ubuntu and their kin.

readonly FAMILY=deb
readonly INSTALL="apt-get install -y"
readonly DEPENDENCIES="apt-get -f install helps with dependencies"

check_family() {
  command -v dpkg >/dev/null ||
    problem "there is neither dpkg nor rpm: use a machine of Debian's family (Debian, Ubuntu) or of Red Hat's (RHEL, Rocky, Alma, Fedora)"
  # Its package makes the proxy's user by this and does not name it among what it depends on.
  [[ ! -e $work/companions ]] || command -v adduser >/dev/null ||
    problem "adduser is missing, by which the package makes its user: $INSTALL adduser"
}

system_architecture() {
  dpkg --print-architecture
}

package_architecture() {
  dpkg-deb -f "$1" Architecture 2>/dev/null || echo nothing
}

package_version() {
  dpkg-deb -f "$1" Version
}

older_version() {
  dpkg --compare-versions "$1" lt "$2"
}

package_size() {
  dpkg-deb -f "$1" Installed-Size 2>/dev/null || true
}

package_files() {
  dpkg-deb -c "$1" 2>/dev/null | sed 's/ -> .*//; s|^.* \./|/|'
}

package_content() {
  dpkg-deb --fsys-tarfile "$1" 2>/dev/null | tar -xO ".$2" 2>/dev/null
}

differing_files() {
  local different
  # shellcheck disable=SC2016 # tar names each file in turn
  different=$(dpkg-deb --fsys-tarfile "$1" |
    tar -x --to-command='cmp -s - "/$TAR_FILENAME" || echo "/${TAR_FILENAME#./}"') || return 1
  grep -vxF -f <(dpkg-deb -I "$1" conffiles 2>/dev/null) <<<"$different" || true
}

# dpkg's own words, e.g. "ii  1.31.0".
package_status() {
  dpkg-query -W -f '${db:Status-Abbrev} ${Version}' "$1" 2>/dev/null | grep -v '^un' || true
}

install_package_file() {
  DEBIAN_FRONTEND=noninteractive patiently dpkg --force-confdef --force-confold -i "$1"
}

# dpkg does so itself.
clear_cut_short() {
  :
}

remove_package_named() {
  DEBIAN_FRONTEND=noninteractive patiently dpkg --purge "$1"
}

package_records() {
  printf '%s\n' /var/lib/dpkg/{status,info,lock}
}
