# shellcheck shell=bash
# shellcheck disable=SC2154 # cluster_access.env sets what is used here in capitals
# shellcheck disable=SC2034 # the scripts that source this file read what it sets
# How a machine asks for itself: its metadata server who it is, and by that the cluster's API. What is asked leaves
# its result in a variable, or fails with the reason in `trouble`.
# Beside it: cluster_access.env, and api-server-ca.pem, unless the system trusts the server's certificate as it is.

access=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
trouble=""

# The guest agent, and for units systemd, show it on the serial console.
tell() {
  printf 'meshx: %s\n' "$*"
}

# Runs a command until it succeeds, with growing pauses, and tells each time why it does not.
persist() {
  local pause=1
  until "$@"; do
    tell "$trouble; the next try is in $pause s"
    sleep "$pause"
    pause=$((pause * 2 > LONGEST_PAUSE ? LONGEST_PAUSE : pause * 2))
  done
}

# The sidecar captures all but its own user's traffic. What it needs to live must not depend on it.
uncaptured() {
  if [[ $(id -u) = 0 ]] && id -u istio-proxy >/dev/null 2>&1; then
    runuser -u istio-proxy -- "$@"
  else
    "$@"
  fi
}

# request WHOM ARGUMENT...: the answer's body is in `answer`. Headers that are secret come on standard input, as curl's
# own configuration: a command line is everybody's to read.
request() {
  local whom=$1 status=0 code said
  shift
  answer=$(uncaptured curl --config - --silent --show-error --noproxy '*' --max-time 20 \
    --write-out '\n%{http_code}' "$@" 2>&1) || status=$?
  code=${answer##*$'\n'}
  answer=${answer%$'\n'*}
  if [[ $status != 0 ]]; then
    # Beside curl's own line stands what came of the body, which may be secret.
    said="curl ended with $status"
    if [[ $answer =~ curl:\ (\([0-9]+\)[^$'\n']*) ]]; then said=${BASH_REMATCH[1]}; fi
    trouble="$whom does not answer: $said"
    return 1
  fi
  if [[ $code != 2?? ]]; then
    said=""
    if text_of message; then said=": ${found//\\\"/\"}"; fi
    trouble="$whom answers $code$said"
    return 1
  fi
}

# text_of NAME: the first text of that name in the answer, a JSON one, in `found`, with its backslashes.
text_of() {
  local pattern="\"$1\": *"'"(([^"\]|\\.)*)"'
  found=""
  [[ $answer =~ $pattern ]] && found=${BASH_REMATCH[1]}
}

metadata() {
  request "the metadata server" --header 'Metadata-Flavor: Google' "$METADATA/$1" </dev/null
}

# The instance's own access token, in `identity`.
identify() {
  metadata instance/service-accounts/default/token || return 1
  text_of access_token || {
    trouble="the metadata server gives no access token: has the instance a service account?"
    return 1
  }
  identity=$found
}

# api PATH ARGUMENT...: a request by that identity.
api() {
  local path=$1
  local -a way=()
  shift
  if [[ -n $API_SERVER_RESOLVE ]]; then way+=(--resolve "$API_SERVER_RESOLVE"); fi
  if [[ -n ${API_SERVER_CONNECT_TO-} ]]; then way+=(--connect-to "$API_SERVER_CONNECT_TO"); fi
  if [[ -e $access/api-server-ca.pem ]]; then way+=(--cacert "$access/api-server-ca.pem"); fi
  request "the API server, $API_SERVER," "${way[@]}" "$@" "$API_SERVER$path" \
    < <(printf 'header = "Authorization: Bearer %s"\n' "$identity")
}
