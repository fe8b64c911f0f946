"""docs/reachability.md shows the dev stack as the model has it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from meshx.reachability.picture import picture
from meshx.reachability.rows import rows
from meshx.reachability.table import rendered
from tests.unit.reachability.stacks import connections, fill

REPO = Path(__file__).parents[3]
CONTEXT = "apiVersion: v1\nkind: Config\ncontexts: [{name: meshx-sandbox, context: {cluster: one, user: admin}}]\n"


@pytest.fixture
def sandbox_files(tmp_path: Path) -> Path:
    """A folder with what the dev stack's file names of the sandbox."""
    state = fill(tmp_path, ".sandbox") / ".sandbox"
    (state / "kubeconfig").write_text(CONTEXT)
    for name, source in {
        "ssh/id_ed25519": "id",
        "machines/vm-1/ssh_host_ed25519_key.pub": "id.pub",
        "machines/vm-2/ssh_host_ed25519_key.pub": "id.pub",
    }.items():
        (state / name).parent.mkdir(parents=True, exist_ok=True)
        (state / name).write_bytes((state / source).read_bytes())
    return tmp_path


def test_the_page_shows_picture_and_table_of_the_dev_stack(sandbox_files: Path) -> None:
    written = yaml.safe_load((REPO / "Pulumi.dev.yaml").read_text())["config"]
    values = {key.removeprefix("meshx:"): value for key, value in written.items()}
    # An agent, and the commands that need one, are of the running sandbox alone.
    del values["ssh"]["agentSocket"], values["workloads"][0]["commands"]
    found = list(connections(values, sandbox_files).values())
    page = (REPO / "docs" / "reachability.md").read_text()
    assert f"```mermaid\n{picture(found, 'network1')}```" in page
    assert f"```text\n{rendered(rows(found), {}, {})}\n```" in page
