# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154 # machine.sh sets what is used here
# A machine that is reached over SSH and has an identity to show renews its token itself, by the timer that instances have.
# Beside it: renewal/ (its scripts, settings and units; absent on a machine that does not), and for a look
# wanted/renewal (the SHA-256 and the name of each of them). An instance that joins by itself has no mark, and keeps its own.

readonly RENEWAL_LIBRARY=/usr/local/lib/meshx
readonly RENEWAL_UNITS=/etc/systemd/system
readonly RENEWAL_TIMER=meshx-token.timer
readonly RENEWAL_MARK=$STATE/renews

renewal_target() {
  case $1 in
    without-startup-script.conf) echo "$RENEWAL_UNITS/meshx-token.service.d/$1" ;;
    interval.conf) echo "$RENEWAL_UNITS/$RENEWAL_TIMER.d/$1" ;;
    *.service | *.timer) echo "$RENEWAL_UNITS/$1" ;;
    *) echo "$RENEWAL_LIBRARY/$1" ;;
  esac
}

place_renewal() {
  local file changed=no
  [[ -d $work/renewal ]] || { remove_renewal; return 0; }
  : >"$RENEWAL_MARK"
  for file in "$work"/renewal/*; do
    if place root:root 0644 "$file" "$(renewal_target "${file##*/}")"; then changed=yes; fi
  done
  # By whom the API server's certificate is signed is the system's to say then.
  [[ -e $work/renewal/api-server-ca.pem ]] || rm -f "$RENEWAL_LIBRARY/api-server-ca.pem"
  if [[ $changed = yes ]] || ! systemctl is-enabled --quiet "$RENEWAL_TIMER" 2>/dev/null ||
    ! systemctl is-active --quiet "$RENEWAL_TIMER"; then
    systemctl daemon-reload
    # One that still tries by former settings.
    timeout 30 systemctl stop meshx-token.service || true
    systemctl enable --quiet "$RENEWAL_TIMER"
    systemctl restart "$RENEWAL_TIMER"
    say "the token renews itself"
  fi
}

remove_renewal() {
  [[ -e $RENEWAL_MARK ]] || return 0
  systemctl disable --quiet --now "$RENEWAL_TIMER" 2>/dev/null || true
  # It tries until it succeeds, and is failed once it is stopped.
  timeout 30 systemctl stop meshx-token.service 2>/dev/null || true
  systemctl reset-failed meshx-token.service 2>/dev/null || true
  rm -rf "$RENEWAL_LIBRARY" "$RENEWAL_UNITS/$RENEWAL_TIMER.d" "$RENEWAL_UNITS/meshx-token.service.d"
  rm -f "$RENEWAL_UNITS/meshx-token.service" "$RENEWAL_UNITS/meshx-token.timer" "$RENEWAL_MARK"
  systemctl daemon-reload
  say "the token renews itself no more"
}

# "in place", or what is not; nothing where no renewal is wanted and there is none.
observe_renewal() {
  local sum name state="in place"
  if [[ ! -e $work/wanted/renewal ]]; then
    [[ ! -e $RENEWAL_MARK ]] || value renewal "not wanted"
    return 0
  fi
  while read -r sum name; do
    [[ $(sha256sum "$(renewal_target "$name")" 2>/dev/null | cut -d ' ' -f 1) = "$sum" ]] || state="$name is missing or changed"
  done <"$work/wanted/renewal"
  systemctl is-active --quiet "$RENEWAL_TIMER" || state="$RENEWAL_TIMER does not run"
  value renewal "$state"
}
