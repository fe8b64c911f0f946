#!/usr/bin/env bash
# join-by-hand.sh FILES PACKAGE TARGET [SSH-OPTION...]: join a machine to a mesh as Istio's guide for virtual machines
# has it (istio.io, Setup, Install, Virtual Machine Installation), typed once and kept. Ends once the proxy is ready.
# FILES: a folder as `istioctl x workload entry configure` writes it. TARGET: user@host, the user being root.
set -euo pipefail

files=$1 package=$2 target=$3
shift 3

scp -q "$@" "$package" "$files"/{cluster.env,mesh.yaml,root-cert.pem,istio-token,hosts} "$target:/root/"
ssh "$@" "$target" 'bash -euo pipefail -s' <<'END'
install -D -m 0644 root-cert.pem /etc/certs/root-cert.pem
install -D -m 0600 istio-token /var/run/secrets/tokens/istio-token
dpkg -i "$(ls ./*.deb)" >/dev/null 2>&1
install -m 0644 cluster.env /var/lib/istio/envoy/cluster.env
install -D -m 0644 mesh.yaml /etc/istio/config/mesh
cat hosts >>/etc/hosts
# Or sudo waits for an answer about this name while the sidecar's rules come.
echo "127.0.1.1 $(hostname)" >>/etc/hosts
mkdir -p /etc/istio/proxy
chown -R istio-proxy /var/lib/istio /etc/certs /etc/istio/proxy /etc/istio/config /var/run/secrets
rm -f ./*.deb cluster.env mesh.yaml root-cert.pem istio-token hosts
# Not in the guide, but the machine is to be in the mesh after a reboot too.
systemctl enable --quiet istio
# The first packet rules may cut this session off.
systemctl start --no-block istio
END
until ssh "$@" "$target" 'curl -fsS -o /dev/null http://127.0.0.1:15021/healthz/ready' 2>/dev/null; do sleep 0.1; done
