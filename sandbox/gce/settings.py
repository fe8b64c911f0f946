"""Settings of the stand-in cloud that tests change while it runs: STATE/gce/settings.json, read at every request."""

import json
from dataclasses import asdict, dataclass
from typing import Literal

from sandbox.files import write_whole
from sandbox.gce.cloud import FOLDER

FILE = FOLDER / "settings.json"


@dataclass(frozen=True)
class Settings:
    """How the cloud behaves.

    token_seconds: how long an access token is valid.
    user_name: the cluster's name for a service account: `scopes` as GKE does, its e-mail if the instance has the
        scope userinfo.email and its unique number otherwise; `email` or `number` whatever the scopes.
    """

    token_seconds: float = 3599
    user_name: Literal["scopes", "email", "number"] = "scopes"


def read() -> Settings:
    """The settings as they are now."""
    return Settings(**json.loads(FILE.read_text())) if FILE.exists() else Settings()


def write(settings: Settings) -> None:
    """Use these settings from now on; issued tokens keep their time."""
    FOLDER.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(FILE, json.dumps(asdict(settings)))
