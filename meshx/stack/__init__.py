"""What a stack needs of Pulumi's engine, beside its resources."""
