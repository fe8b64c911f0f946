#!/bin/bash
# Has a certificate renewed by Citadel over TLS, at once and then at half of each one's time, with the words of Istio's
# own node agent. It never ends.
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

# What went wrong, in the words of Go's libraries, in which Istio's own agent says it.
refusal() {
  local words
  words=$(cat "$work/errors")
  case $words in
    *'hostname mismatch'*) echo 'x509: certificate is valid for another name, not istio-citadel' ;;
    *'certificate has expired'* | *'alert certificate expired'*) echo 'x509: certificate has expired or is not yet valid' ;;
    *'unable to get local issuer'* | *'self-signed certificate'* | *'self signed certificate'* | *'certificate signature failure'*)
      echo 'x509: certificate signed by unknown authority' ;;
    *'alert unknown ca'*) echo 'remote error: tls: unknown certificate authority' ;;
    *'Connection refused'* | *'errno=111'*) echo "dial tcp $address: connect: connection refused" ;;
    *'Name or service not known'* | *BIO_lookup_ex*) echo "dial tcp: lookup ${address%:*}: no such host" ;;
    *) tail -n 1 "$work/errors" ;;
  esac
}

# Citadel's answer is a chain, or a line of refusal. TLS 1.2, so that a certificate which Citadel refuses is told here.
send_request() {
  openssl ecparam -name prime256v1 -genkey -noout -out "$work/key.pem"
  openssl req -new -key "$work/key.pem" -subj / -out "$work/request.pem" 2>"$work/errors"
  timeout 20 openssl s_client -quiet -tls1_2 -connect "$address" -servername istio-citadel \
    -verify_hostname istio-citadel -verify_return_error -CAfile "$root" -cert "$chain" -key "$key" \
    <"$work/request.pem" >"$work/answer.pem" 2>"$work/errors" || return 1
  grep -q 'BEGIN CERTIFICATE' "$work/answer.pem" || { tail -n 1 "$work/answer.pem" >"$work/errors"; return 1; }
}

log info 'Starting Node Agent'
log info 'Node Agent starts successfully.'
retries=0
pause=1
while true; do
  log info "Sending CSR (retrial #$retries) ..."
  if send_request; then
    install -m 0600 "$work/key.pem" "$key"
    install -m 0644 "$work/answer.pem" "$chain"
    left=$(($(date -d "$(openssl x509 -noout -enddate -in "$chain" | cut -d = -f 2)" +%s) - $(date +%s)))
    half=$(((left - 1) / 2))
    log info "CSR is approved successfully. Will renew cert in $((half / 3600))h$((half % 3600 / 60))m$((half % 60)).8s"
    retries=0
    pause=1
    sleep "$half"
  else
    log error "CSR signing failed: rpc error: code = Unavailable desc = $(refusal). Will retry in ${pause}s"
    retries=$((retries + 1))
    sleep "$pause"
    pause=$((pause * 2))
  fi
done
