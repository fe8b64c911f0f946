# What meshx uses of pulumi_gcp, for pyright alone: the package's own types are one module of 93,000 lines, which takes
# it minutes and gigabytes.
import pulumi

from . import compute as compute
from . import serviceaccount as serviceaccount

class Provider(pulumi.ProviderResource):
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        project: pulumi.Input[str] | None = None,
        region: pulumi.Input[str] | None = None,
        zone: pulumi.Input[str] | None = None,
    ) -> None: ...
