"""All artifacts by name, and how to get one: from the cache, or built first."""

from pathlib import Path

from sandbox.builds import charts, debian_roots, envoy, go_tools, images, pulumi_executor, sidecar_package, store
from sandbox.builds.recipe import Recipe, key_of
from sandbox.paths import CACHE

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        *(go_tools.recipe(tool) for tool in (*go_tools.GO_TOOLS, *go_tools.TESTS_TOOLS)),
        envoy.RECIPE,
        charts.RECIPE,
        pulumi_executor.RECIPE,
        debian_roots.IMAGE_ROOT,
        debian_roots.MACHINE_ROOT,
        sidecar_package.RECIPE,
        sidecar_package.BEFORE,
        images.RECIPE,
    )
}


def artifact(name: str) -> Path:
    """The folder of artifact `name`, built first if it is not in the cache; sandbox.builds lists its contents.

    Raises BuildError if a tool is missing or a build fails.
    """
    return obtain(name)[0]


def obtain(name: str) -> tuple[Path, bool]:
    """The folder of artifact `name`, and whether this call built it."""
    recipe = RECIPES[name]

    def build(folder: Path) -> None:
        recipe.build(folder, {need: obtain(need)[0] for need in recipe.needs})

    return store.obtain(CACHE, name, _key(name), build)


def is_cached(name: str) -> bool:
    """Whether artifact `name` is in the cache for its present inputs."""
    return store.find(CACHE, name, _key(name)) is not None


def _key(name: str) -> str:
    recipe = RECIPES[name]
    return key_of(recipe, {need: _key(need) for need in recipe.needs})
