"""Makes the things that the configuration lists; a later one's content may say `{length}` of the one before it.

Options: `hooks` puts a note before and after each create and update; `deleted_with` ties all things to the first;
`banner` is a provider's configuration, as a secret; `raise` ends the program with an error.
"""

import signal

import pulumi
import things_sdk

signal.signal(signal.SIGINT, signal.SIG_DFL)  # as the project's own program

config = pulumi.Config()
options = config.get_object("options") or {}
password = config.get_secret("password")


def note(args: pulumi.ResourceHookArgs) -> None:
    """Log what a hook sees."""
    new, old = ((inputs or {}).get("content") for inputs in (args.new_inputs, args.old_inputs))
    pulumi.log.info(f"hook at {args.name}: {old} to {new}")


hooks = None
if options.get("hooks"):
    before, after = (pulumi.ResourceHook(name, note) for name in ("before", "after"))
    hooks = pulumi.ResourceHookBinding(before_create=[before], after_create=[after], before_update=[before])

provider = None
if options.get("banner"):
    provider = pulumi.ProviderResource("thing", "configured", {"banner": pulumi.Output.secret(options["banner"])})

made: list[things_sdk.Thing] = []
for given in config.require_object("things"):
    content = given["content"]
    if made:
        content = made[-1].length.apply(lambda length, text=content: text.replace("{length}", f"{length:.0f}"))
    tied = made[0] if made and options.get("deleted_with") else None
    with_options = pulumi.ResourceOptions(hooks=hooks, deleted_with=tied, provider=provider)
    inputs = {**given, "content": content, "password": password}
    made.append(things_sdk.Thing(given["name"], inputs, with_options))
    pulumi.export(given["name"], made[-1].length)
if options.get("raise"):
    raise ValueError(f"the program raises {options['raise']}")
