// The smallest mesh, as a program in Go.
package main

import (
	"example.com/pulumi-meshx/sdk/go/meshx"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		mesh, err := meshx.NewMesh(ctx, "mesh", &meshx.MeshArgs{
			Cluster: &meshx.ClusterSettingsArgs{Context: pulumi.String("gke_my-project_europe-west1_mesh")},
			Mesh: &meshx.MeshSettingsArgs{
				IstioVersion: pulumi.String("1.31"),
				Network:      pulumi.String("network1"),
			},
			Sidecar: &meshx.SidecarSettingsArgs{File: pulumi.String("istio-sidecar.deb")},
			Ssh:     &meshx.SshDefaultsArgs{PrivateKeyFile: pulumi.String("id_ed25519")},
			Workloads: meshx.WorkloadSettingsArray{&meshx.WorkloadSettingsArgs{
				Name:      pulumi.String("vmhttp"),
				Namespace: pulumi.String("vm"),
				Labels:    pulumi.StringMap{"version": pulumi.String("v1")},
				Ports: meshx.PortSettingsArray{&meshx.PortSettingsArgs{
					Name: pulumi.String("http"), Port: pulumi.Int(8080),
				}},
				Machines: meshx.MachineSettingsArray{&meshx.MachineSettingsArgs{
					Name:    pulumi.String("vm-1"),
					Address: pulumi.String("10.132.0.7"),
					Ssh:     &meshx.MachineSshArgs{HostKeyFile: pulumi.String("vm-1.pub")},
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
