"""The policies of meshx. Rules of your own can stand beside them: Pulumi's `pulumi_policy`."""

from meshx_policy.pack import serve

serve()
