"""How to connect to a machine, as the Join's input `connection`."""

from meshx.config.resolved import SshConnection
from meshx.config.values.host_login import HostLogin


def connection_inputs(ssh: SshConnection) -> dict[str, object]:
    """The input `connection`: `{host, port, user, hostKey, [privateKeyFile], [bastion], connectTimeoutSeconds}`.

    It names a key file but never reads it: a key must not get near the state.
    """
    inputs = {**_login(ssh), "connectTimeoutSeconds": ssh.connect_timeout_seconds}
    if ssh.private_key_file is not None:
        inputs["privateKeyFile"] = ssh.private_key_file.reference
    if ssh.bastion is not None:
        key = ssh.bastion_key_file
        inputs["bastion"] = {**_login(ssh.bastion), **({"privateKeyFile": key.reference} if key else {})}
    return inputs


def _login(host: HostLogin) -> dict[str, object]:
    return {"host": host.host, "port": host.port, "user": host.user, "hostKey": host.host_key}
