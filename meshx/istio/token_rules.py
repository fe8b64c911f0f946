"""What the API server lets anybody request as a token of a machine's service account, as rules in CEL.

Source: kubernetes.io, Validating Admission Policy; authentication.k8s.io/v1 TokenRequestSpec, whose `audiences` and
`expirationSeconds` are checked as they were sent, after defaults.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

KUBELETS = "system:nodes"
"""The group of all kubelets (kubernetes.io, Using Node Authorization). They may request tokens for pods that run on
their own node alone, and a pod may have such an account, too."""


def token_policy_spec(accounts: Iterable[str], audience: str, seconds: int) -> dict[str, Any]:
    """The spec of the ValidatingAdmissionPolicy for accounts as `namespace/name`: for one audience, and so long."""
    return {
        "failurePolicy": "Fail",
        "matchConstraints": {
            "resourceRules": [
                {
                    "apiGroups": [""],
                    "apiVersions": ["v1"],
                    "operations": ["CREATE"],
                    "resources": ["serviceaccounts/token"],
                }
            ]
        },
        "matchConditions": [
            {
                "name": "an-account-of-machines",
                "expression": f'(request.namespace + "/" + request.name) in {json.dumps(sorted(accounts))}',
            },
            {
                "name": "not-for-a-pod",
                "expression": f'!has(request.userInfo.groups) || !("{KUBELETS}" in request.userInfo.groups)',
            },
        ],
        "validations": [
            {
                "expression": f'has(object.spec.audiences) && object.spec.audiences == ["{audience}"]',
                "message": f"machines have this service account, and its tokens are for the audience {audience} alone",
            },
            {
                "expression": f"has(object.spec.expirationSeconds) && object.spec.expirationSeconds <= {seconds}",
                "message": f"machines have this service account, and its tokens are valid for {seconds} s at most",
            },
        ],
    }
