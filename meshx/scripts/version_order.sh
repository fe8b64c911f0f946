# shellcheck shell=bash
# shellcheck disable=SC2154 # machine.sh and join.sh set what is used here
# Whether a package fits the control plane and what is installed. Asked by control-plane (its version) and allow-downgrade
# beside it; not of a delivery that is put back, which was there before.

# Istio supports sidecars of the control plane's minor version and of the one before it, none that are newer
# (https://istio.io/latest/docs/releases/supported-releases/#control-planedata-plane-skew). The same number as in
# meshx/istio/version_distance.py, which a test compares.
readonly MINORS_BEHIND=1

check_version_order() {
  local version installed
  [[ -e $work/control-plane && ! -e $work/goes-back && -e $PACKAGE_FILE ]] && ! package_is_wanted || return 0
  version=$(package_version "$PACKAGE_FILE" 2>/dev/null) || return 0
  check_distance "$version" "$(cat "$work/control-plane")"
  installed=$(package_status "$package")
  [[ $installed = 'ii  '* && ! -e $work/allow-downgrade ]] || return 0
  installed=${installed#ii  }
  ! older_version "$version" "$installed" ||
    problem "the package's version $version is older than $installed, which is installed: write \`rollout.allowDowngrade: true' if that is meant"
}

# check_distance SIDECAR CONTROL_PLANE: versions such as 1.31.0; what has no such number is not compared.
check_distance() {
  local number='^([0-9]+)\.([0-9]+)([^0-9]|$)' sidecar plane
  [[ $1 =~ $number ]] || return 0
  sidecar=$((BASH_REMATCH[1] * 1000 + BASH_REMATCH[2]))
  [[ $2 =~ $number ]] || return 0
  plane=$((BASH_REMATCH[1] * 1000 + BASH_REMATCH[2]))
  if ((sidecar > plane)); then
    problem "the package's version $1 is newer than the control plane's $2: upgrade the control plane first, then the machines"
  elif ((sidecar < plane - MINORS_BEHIND)); then
    problem "the package's version $1 is more than $MINORS_BEHIND minor version behind the control plane's $2: take a package of 1.$((plane % 1000)) or 1.$((plane % 1000 - MINORS_BEHIND)), and upgrade machines before the control plane goes further"
  fi
}
