#!/usr/bin/env bash
# Keeps the machine's own rules for incoming IPv6 through the starts of a sidecar of Istio 1.1 to 1.4, whose script empties
# ip6tables' chain INPUT and closes IPv6 by three rules in its place (istio: tools/packaging/common/istio-iptables.sh).
# Afterwards the machine's own stand before those three: what they let in or keep out is as it was, the rest is closed.
# And makes the chain without which the start of 1.4 fails.
# Called by the unit with `before-start` and `after-start`, at every start; by leaving with `give-back`.
set -euo pipefail

readonly KEPT=/var/lib/meshx/ipv6-input
# Until the rules are back; of this boot only, for after it the machine's rules are what its own units make.
readonly PENDING=/run/meshx-ipv6-pending
readonly MARK='meshx: before the start'
# Of 1.4 alone.
readonly CLEANING=/usr/local/bin/istio-clean-iptables.sh

# The cleaning of 1.4.4 to 1.4.10 ends with what its last command says, the deletion of this chain of IPv6's, and the start
# script ends there too, before any rule, where it is missing: always, but where the machine's own address is of IPv6.
# The cleaning takes it away, so each start needs it anew.
make_chain() {
  [[ ! -e $CLEANING ]] || ip6tables -w 5 -t nat -N ISTIO_IN_REDIRECT 2>/dev/null || true
}

# ip6tables' chain INPUT without Istio's three rules and without the mark.
own_rules() {
  ip6tables -w 5 -S INPUT | awk -v mark="$MARK" '
    /^-A INPUT/ && !index($0, mark) { rule[++count] = $0 }
    END {
      for (first = count - 2; first >= 1; first--)
        if (rule[first] ~ /^-A INPUT -m (state --state|conntrack --ctstate) ESTABLISHED -j ACCEPT$/ &&
            rule[first + 1] ~ /^-A INPUT (-d ::1\/128 -i lo|-i lo -d ::1\/128) -j ACCEPT$/ &&
            rule[first + 2] ~ /^-A INPUT -j REJECT/) break
      for (i = 1; i <= count; i++)
        if (first < 1 || i < first || i > first + 2) print rule[i]
    }'
}

is_marked() {
  grep -qF "$MARK" <<<"$(ip6tables -w 5 -S INPUT)"
}

mark() {
  is_marked || ip6tables -w 5 -A INPUT -m comment --comment "$MARK"
}

unmark() {
  while ip6tables -w 5 -D INPUT -m comment --comment "$MARK" 2>/dev/null; do :; done
}

# A start that was cut short has left nothing to be kept, and what was kept before it still counts.
before_start() {
  if [[ ! -e $PENDING ]] || is_marked; then
    own_rules >"$KEPT.new"
    mv "$KEPT.new" "$KEPT"
  fi
  touch "$PENDING"
  mark
}

# The start script runs meanwhile: the mark is gone once it has emptied the chain, and its own last rule is the end.
after_start() {
  local attempt
  for attempt in $(seq 1 150); do
    if ! is_marked && ip6tables -w 5 -S INPUT | tail -n 1 | grep -q '^-A INPUT -j REJECT'; then
      [[ -n $(own_rules) ]] || put_first
      break
    fi
    [[ $attempt = 150 ]] || sleep 0.1
  done
  unmark
  rm -f "$PENDING"
}

put_first() {
  awk 'BEGIN { print "*filter" } { sub(/^-A INPUT/, "-I INPUT " NR); print } END { print "COMMIT" }' "$KEPT" |
    ip6tables-restore --noflush
}

# In one step: there is no moment without rules.
give_back() {
  local own
  own=$(own_rules)
  if [[ -e $PENDING && -z $own && -e $KEPT ]]; then own=$(cat "$KEPT"); fi
  printf '*filter\n-F INPUT\n%s\nCOMMIT\n' "$own" | ip6tables-restore --noflush
  rm -f "$PENDING" "$KEPT"
}

[[ $1 != before-start ]] || make_chain
# Without IPv6 in the kernel there is nothing to keep.
ip6tables -w 5 -S INPUT >/dev/null 2>&1 || exit 0
case $1 in
  before-start) before_start ;;
  after-start) after_start ;;
  give-back) give_back ;;
esac
