"""What a stack needs from Pulumi's engine, besides its resources."""
