#!/usr/bin/env bash
# Gives up a certificate that has ended, once a fresh token is there, and starts the sidecar anew: it would show istiod that
# certificate all the same, and no token. Run as root after each renewal; what is the proxy's, its own user reads and takes
# away. Beside it: cluster_access.env.
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$(readlink -f "$0")")/cluster_access.env"
as_proxy=(runuser -u istio-proxy -- timeout 20)
[[ -e $CERTIFICATE_FILE ]] && command -v openssl >/dev/null || exit 0
"${as_proxy[@]}" openssl x509 -checkend 60 -noout -in "$CERTIFICATE_FILE" >/dev/null 2>&1 && exit 0
"${as_proxy[@]}" rm -f "$CERTIFICATE_FILE" "$(dirname "$CERTIFICATE_FILE")/key.pem"
systemctl restart --no-block istio
echo "meshx: the certificate had ended and is given up: the sidecar starts anew"
