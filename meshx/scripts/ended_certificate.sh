#!/usr/bin/env bash
# Gives up a certificate that has ended, or whose root the mesh no longer trusts, once a fresh token and the mesh's roots are
# there, and starts the sidecar anew: it would show istiod that certificate all the same, and no token. Run as root after each
# renewal; what is the proxy's, its own user reads and takes away. Beside it: cluster_access.env.
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$(readlink -f "$0")")/cluster_access.env"
as_proxy=(runuser -u istio-proxy -- timeout 20)
[[ -e $CERTIFICATE_FILE ]] && command -v openssl >/dev/null || exit 0

# Whether the chain leads to one of the roots; without roots there is nothing to compare with. One by
# one: of two with the same subject openssl tries the first alone, if the certificates name no key. The agent ends the
# file without a newline.
is_trusted() {
  # shellcheck disable=SC2016 # the inner shell puts its own arguments there
  [[ ! -e $ROOT_FILE ]] || "${as_proxy[@]}" bash -c '
    while IFS= read -r line || [[ -n $line ]]; do
      [[ $line != *-BEGIN\ * ]] || root=
      root+=$line$'"'\n'"'
      [[ $line = *-END\ * ]] || continue
      ! SSL_CERT_DIR=/nonexistent openssl verify -partial_chain -CAfile <(printf %s "$root") \
        -untrusted "$2" "$2" >/dev/null 2>&1 || exit 0
    done <"$1"
    exit 1' bash "$ROOT_FILE" "$CERTIFICATE_FILE"
}

if ! "${as_proxy[@]}" openssl x509 -checkend 60 -noout -in "$CERTIFICATE_FILE" >/dev/null 2>&1; then
  reason="had ended"
elif ! is_trusted; then
  reason="is of a root that the mesh no longer trusts"
else
  exit 0
fi
"${as_proxy[@]}" rm -f "$CERTIFICATE_FILE" "$(dirname "$CERTIFICATE_FILE")/key.pem"
systemctl restart --no-block istio
echo "meshx: the certificate $reason and is given up: the sidecar starts anew"
