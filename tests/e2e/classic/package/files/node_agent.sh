#!/bin/bash
# Has a certificate renewed by Citadel over TLS, at once and then at half of each one's time, with the words and at the
# moments of Istio's own node agent, which ends after its sixth trial in vain.
set -euo pipefail

/usr/local/bin/istio-record.sh node_agent "$@"
while [[ $# -gt 1 ]]; do
  case $1 in
    --ca-address) address=$2 ;;
    --cert-chain) chain=$2 ;;
    --key) key=$2 ;;
    --root-cert) root=$2 ;;
  esac
  shift 2
done
work=/var/lib/istio/proxy/node-agent
(umask 077 && mkdir -p "$work")

log() {
  printf '%s\t%s\t%s\n' "$(date -u +%FT%TZ)" "$1" "$2" >&2
}

handshake() {
  printf 'connection error: desc = "transport: authentication handshake failed: %s"' "$1"
}

dial() {
  printf 'connection error: desc = "transport: Error while dialing dial tcp%s"' "$1"
}

# What went wrong, in the words of gRPC and Go, in which Istio's own agent says it. A server that refuses the agent's
# certificate does so after the handshake (TLS 1.3), and all that is heard of it is that it hung up.
refusal() {
  local words
  words=$(cat "$work/errors")
  case $words in
    *SILENT*) handshake 'context deadline exceeded' ;;
    *'hostname mismatch'*)
      if [[ -s $work/names ]]; then
        handshake "x509: certificate is valid for $(cat "$work/names"), not istio-citadel"
      else
        handshake 'x509: certificate is not valid for any names, but wanted to match istio-citadel'
      fi
      ;;
    *'verify error'*'certificate has expired'*) handshake 'x509: certificate has expired or is not yet valid' ;;
    *'verify error'*) handshake 'x509: certificate signed by unknown authority' ;;
    *'wrong version number'* | *'unexpected message'* | *'packet length'*)
      handshake 'tls: first record does not look like a TLS handshake' ;;
    *'onnection refused'* | *'errno=111'*) dial " $address: connect: connection refused" ;;
    *'ame or service not known'* | *BIO_lookup_ex* | *'ailure in name resolution'*) dial ": lookup ${address%:*}: no such host" ;;
    *'unexpected eof'* | *'errno=0'* | *'errno=104'*)
      if grep -q 'verify return' "$work/errors"; then printf 'connection closed'; else handshake EOF; fi ;;
    *) printf 'connection closed' ;;
  esac
}

# Citadel's answer is a chain, or a line of refusal.
send_request() {
  local status=0
  openssl genrsa -traditional -out "$work/key.pem" 2048 2>/dev/null
  openssl req -new -key "$work/key.pem" -subj / -out "$work/request.pem" 2>"$work/errors"
  timeout 20 openssl s_client -quiet -connect "$address" -servername istio-citadel \
    -verify_hostname istio-citadel -verify_return_error -CAfile "$root" -cert "$chain" -key "$key" \
    <"$work/request.pem" >"$work/answer.pem" 2>"$work/errors" || status=$?
  [[ $status != 124 ]] || echo SILENT >>"$work/errors"
  if grep -q 'hostname mismatch' "$work/errors"; then
    { openssl s_client -connect "$address" -servername istio-citadel -cert "$chain" -key "$key" </dev/null 2>/dev/null || true; } |
      openssl x509 -noout -ext subjectAltName 2>/dev/null | sed -n 's/.*DNS://p' >"$work/names" || true
  fi
  grep -q 'BEGIN CERTIFICATE' "$work/answer.pem"
}

log info 'Starting Node Agent'
log info 'Node Agent starts successfully.'
retries=0
pause=5
while true; do
  log info "Sending CSR (retrial #$retries) ..."
  if send_request; then
    install -m 0600 "$work/key.pem" "$key"
    install -m 0644 "$work/answer.pem" "$chain"
    left=$(($(date -d "$(openssl x509 -noout -enddate -in "$chain" | cut -d = -f 2)" +%s) - $(date +%s)))
    half=$(((left - 1) / 2))
    log info "CSR is approved successfully. Will renew cert in $((half / 3600))h$((half % 3600 / 60))m$((half % 60)).8s"
    retries=0
    pause=5
    sleep "$half"
  else
    if [[ $retries = 5 ]]; then
      log error "node agent can't get the CSR approved from Istio CA after max number of retries (5)"
      exit 255
    fi
    if [[ -s $work/answer.pem ]]; then
      log error "CSR signing failed: request not approved. Will retry in ${pause}s"
    else
      log error "CSR signing failed: rpc error: code = Unavailable desc = all SubConns are in TransientFailure, latest connection error: $(refusal). Will retry in ${pause}s"
    fi
    retries=$((retries + 1))
    sleep "$pause"
    pause=$((pause * 2))
  fi
done
