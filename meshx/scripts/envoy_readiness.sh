# shellcheck shell=bash
# The agent of this line tells nobody whether the proxy is ready. Envoy's statistics do: 200 once it took clusters and
# listeners from Pilot.
envoy_readiness() {
  local statistics
  statistics=$(timeout 2 bash -c '
    exec 3<>/dev/tcp/127.0.0.1/15000
    printf "GET /stats HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" >&3
    cat <&3' 2>/dev/null) || true
  grep -qE '^cluster_manager\.cds\.update_success: [1-9]' <<<"$statistics" &&
    grep -qE '^listener_manager\.lds\.update_success: [1-9]' <<<"$statistics" && echo 200
}
