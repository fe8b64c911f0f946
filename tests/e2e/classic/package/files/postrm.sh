#!/bin/bash
# What tests read goes with the package.
set -e
[[ $1 != purge ]] || rm -rf /var/log/istio-recorded
