#!/bin/bash
# Takes the packet rules of IPv4 away.
exec /usr/local/bin/istio-iptables.sh clean
