#!/bin/sh
# Istio's agent, for a gateway with a host name. It looks for istiod's own name (ISTIOD_SAN) in the certificate that it finds
# there, but as to the certificate authority only where CA_ADDR is empty; then it asks where it asks for configuration
# (istio: pilot/cmd/pilot-agent/options/security.go, SetupSecurityOptions). istio-start.sh always fills it in.
unset CA_ADDR
exec /usr/local/bin/pilot-agent "$@"
