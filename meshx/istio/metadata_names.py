"""Names of proxy metadata that a machine takes.

On a machine they stand in cluster.env, which istio-start.sh sources as root and exports to what it runs as root. So a
name is no plain text there: `A=1; touch /x; B` would be a command, and PATH or EXEC_USER would decide what root runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_METADATA = re.compile(r"ISTIO_META(JSON)?_[A-Za-z0-9_]+")
"""What the proxy passes on to istiod, whatever its name (pkg/bootstrap/config.go)."""
START_SCRIPT = frozenset(
    (
        *("CA_ADDR", "CONTROL_PLANE_AUTH_POLICY", "CUSTOM_PILOT_ADDRESS", "DEFAULT_PILOT_ADDRESS"),
        *("DEFAULT_PROXY_CONFIG", "ENVOY_CFG", "EXEC_USER", "ISTIO_AGENT_FLAGS", "ISTIO_AGENT_FLAGS_ARRAY"),
        *("ISTIO_BIN_BASE", "ISTIO_CFG", "ISTIO_CLUSTER_CONFIG", "ISTIO_CP_AUTH", "ISTIO_CUSTOM_IP_TABLES"),
        *("ISTIO_DEBUG", "ISTIO_INBOUND_INTERCEPTION_MODE", "ISTIO_LOG_DIR", "ISTIO_NAMESPACE"),
        *("ISTIO_PILOT_PORT", "ISTIO_SERVICE", "ISTIO_SIDECAR_CONFIG", "ISTIO_SVC_IP"),
        *("ISTIO_SYSTEM_NAMESPACE", "NS", "OUTPUT_CERTS", "PILOT_ADDRESS", "POD_NAME", "PROV_CERT"),
        *("PROXY_CONFIG", "SVC", "USER"),
    )
)
"""Every variable of istio-start.sh (tools/packaging/common/istio-start.sh). meshx sets those that a machine needs."""
_LOADER = re.compile(
    # ld.so(8), the C library, bash(1), and iptables' own folder of libraries.
    r"LD_.*|GCONV_PATH|GETCONF_DIR|GLIBC_TUNABLES|HOSTALIASES|LOCALDOMAIN|LOCPATH|MALLOC_.*|NLSPATH|RESOLV_.*|RES_OPTIONS"
    r"|TMPDIR|TZDIR|BASH.*|CDPATH|ENV|GLOBIGNORE|HOME|IFS|LOGNAME|OLDPWD|PATH|POSIXLY_CORRECT|PROMPT_COMMAND|PS\d|PWD"
    r"|SHELL|SHELLOPTS|TERM|XTABLES_.*|GO(DEBUG|TRACEBACK|GC|MEMLIMIT|COVERDIR|MAXPROCS)|PYTHON.*|PERL.*"
)


SET_BY_MESHX = frozenset(("CA_ADDR",))
"""Names whose value in a mesh's metadata no machine takes: meshx itself writes the variable, where one is needed."""


def refused_names(names: Iterable[str]) -> list[str]:
    """The names that no machine takes, sorted: none of a variable, or one that decides what runs as root."""
    return sorted(name for name in names if not _taken(name))


def _taken(name: str) -> bool:
    if _METADATA.fullmatch(name):
        return True
    return bool(_NAME.fullmatch(name)) and name not in START_SCRIPT and not _LOADER.fullmatch(name)
