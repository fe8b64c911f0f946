"""What tests set of the stand-in cloud while it runs: STATE/gce/settings.json, read at every question."""

import json
from dataclasses import asdict, dataclass
from typing import Literal

from sandbox.files import write_whole
from sandbox.gce.cloud import FOLDER

FILE = FOLDER / "settings.json"


@dataclass(frozen=True)
class Settings:
    """How the cloud behaves.

    token_seconds: how long an access token is good.
    user_name: by what the cluster names a service account: `scopes` as GKE does, by its e-mail if the instance has the
        scope userinfo.email and by its unique number otherwise; `email` or `number` whatever the scopes.
    """

    token_seconds: float = 3599
    user_name: Literal["scopes", "email", "number"] = "scopes"


def read() -> Settings:
    """The settings as they are now."""
    return Settings(**json.loads(FILE.read_text())) if FILE.exists() else Settings()


def write(settings: Settings) -> None:
    """Have the settings be these from now on; tokens that are out keep their time."""
    FOLDER.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(FILE, json.dumps(asdict(settings)))
