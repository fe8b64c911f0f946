#!/bin/bash
# Greets Pilot over mutual TLS, and takes nobody else for it. Runs Envoy with a configuration in place of Pilot's: what
# leaves the machine goes on to where it was going, what comes in goes to the machine's own ports, and exposed services'
# addresses lead to the gateway, by mutual TLS with the name that Istio gives the call, or nowhere where Pilot named none
# at the start.
set -euo pipefail

/usr/local/bin/istio-record.sh pilot-agent "$@"
shift
policy=NONE
trust_domain=cluster.local
while [[ $# -gt 1 ]]; do
  case $1 in
    --serviceCluster) cluster=$2 ;;
    --discoveryAddress) pilot=$2 ;;
    --controlPlaneAuthPolicy) policy=$2 ;;
    --trust-domain) trust_domain=$2 ;;
  esac
  shift 2
done

readonly FOLDER=/etc/istio/proxy
readonly TRUSTED=(-CAfile /etc/certs/root-cert.pem -verify_return_error -cert /etc/certs/cert-chain.pem -key /etc/certs/key.pem)
readonly ERRORS=$FOLDER/pilot.errors
# The identity that the real one wants to see (pilot-agent's own trust domain, and the account of the charts).
readonly PILOT=spiffe://$trust_domain/ns/istio-system/sa/istio-pilot-service-account

greet_pilot() {
  local names
  names=$(timeout 5 openssl s_client -connect "$pilot" "${TRUSTED[@]}" </dev/null 2>"$ERRORS" |
    openssl x509 -noout -ext subjectAltName 2>/dev/null) || return 1
  [[ $names = *"URI:$PILOT"* ]] || { echo "is not $PILOT: ${names##* }" >"$ERRORS"; return 1; }
  timeout 5 openssl s_client -quiet -tls1_2 -connect "$pilot" "${TRUSTED[@]}" </dev/null >"$FOLDER/said" 2>"$ERRORS"
}

: >"$FOLDER/said"
if [[ $policy = MUTUAL_TLS ]]; then
  until greet_pilot; do
    echo "error Pilot at $pilot: $(tail -n 1 "$ERRORS")" >&2
    sleep 1
  done
  rm -f "$ERRORS"
fi
echo "info Pilot at $pilot answered"

hcm() {
  local action=${2:-"route: {cluster: $1}"}
  cat <<END
name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: $1
          route_config:
            virtual_hosts: [{name: all, domains: ["*"], routes: [{match: {prefix: "/"}, $action}]}]
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
END
}

# In place of what Pilot knows by ServiceEntries.
IFS=, read -ra ports </var/log/istio-recorded/ports

inbound() {
  local port
  for port in "${ports[@]}"; do
    echo "    - filter_chain_match: {destination_port: $port, prefix_ranges: [{address_prefix: $INSTANCE_IP, prefix_len: 32}]}"
    echo "      filters:"
    echo "      - $(hcm "inbound_$port")"
  done
}

# A line of Pilot's: global <address> <port> <host> <gateway> <its port>.
exposed() {
  local address port host
  while read -r _ address port host _; do
    echo "    - filter_chain_match: {destination_port: $port, prefix_ranges: [{address_prefix: $address, prefix_len: 32}]}"
    echo "      filters:"
    echo "      - $(hcm "outbound|$port||$host")"
  done < <(grep '^global ' "$FOLDER/said")
}

exposed_clusters() {
  local port host gateway gateway_port
  while read -r _ _ port host gateway gateway_port; do
    cat <<END
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: outbound|$port||$host
  type: STRICT_DNS
  connect_timeout: 5s
  load_assignment:
    cluster_name: outbound|$port||$host
    endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: $gateway, port_value: $gateway_port}}}}]}]
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      sni: outbound_.${port}_._.$host
      common_tls_context:
        alpn_protocols: [istio]
        tls_certificates:
        - certificate_chain: {filename: /etc/certs/cert-chain.pem}
          private_key: {filename: /etc/certs/key.pem}
        validation_context: {trusted_ca: {filename: /etc/certs/root-cert.pem}}
END
  done < <(grep '^global ' "$FOLDER/said")
}

unexposed() {
  cat <<END
    - filter_chain_match: {prefix_ranges: [{address_prefix: 127.255.0.0, prefix_len: 16}]}
      filters:
      - $(hcm exposed 'direct_response: {status: 421}')
END
}

# What comes in by 15006 is taken for calls from others: no exposed service is behind it.
listener() {
  cat <<END
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: captured_$1
  address: {socket_address: {address: 0.0.0.0, port_value: $1}}
  listener_filters:
  - name: envoy.filters.listener.original_dst
    typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.listener.original_dst.v3.OriginalDst}
  filter_chains:
$(inbound)
$([[ $1 = 15006 ]] || { exposed; unexposed; })
  # No chain among the others: one of the same port would keep calls to other addresses from it.
  default_filter_chain:
      filters:
      - $(hcm outbound)
END
}

{
  echo 'resources:'
  listener 15001
  listener 15006
} >"$FOLDER/listeners.yaml"

{
  cat <<'END'
resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: outbound
  type: ORIGINAL_DST
  lb_policy: CLUSTER_PROVIDED
  connect_timeout: 5s
END
  for port in "${ports[@]}"; do
    cat <<END
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: inbound_$port
  type: STATIC
  connect_timeout: 5s
  load_assignment:
    cluster_name: inbound_$port
    endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: $port}}}}]}]
END
  done
  exposed_clusters
} >"$FOLDER/clusters.yaml"

cat >"$FOLDER/envoy-rev0.yaml" <<END
node: {id: "sidecar~$INSTANCE_IP~$POD_NAME.$POD_NAMESPACE~$POD_NAMESPACE.svc.cluster.local", cluster: "$cluster"}
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 15000}}}
dynamic_resources:
  lds_config: {path_config_source: {path: $FOLDER/listeners.yaml}}
  cds_config: {path_config_source: {path: $FOLDER/clusters.yaml}}
END
# Its parent stays, as the real one does.
/usr/local/bin/envoy -c "$FOLDER/envoy-rev0.yaml" --disable-hot-restart --concurrency 1
