// The smallest mesh, as a program in Go.
package main

import (
	"example.com/pulumi-meshx/sdk/go/meshx"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		mesh, err := meshx.NewMesh(ctx, "mesh", &meshx.MeshArgs{
			Cluster: meshx.ClusterSettingsArgs{Context: pulumi.String("gke_my-project_europe-west1_mesh")},
			Mesh:    meshx.MeshSettingsArgs{IstioVersion: "1.31", Network: pulumi.StringRef("network1")},
			Sidecar: &meshx.SidecarSettingsArgs{File: pulumi.StringRef("istio-sidecar.deb")},
			Ssh:     &meshx.SshDefaultsArgs{PrivateKeyFile: pulumi.StringRef("id_ed25519")},
			Workloads: []meshx.WorkloadSettingsArgs{{
				Name:      "vmhttp",
				Namespace: "vm",
				Labels:    map[string]pulumi.StringInput{"version": pulumi.String("v1")},
				Ports:     []meshx.PortSettingsArgs{{Name: "http", Port: 8080}},
				Machines: []meshx.MachineSettingsArgs{{
					Name:    "vm-1",
					Address: pulumi.String("10.132.0.7"),
					Ssh:     &meshx.MachineSshArgs{HostKeyFile: pulumi.StringRef("vm-1.pub")},
				}},
			}},
		})
		if err != nil {
			return err
		}
		ctx.Export("machines", mesh.Machines)
		ctx.Export("services", mesh.Services)
		return nil
	})
}
