# shellcheck shell=bash
# shellcheck disable=SC2154 # startup.sh and cluster_access.env set what is used here
# shellcheck disable=SC2034 # startup.sh reads what is set here
# An instance of Istio 1.1 to 1.4 shows Citadel a certificate, which Citadel keeps, with its key and its root, in a Secret
# for each service account. It is fetched only where what the machine has is of no use: the node agent renews that.
# Beside it: identity.tsv (owner, mode, path), whose paths end in the names of the Secret's entries; envoy_readiness.sh.
# Key and certificates come to standard input and files alone, the files in memory.

readonly KEEPER=() KEEPER_UNITS=() KEEPER_TIMERS=()
readonly ENTRIES=(root-cert.pem cert-chain.pem key.pem)
readonly LEAST_LEFT=3600
# shellcheck source=meshx/scripts/envoy_readiness.sh
. "$work/envoy_readiness.sh"

# date_of start|end FILE: the certificate's, in seconds.
date_of() {
  local said
  said=$(openssl x509 -noout "-${1}date" -in "$2" </dev/null)
  date -d "${said#*=}" +%s
}

# check_time FILE: whether it is in its time, and long enough for the node agent to get to its first renewal. Of
# certificates that are short altogether, a tenth is enough.
check_time() {
  local now begin end least
  now=$(date +%s)
  begin=$(date_of start "$1")
  end=$(date_of end "$1")
  least=$(((end - begin) / 10 < LEAST_LEFT ? (end - begin) / 10 : LEAST_LEFT))
  if ((begin > now)); then
    trouble="${1##*/} begins $(date -u -d "@$begin" +%FT%TZ), which is still to come: compare the clocks"
  elif ((end <= now)); then
    trouble="${1##*/} ended $(date -u -d "@$end" +%FT%TZ)"
  elif ((end - now < least)); then
    trouble="${1##*/} ends $(date -u -d "@$end" +%FT%TZ), too soon to have it renewed"
  else
    return 0
  fi
  return 1
}

# The SPIFFE name of a certificate.
name_of() {
  openssl x509 -noout -text -in "$1" </dev/null | grep -A 1 'Subject Alternative Name' | grep -o 'URI:[^, ]*' | head -n 1
}

public_key() {
  openssl "$@" 2>/dev/null </dev/null
}

# check_identity FOLDER: whether its three files are an identity to join by; else the reason is in `trouble`.
check_identity() {
  local root=$1/root-cert.pem chain=$1/cert-chain.pem key=$1/key.pem file name public said
  for file in "$root" "$chain"; do
    openssl x509 -noout -in "$file" >/dev/null 2>&1 </dev/null || {
      trouble="${file##*/} holds no certificate"
      return 1
    }
  done
  check_time "$root" && check_time "$chain" || return 1
  name=$(name_of "$chain") || true
  [[ $name = "URI:$SPIFFE_ID" ]] || {
    trouble="cert-chain.pem is of ${name#URI:}, not of $SPIFFE_ID"
    return 1
  }
  # What openssl says of a key may quote it.
  public=$(public_key pkey -pubout -passin pass: -in "$key") || {
    trouble="key.pem holds no private key without a password"
    return 1
  }
  [[ $public = "$(public_key x509 -noout -pubkey -in "$chain")" ]] || {
    trouble="key.pem is not the key of cert-chain.pem"
    return 1
  }
  # By that root alone, and by none that the system trusts.
  said=$(SSL_CERT_DIR=$work/none openssl verify -partial_chain -CAfile "$root" -untrusted "$chain" "$chain" 2>&1 </dev/null) || {
    trouble="cert-chain.pem is not signed by root-cert.pem: $(grep -m 1 '^error ' <<<"$said" || tail -n 1 <<<"$said")"
    return 1
  }
}

# entry ENTRY FILE: the Secret's entry, out of the API server's answer.
entry() {
  local pattern="\"${1//./\\.}\": *\"([A-Za-z0-9+/=]+)\""
  [[ $answer =~ $pattern ]] || {
    trouble="it has no $1"
    return 1
  }
  # By a pipe: what a here-string stands in may be a file on the disk.
  base64 -d < <(printf '%s' "${BASH_REMATCH[1]}") >"$2" 2>/dev/null || {
    trouble="$1 is damaged"
    return 1
  }
}

unpack_secret() {
  local name
  [[ $answer =~ \"type\":\ *\"istio\.io/key-and-cert\" ]] || {
    trouble="it is of another type than istio.io/key-and-cert, so somebody else made it"
    return 1
  }
  for name in "${ENTRIES[@]}"; do entry "$name" "$work/secret/$name" || return 1; done
  check_identity "$work/secret"
}

# Citadel makes the Secret some moments after the service account, and renews it by itself.
fetch_secret() {
  local sound=0
  api "/api/v1/namespaces/$NAMESPACE/secrets/$IDENTITY_SECRET" || {
    [[ $trouble != *" answers 404"* ]] || trouble+=": does Citadel run, and serve this namespace?"
    return 1
  }
  rm -rf "$work/secret"
  mkdir "$work/secret"
  unpack_secret || sound=$?
  answer=""
  [[ $sound = 0 ]] || {
    rm -rf "$work/secret"
    trouble="no instance can join by Secret $NAMESPACE/$IDENTITY_SECRET: $trouble. Delete it, and Citadel makes it anew"
    return 1
  }
}

# Lays the files where join.sh looks for them, in the order of identity.tsv.
deliver_secret() {
  local path number=0
  mkdir "$work/identity"
  while IFS=$'\t' read -r _ _ path; do
    mv "$work/secret/${path##*/}" "$work/identity/$number"
    number=$((number + 1))
  done <"$work/identity.tsv"
  rm -rf "$work/secret"
}

# What the machine has, in files that the proxy cannot change meanwhile.
check_own() {
  local name
  rm -rf "$work/own"
  mkdir "$work/own"
  for name in "${ENTRIES[@]}"; do plain "${CERTIFICATE_FILE%/*}/$name" >"$work/own/$name" || return 1; done
  check_identity "$work/own"
}

bring_identity() {
  # Of an earlier try: with it the node agent would be started anew.
  rm -rf "$work/identity"
  command -v openssl >/dev/null || {
    trouble="the image has no openssl, by which key and certificates are checked: take one that has"
    return 1
  }
  [[ -e $work/identity-anew ]] || ! check_own || return 0
  identify && fetch_secret || return 1
  deliver_secret
  rm -f "$work/identity-anew"
}

# The next try is with what Citadel has.
doubt_identity() {
  : >"$work/identity-anew"
}

is_ready() {
  [[ $(envoy_readiness) = 200 ]]
}

# The node agent's own unit keeps it fresh.
place_keeper() {
  return 0
}
