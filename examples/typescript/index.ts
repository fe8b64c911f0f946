import * as meshx from "@pulumi/meshx";

const mesh = new meshx.Mesh("mesh", {
    cluster: { context: "gke_my-project_europe-west1_mesh" },
    mesh: { istioVersion: "1.31", network: "network1" },
    sidecar: { file: "istio-sidecar.deb" },
    ssh: { privateKeyFile: "id_ed25519" },
    workloads: [
        {
            name: "vmhttp",
            namespace: "vm",
            labels: { version: "v1" },
            ports: [{ name: "http", port: 8080 }],
            machines: [{ name: "vm-1", address: "10.132.0.7", ssh: { hostKeyFile: "vm-1.pub" } }],
        },
    ],
});

export const machines = mesh.machines;
export const services = mesh.services;
