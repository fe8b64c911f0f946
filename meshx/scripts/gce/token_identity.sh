# shellcheck shell=bash
# shellcheck disable=SC2154 # startup.sh and cluster_access.env set what is used here
# shellcheck disable=SC2034 # startup.sh reads what is set here
# An instance shows istiod a token of its workload's service account, which it asks for by its own identity and a timer
# keeps fresh. The mesh's root certificate is fetched with it.

readonly KEEPER=(renew_token.sh token_request.sh)
readonly KEEPER_UNITS=(meshx-token.{service,timer})
readonly KEEPER_TIMERS=(meshx-token.timer)
# shellcheck source=meshx/scripts/token_request.sh
. "$work/token_request.sh"

# The root certificate is the last of the files that join.sh places.
deliver_root() {
  local number
  # Once: a second try finds its line there.
  grep -q $'\t'"$ROOT_FILE\$" "$work/files.tsv" || printf 'istio-proxy:istio-proxy\t0644\t%s\n' "$ROOT_FILE" >>"$work/files.tsv"
  number=$(($(wc -l <"$work/files.tsv") - 1))
  printf '%s\n' "$root" >"$work/files/$number"
}

# A certificate that has ended is of no use to the sidecar, which would show it to istiod all the same.
give_up_ended_certificate() {
  [[ -e $CERTIFICATE_FILE ]] && command -v openssl >/dev/null || return 0
  plain "$CERTIFICATE_FILE" | openssl x509 -checkend 60 -noout >/dev/null 2>&1 || : >"$work/reset-certificate"
}

bring_identity() {
  identify && fetch_root && fetch_token || return 1
  deliver_root
  printf '%s\n' "$token" >"$work/token"
  give_up_ended_certificate
}

# The next try is with a certificate anew.
doubt_identity() {
  : >"$work/reset-certificate"
}

is_ready() {
  curl --silent --fail --noproxy '*' --max-time 2 --output /dev/null "$READINESS" </dev/null
}

place_keeper() {
  install -d -m 0755 "$UNITS/meshx-token.timer.d"
  # A third of the token's time: two renewals may fail before it runs out.
  printf '[Timer]\nOnActiveSec=%s\nOnUnitInactiveSec=%s\n' $((TOKEN_SECONDS / 3)) $((TOKEN_SECONDS / 3)) \
    >"$UNITS/meshx-token.timer.d/interval.conf"
  chmod 0644 "$UNITS/meshx-token.timer.d/interval.conf"
}
