"""A user of the cluster who may look at everything and change nothing, and the kubeconfig of that user."""

from __future__ import annotations

from pathlib import Path

import yaml
from kubernetes import client

from sandbox.kubernetes import cluster
from sandbox.kubernetes.control_plane import CONTEXT, KUBECONFIG

NAME = "onlooker"
_NAMESPACE = "kube-system"


def make_kubeconfig(file: Path) -> None:
    """Make the user and write its kubeconfig, with the sandbox's context."""
    core, rights = client.CoreV1Api(cluster.api()), client.RbacAuthorizationV1Api(cluster.api())
    core.create_namespaced_service_account(_NAMESPACE, {"metadata": {"name": NAME}})
    rights.create_cluster_role_binding(
        {
            "metadata": {"name": NAME},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
            "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": _NAMESPACE}],
        }
    )
    asked = {"spec": {"audiences": ["https://kubernetes.default.svc"], "expirationSeconds": 3600}}
    token = core.create_namespaced_service_account_token(NAME, _NAMESPACE, asked).status.token
    content = yaml.safe_load(KUBECONFIG.read_text())
    (context,) = [one for one in content["contexts"] if one["name"] == CONTEXT]
    content["users"] = [{"name": context["context"]["user"], "user": {"token": token}}]
    file.write_text(yaml.safe_dump(content))


def remove() -> None:
    """Take the user away again."""
    client.CoreV1Api(cluster.api()).delete_namespaced_service_account(NAME, _NAMESPACE)
    client.RbacAuthorizationV1Api(cluster.api()).delete_cluster_role_binding(NAME)
