# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # family.sh says what this sets; machine.sh sets what is used here
# RHEL, Rocky, Alma, Fedora, Amazon Linux. By rpm itself: dnf would ask repositories, which a machine may not reach. Istio signs
# no package (tools/packaging/packaging.mk, rpm/fpm), so the sum that is configured stands for its signature.

readonly FAMILY=rpm
readonly INSTALL="dnf install -y"
readonly DEPENDENCIES="dnf install -y with the names of what is needed helps"
readonly RPM_VERSION='%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\n'

of_file() {
  rpm -qp --nosignature "$@" 2>/dev/null
}

# What it needs is known before anything is changed.
check_family() {
  local file=$1 needed
  [[ -e $file ]] || return 0
  while read -r needed; do
    problem "the package needs $needed, which is not installed: $INSTALL '$needed'"
  done < <(timeout 60 rpm -U --test --nosignature --oldpackage --replacepkgs "$file" 2>&1 </dev/null |
    sed -n 's/^[[:space:]]*\(.*\) is needed by .*/\1/p')
}

# By the names that Debian and Istio's releases have for processors.
common_name() {
  case $1 in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    noarch) echo all ;;
    *) echo "$1" ;;
  esac
}

system_architecture() {
  common_name "$(rpm --eval '%{_arch}')"
}

package_architecture() {
  common_name "$(of_file --qf '%{ARCH}' "$1" || echo nothing)"
}

package_version() {
  of_file --qf "$RPM_VERSION" "$1"
}

# rpm's own comparison (rpm.org, Lua in RPM, rpm.vercmp); of versions as RPM_VERSION has them.
older_version() {
  [[ $(rpm --eval "%{lua: print(rpm.vercmp('$1', '$2'))}") = -1 ]]
}

package_size() {
  local bytes
  bytes=$(of_file --qf '%{LONGSIZE}' "$1") && echo $((bytes / 1024 + 1)) || true
}

package_files() {
  of_file -l "$1"
}

package_content() {
  rpm2cpio "$1" 2>/dev/null | cpio -i --quiet --to-stdout ".$2" 2>/dev/null
}

# By the sums in the package, of the kind that it was built with.
differing_files() {
  local path sum settings program
  while read -r path _ _ sum _ _ _ settings _; do
    # Folders and links have none.
    [[ $settings = 0 && $sum = *[1-9a-f]* ]] || continue
    case ${#sum} in 32) program=md5sum ;; 40) program=sha1sum ;; 64) program=sha256sum ;; 96) program=sha384sum ;; *) program=sha512sum ;; esac
    [[ $("$program" "$path" 2>/dev/null | cut -d ' ' -f 1) = "$sum" ]] || echo "$path"
  done < <(of_file --dump "$1")
}

# Of an installation that was cut short, two versions stay.
package_status() {
  local found
  found=$(rpm -q --qf "$RPM_VERSION" "$1" 2>/dev/null) || return 0
  if [[ $found = *$'\n'* ]]; then echo "two  ${found//$'\n'/ }"; else echo "ii  $found"; fi
}

# rpm takes a package for installed whose script failed.
install_package_file() {
  clear_cut_short
  patiently timeout -k 30 200 rpm -U --nosignature --oldpackage --replacepkgs "$1" || return 1
  ! grep 'scriptlet failed' "$work/manager.out" >&2
}

# rpm writes each file under a name of the transaction's first, and never takes those away of one that was killed (rpm: lib/fsm.c).
clear_cut_short() {
  rm -f "$BINARIES"/{envoy,pilot-agent,node_agent,istio-*}\;???????? {/usr,}/lib/systemd/system/istio*\;???????? \
    "$FORMER_SETTINGS"/*\;????????
}

# rpm keeps what somebody edited, and what came in its place, beside it.
remove_package_named() {
  local path
  local -a settings
  mapfile -t settings < <(rpm -q --configfiles "$1" 2>/dev/null | grep '^/')
  patiently timeout -k 30 150 rpm -e --allmatches "$1" || return 1
  for path in "${settings[@]}"; do rm -f "$path".rpm{save,new,orig}; done
}

package_records() {
  find "$(rpm --eval '%{_dbpath}')/" -maxdepth 1
}
