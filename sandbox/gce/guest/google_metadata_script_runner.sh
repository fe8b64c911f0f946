#!/usr/bin/env bash
# google_metadata_script_runner startup: fetch the instance's startup script and run it, at each boot, as the program
# of this name in Google's images does. A script that fails is told of and is no failure of the boot.
set -euo pipefail

url="http://169.254.169.254/computeMetadata/v1/instance/attributes/$1-script"
folder=$(mktemp -d /tmp/metadata-scripts.XXXXXX)
trap 'rm -rf "$folder"' EXIT
script="$folder/$1-script"

while :; do
    status=$(curl --silent --max-time 10 --header 'Metadata-Flavor: Google' \
        --output "$script" --write-out '%{http_code}' "$url") || true
    case "$status" in
        200) break ;;
        404)
            echo "No $1 scripts to run."
            exit 0
            ;;
        *) sleep 1 ;;
    esac
done

chmod 0755 "$script"
echo "Starting $1 scripts."
outcome=0
"$script" 2>&1 </dev/null | sed -u "s/^/$1-script: /" || outcome=$?
echo "$1-script exit status $outcome"
echo "Finished running $1 scripts."
