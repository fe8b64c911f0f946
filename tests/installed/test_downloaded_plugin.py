"""The way that needs nothing but Pulumi: `pulumi new` installs the wheel, and the engine downloads the plugin.

The wheel and the plugin's archive come from this computer, in place of an index and of a release.
"""

from __future__ import annotations

import functools
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from meshx.new_project.project_files import TEMPLATE
from meshx.provider.plugin_folder import NAME, archives
from meshx.version import VERSION
from sandbox.builds import artifact
from sandbox.pulumi.home import prepare
from tests.engine.answering_cluster import serving_nothing
from tests.installed.project import Project
from tests.installed.test_new_project import HOST_KEY
from tests.installed.wheel import PINS, Installed, build, guard


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Serves the archives of a release on the loopback; its address."""
    folder = tmp_path / "release"
    folder.mkdir()
    archives(folder)
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
    served = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=served.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    served.server_close()


def test_a_project_of_pulumi_new_installs_the_package_and_the_engine_downloads_its_plugin(
    server: str, tmp_path: Path
) -> None:
    wheel = build(tmp_path / "wheel", MESHX_PLUGIN_SERVER=server)
    environment = prepare(tmp_path / "pulumi")
    del environment["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"]
    variables = {
        **environment,
        "PULUMI_BACKEND_URL": f"file://{tmp_path}/backend",
        "PIP_FIND_LINKS": str(wheel.parent),
        "PIP_CONSTRAINT": str(PINS),
    }
    project = Project(tmp_path / "project", variables)
    (tmp_path / "backend").mkdir()
    project.folder.mkdir()
    project.expect("new", str(TEMPLATE), "--yes", "--name", "shop", "--stack", "dev")
    guard(Installed(project.folder / ".venv"))
    plugin = Path(environment["PULUMI_HOME"]) / "plugins" / NAME
    assert (plugin / "venv" / "bin" / "python").exists()
    assert set(yaml.safe_load((project.folder / "Pulumi.yaml").read_text())) <= {
        "name",
        "description",
        "runtime",
        "config",
    }

    subprocess.run(["ssh-keygen", "-qN", "", "-t", "ed25519", "-f", str(project.folder / "id")], check=True)
    (project.folder / "sidecar.deb").write_bytes(b"a package")
    with serving_nothing(project.folder) as kubeconfig:
        project.environment["KUBECONFIG"] = str(kubeconfig)
        project.configure(
            cluster={"context": "answering"},
            mesh={"chart": {"path": str(artifact("charts"))}},
            ssh={"privateKeyFile": "id"},
        )
        project.change(lambda config: config.update({"meshx:sidecar": {"file": "sidecar.deb"}}))
        project.change(lambda config: config["meshx:workloads"][0]["machines"][0]["ssh"].update(hostKey=HOST_KEY))
        said = project.expect("preview", "--policy-pack", "policy")
    assert "meshx:index:Join" in said and f"meshx@v{VERSION} (local: policy)" in said, said
