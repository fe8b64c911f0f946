module mesh-in-go

go 1.25

require (
	example.com/pulumi-meshx/sdk/go v0.0.0
	github.com/pulumi/pulumi/sdk/v3 v3.276.0
)

// Where `pulumi package add` writes the SDK.
replace example.com/pulumi-meshx/sdk/go => ./sdks/meshx
