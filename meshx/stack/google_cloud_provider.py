"""The explicit provider for Google Cloud: one project, whatever the shell's gcloud is set to."""

import pulumi
import pulumi_gcp as gcp

from meshx.config.sections.gce import GceDefaults
from meshx.stack.logical_names import named


def google_cloud(defaults: GceDefaults) -> pulumi.ProviderResource:
    """The provider for the stack's project; Google's own libraries find the credentials (`gcloud auth`)."""
    return gcp.Provider(named("google-cloud"), project=defaults.project, region=defaults.region, zone=defaults.zone)
