"""The readiness probe of a workload in Istio's form."""

from meshx.config.sections.probe import HttpProbe, ProbeConfiguration

UNCAPTURED_HOST = "127.0.0.1"
"""Without it, the agent connects to the machine's own address, and the packet rules redirect that to the proxy, which
accepts every connection: such a probe never fails (tools/istio-iptables/pkg/capture/run.go, the rule for the proxy's
user on `lo`; pkg/istio-agent/health/health_probers.go, TCPProber, which unlike HTTPProber binds no source address)."""


def istio_probe(probe: ProbeConfiguration | None) -> dict[str, object] | None:
    """A probe as Istio's ReadinessProbe in JSON (networking/v1 WorkloadGroup, field `probe`); None stays None."""
    if probe is None:
        return None
    times: dict[str, object] = {
        "initialDelaySeconds": probe.initial_delay_seconds,
        "timeoutSeconds": probe.timeout_seconds,
        "periodSeconds": probe.period_seconds,
        "successThreshold": probe.success_threshold,
        "failureThreshold": probe.failure_threshold,
    }
    if probe.tcp is not None:
        return {**times, "tcpSocket": {"host": UNCAPTURED_HOST, "port": probe.tcp.port}}
    if probe.http is not None:
        return {**times, "httpGet": _http_get(probe.http)}
    if probe.exec is not None:
        return {**times, "exec": {"command": list(probe.exec.command)}}
    return None


def _http_get(http: HttpProbe) -> dict[str, object]:
    request: dict[str, object] = {"path": http.path, "port": http.port, "scheme": http.scheme}
    if http.host is not None:
        request["host"] = http.host
    if http.headers:
        request["httpHeaders"] = [{"name": name, "value": value} for name, value in http.headers.items()]
    return request
