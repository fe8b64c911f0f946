"""How a machine is reached, as the Join's input `connection` has it."""

from meshx.config.resolved import SshConnection


def connection_inputs(ssh: SshConnection) -> dict[str, object]:
    """The input `connection`: `{host, port, user, hostKey, [privateKeyFile], [bastion], connectTimeoutSeconds}`.

    A key file is named, never read here: what a key is must not come near the state.
    """
    inputs: dict[str, object] = {
        "host": ssh.host,
        "port": ssh.port,
        "user": ssh.user,
        "hostKey": ssh.host_key,
        "connectTimeoutSeconds": ssh.connect_timeout_seconds,
    }
    if ssh.private_key_file is not None:
        inputs["privateKeyFile"] = ssh.private_key_file.reference
    if ssh.bastion is not None:
        bastion = ssh.bastion
        inputs["bastion"] = {
            "host": bastion.host,
            "port": bastion.port,
            "user": bastion.user,
            "hostKey": bastion.host_key,
        }
    return inputs
