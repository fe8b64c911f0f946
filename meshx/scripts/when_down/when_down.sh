# shellcheck shell=bash
# shellcheck disable=SC2154 # machine.sh sets what is used here
# Keeps the workload's ports closed to calls past the proxy, also while the sidecar is down: by a table of nftables of its
# own, which no clearing of the sidecar's rules touches, and a unit that sets it at each boot before there is a network.
# Beside it: closed-ports ("8080, 9090"; absent where the ports stay open), meshx-closed.service.

readonly CLOSED_TABLE="inet meshx_closed"
readonly CLOSED_RULES=$STATE/closed.nft
readonly CLOSED_UNIT=meshx-closed.service
readonly CLOSED_UNIT_FILE=$UNITS/$CLOSED_UNIT
# The table as nft listed it when the unit set it, at this boot.
readonly CLOSED_LISTING=/run/meshx-closed

# The sidecar's rules redirect calls to port 15006, or 15001, before this hook, and Envoy passes them on over lo: what
# arrives for the port itself from elsewhere came past the proxy. A reset has callers in the mesh try elsewhere at once.
closed_rules() {
  cat <<END
table $CLOSED_TABLE
delete table $CLOSED_TABLE
table $CLOSED_TABLE {
  chain input {
    type filter hook input priority -10; policy accept;
    iif != lo tcp dport { $(cat "$work/closed-ports") } reject with tcp reset
  }
}
END
}

# Whether the table stands as the unit set it.
closed_now() {
  # shellcheck disable=SC2086 # two words
  nft list table $CLOSED_TABLE 2>/dev/null | cmp -s - "$CLOSED_LISTING"
}

# Of what calls past the proxy are: "refused", or why they may be answered.
closing_state() {
  closed_rules >"$work/closed.nft"
  if ! closed_now; then
    echo "answered: nftables' table $CLOSED_TABLE is missing or changed"
  elif ! cmp -s "$work/closed.nft" "$CLOSED_RULES"; then
    echo "answered: $CLOSED_RULES is missing or changed"
  elif ! cmp -s "$work/$CLOSED_UNIT" "$CLOSED_UNIT_FILE"; then
    echo "refused until the next boot: $CLOSED_UNIT_FILE is missing or changed"
  elif ! systemctl is-enabled --quiet "$CLOSED_UNIT" 2>/dev/null; then
    echo "refused until the next boot: $CLOSED_UNIT is disabled"
  else
    echo refused
  fi
}

place_when_down() {
  if [[ ! -e $work/closed-ports ]]; then
    [[ ! -e $CLOSED_RULES ]] || { remove_when_down; say "calls past the proxy are answered while it is down"; }
    return 0
  fi
  [[ $(closing_state) != refused ]] || return 0
  # An instance closes them before it joins.
  [[ -d $STATE ]] || install -d -m 0700 "$STATE"
  closed_rules >"$CLOSED_RULES.new"
  mv -fT "$CLOSED_RULES.new" "$CLOSED_RULES"
  install -m 0644 "$work/$CLOSED_UNIT" "$CLOSED_UNIT_FILE"
  systemctl daemon-reload
  systemctl enable --quiet "$CLOSED_UNIT"
  systemctl restart "$CLOSED_UNIT"
  say "calls past the proxy are refused"
}

# The rules' file last: by it the next run goes on with what was cut short.
remove_when_down() {
  [[ -e $CLOSED_RULES ]] || return 0
  systemctl disable --quiet --now "$CLOSED_UNIT" 2>/dev/null || true
  # shellcheck disable=SC2086 # two words
  nft delete table $CLOSED_TABLE 2>/dev/null || true
  rm -f "$CLOSED_UNIT_FILE" "$CLOSED_LISTING"
  systemctl daemon-reload
  rm -f "$CLOSED_RULES"
}

# closing_state's words, or nothing on a machine whose ports are open, as they are to be.
observe_when_down() {
  if [[ -e $work/closed-ports ]]; then
    value when-down "$(closing_state)"
  elif [[ -e $CLOSED_RULES ]]; then
    value when-down "refused, by $CLOSED_RULES"
  fi
}
