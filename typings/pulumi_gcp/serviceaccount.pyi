import pulumi

class Account(pulumi.CustomResource):
    email: pulumi.Output[str]
    unique_id: pulumi.Output[str]
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        account_id: pulumi.Input[str],
        display_name: pulumi.Input[str] | None = None,
        description: pulumi.Input[str] | None = None,
    ) -> None: ...
