"""Health checks as Google's checkers make them: from outside, through the firewall, each at its interval."""

import contextlib
import http.client
import socket
import time
from dataclasses import dataclass, field

from sandbox.gce.cloud import Properties
from sandbox.network.addresses import HEALTH_CHECKER

DEFAULTS = {"checkIntervalSec": 5, "timeoutSec": 5, "healthyThreshold": 2, "unhealthyThreshold": 2}


@dataclass
class Watched:
    """What is known of one instance's health."""

    healthy: bool = False
    has_been: bool = False
    """It was healthy before, so that nothing waits for its first time any more."""
    unhealthy: bool = False
    asked: float = 0
    good: int = 0
    bad: int = 0


@dataclass
class Checker:
    """Remembers results by the instances' ids."""

    known: dict[str, Watched] = field(default_factory=dict)

    def look(self, instance: Properties, check: Properties) -> Watched:
        """The instance's health, checked again if it is time."""
        watched = self.known.setdefault(instance["instanceId"], Watched())
        settings = {**DEFAULTS, **check}
        now = time.monotonic()
        if now - watched.asked >= settings["checkIntervalSec"]:
            watched.asked = now
            good = answers(instance["networkInterfaces"][0]["networkIp"], check, settings["timeoutSec"])
            watched.good, watched.bad = (watched.good + 1, 0) if good else (0, watched.bad + 1)
            if watched.good >= settings["healthyThreshold"]:
                watched.healthy, watched.unhealthy, watched.has_been = True, False, True
            if watched.bad >= settings["unhealthyThreshold"]:
                watched.healthy, watched.unhealthy = False, True
        return watched


def answers(address: str, check: Properties, seconds: float) -> bool:
    """Whether an instance answers a check: 200 to HTTP, a connection for TCP."""
    source = (str(HEALTH_CHECKER), 0)
    web, plain = check.get("httpHealthCheck"), check.get("tcpHealthCheck")
    with contextlib.suppress(OSError, http.client.HTTPException):
        if web is not None:
            asking = http.client.HTTPConnection(address, web.get("port", 80), seconds, source_address=source)
            with contextlib.closing(asking):
                asking.request("GET", web.get("requestPath", "/"))
                return asking.getresponse().status == http.HTTPStatus.OK
        if plain is not None:
            socket.create_connection((address, plain.get("port", 80)), seconds, source).close()
            return True
    return False
