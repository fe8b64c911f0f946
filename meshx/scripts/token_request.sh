# shellcheck shell=bash
# shellcheck disable=SC2154 # cluster_access.sh, which is sourced before, and cluster_access.env set what is used here
# shellcheck disable=SC2034 # the scripts that source this file read what it sets
# What a machine of istiod's asks the cluster's API for: the mesh's root certificate and a token.

# The mesh's root certificate, which istiod writes to every namespace, in `root`.
fetch_root() {
  api "/api/v1/namespaces/$NAMESPACE/configmaps/istio-ca-root-cert" || return 1
  text_of 'root-cert\.pem' || true
  # As JSON has it: a line's end is a backslash and an n.
  root=$(printf '%b' "$found")
  [[ $root = *"-----BEGIN CERTIFICATE-----"* ]] || {
    trouble="ConfigMap istio-ca-root-cert of namespace $NAMESPACE has no certificate: is istiod at work?"
    return 1
  }
}

# A fresh token of the workload's service account, in `token`.
fetch_token() {
  local asked
  asked=$(printf '{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"audiences":["%s"],"expirationSeconds":%s}}' \
    "$TOKEN_AUDIENCE" "$TOKEN_SECONDS")
  api "/api/v1/namespaces/$NAMESPACE/serviceaccounts/$SERVICE_ACCOUNT/token" \
    --header 'Content-Type: application/json' --data "$asked" || return 1
  text_of token || {
    trouble="the API server's answer to a TokenRequest for $NAMESPACE/$SERVICE_ACCOUNT has no token"
    return 1
  }
  token=$found
}
