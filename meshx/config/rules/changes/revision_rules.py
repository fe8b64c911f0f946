"""Which control planes stand beside each other, and which tags lead to them."""

from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.written import Written
from meshx.config.values.istio_version import written_line
from meshx.istio.labels import DEFAULT_REVISION
from meshx.istio.versions import IstioLine


def problems(stack: Written) -> Iterator[Problem]:
    """A previous control plane that is the present one, and tags that lead nowhere or to two at once."""
    mesh = stack.get("mesh")
    if written_line(mesh.get("istioVersion").text) is IstioLine.CLASSIC:
        return
    previous, tags = mesh.get("previousRevision"), mesh.get("revisionTags")
    present = mesh.get("revision").text or DEFAULT_REVISION
    if previous.text and previous.text == present:
        yield Problem(
            previous.location,
            f"{present} is the revision that machines go to already",
            "the one that they come from, or leave the key out",
        )
    if (previous.text or tags.value) and mesh.get("values", "istiod", "revisionTags").value:
        yield Problem(
            mesh.get("values", "istiod", "revisionTags").location,
            "Helm lets no release take a tag over from another, so it could not follow the revision",
            "the same tags under meshx:mesh.revisionTags, once the release has given its own up",
        )
    if tags.value and not mesh.get("install", "controlPlane").flag(True):
        yield Problem(
            tags.location,
            "without effect: install.controlPlane is false, so whoever installs the control plane sets its tags",
            "nothing, or controlPlane: true",
        )
    stand = {present, *([previous.text] if previous.text else [])}
    seen: set[str] = set()
    for tag in tags.items():
        if tag.text in seen:
            yield Problem(tag.location, f"{tag.text} stands there twice", "each tag once")
        seen.add(tag.text)
        if tag.text == DEFAULT_REVISION and DEFAULT_REVISION in stand:
            yield Problem(
                tag.location,
                "the control plane without a revision takes in the same namespaces itself, so pods would be given two "
                "proxies",
                "this tag once that control plane is gone: until then label namespaces `istio.io/rev: <revision>`",
            )
        elif tag.text in stand:
            yield Problem(tag.location, f"{tag.text} is a control plane's own revision", "a tag of another name")
