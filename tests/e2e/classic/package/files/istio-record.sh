#!/bin/bash
# Records how a program of the package was started, for tests to read: NAME, and its arguments.
set -euo pipefail

readonly FOLDER=/var/log/istio-recorded
name=$1
shift
env | sort >"$FOLDER/$name.environment"
printf '%s\n' "$@" >"$FOLDER/$name.arguments"
id -un >"$FOLDER/$name.user"
stat -c '%U:%G 0%a %n' /etc/certs /etc/certs/*.pem /var/lib/istio/envoy \
  "${ISTIO_CLUSTER_CONFIG:-/var/lib/istio/envoy/cluster.env}" \
  >"$FOLDER/$name.files" 2>/dev/null || true
echo started >>"$FOLDER/$name.starts"
