"""What Pulumi's official plugins do, stated with its source and asked of the stand-ins over their own protocol."""
