"""Names that Kubernetes, DNS and Istio take, each checked by its own rule."""

import re
from typing import Annotated

from pydantic import AfterValidator

from meshx.config.errors.words import Words, quote, refuse
from meshx.config.leaves import Kind, Leaf
from meshx.config.values.patterns import matching
from meshx.istio.labels import label_owner

LONGEST_LABEL = 63
LONGEST_SUBDOMAIN = 253
LONGEST_LOGIN = 255

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
dns_label = matching(
    _LABEL,
    "is not a DNS label",
    "1 to 63 lower-case letters, digits and '-', a letter or digit first and last, such as vm-1",
    LONGEST_LABEL,
)
"""RFC 1123 label, as Kubernetes takes it for namespaces and hosts for their names."""

service_label = matching(
    r"[a-z]([-a-z0-9]*[a-z0-9])?",
    "can't be the name of a Service",
    "1 to 63 lower-case letters, digits and '-', a letter first, a letter or digit last, such as vmhttp",
    LONGEST_LABEL,
)
"""RFC 1035 label, which is what Kubernetes takes for the name of a Service: a letter first."""

dns_subdomain = matching(
    rf"{_LABEL}(\.{_LABEL})*",
    "is not a DNS name",
    "lower-case letters, digits and '-' in parts joined by '.', such as cluster.local",
    LONGEST_SUBDOMAIN,
)
"""RFC 1123 subdomain: DNS labels joined by dots."""


def label_key(text: str) -> str:
    """The key of a Kubernetes label: an optional DNS prefix with '/', then 1 to 63 letters, digits, '-', '_', '.'."""
    prefix, slash, name = text.rpartition("/")
    if slash and (len(prefix) > LONGEST_SUBDOMAIN or not re.fullmatch(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", prefix)):
        refuse(f"{quote(text)} has a prefix that is not a DNS name", "a key such as example.com/team")
    if len(name) > LONGEST_LABEL or not re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?", name):
        refuse(
            f"{quote(text)} is not the key of a label",
            "1 to 63 letters, digits, '-', '_' and '.', a letter or digit first and last, such as version",
        )
    return text


def label_value(text: str) -> str:
    """The value of a Kubernetes label: empty, or at most 63 letters, digits, '-', '_', '.'."""
    # As Pulumi's engine hands on what YAML takes for a date (Go, time.Time.String), and as JSON has it.
    if re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| \+0000 UTC)", text):
        refuse(f"{quote(text)} is what YAML makes of a date without quotes", "what stands in the file, in quotes")
    if text and (len(text) > LONGEST_LABEL or not re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?", text)):
        refuse(
            f"{quote(text)} is not the value of a label",
            "at most 63 letters, digits, '-', '_' and '.', a letter or digit first and last, such as v1",
        )
    return text


def label_text(text: str) -> str:
    """A label's value that must not be empty, as Istio takes it for networks, clusters and meshes."""
    if not text:
        refuse("it is empty", "a name such as network1, or leave the key out")
    return label_value(text)


def user_label_key(text: str) -> str:
    """The key of a label that is the user's to set: none by which meshx or Istio know whose or what something is."""
    label_key(text)
    if (owner := label_owner(text)) is not None:
        refuse(f"the label {text} is {owner}", "a label of your own, such as example.com/team")
    return text


def optional_dns_label(text: str) -> str:
    """A DNS label, or empty for none."""
    return dns_label(text) if text else text


_DOMAIN = r"[A-Za-z0-9][-A-Za-z0-9.]*"
user_name = matching(
    rf"({_DOMAIN}\\)?[A-Za-z0-9_][-A-Za-z0-9_.+]*\$?(@{_DOMAIN})?",
    "is not the name of a user",
    "the login name on the machine, such as root, svc@corp.example.com or CORP\\svc",
    LONGEST_LOGIN,
)
"""A login name: one of useradd(8), or of a directory: svc@corp.example.com (sssd.conf(5)), CORP\\svc (winbindd(8)).

It goes to the SSH server as it is, and into no shell. The length is that of Linux' LOGIN_NAME_MAX.
"""


def variable_name(text: str) -> str:
    """The name of an environment variable (POSIX.1-2017, 8.1). The text is never shown: it may be the key itself."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        refuse(
            "expected the name of an environment variable, found something else",
            "a name such as MESHX_SSH_PRIVATE_KEY; the variable has the key",
        )
    return text


def filled_text(text: str) -> str:
    """Any text in one line that is not empty."""
    if not text.strip() or not text.isprintable():
        refuse(f"expected a line of text, found {quote(text)}", "a text in one line")
    return text


def trimmed_text(text: str) -> str:
    """Any text in one line that is not empty, with nothing blank around it."""
    if filled_text(text) != text.strip():
        refuse(f"{quote(text)} begins or ends with a blank", f"it without: {quote(text.strip())}")
    return text


DnsLabel = Annotated[str, AfterValidator(dns_label), Words("a name (text)")]
OptionalDnsLabel = Annotated[str, AfterValidator(optional_dns_label), Words("a name (text)")]
ServiceLabel = Annotated[str, AfterValidator(service_label), Words("a name (text)")]
DnsSubdomain = Annotated[str, AfterValidator(dns_subdomain), Words("a DNS name (text)")]
LabelKey = Annotated[str, AfterValidator(label_key), Words("the key of a label (text)")]
UserLabelKey = Annotated[str, AfterValidator(user_label_key), Words("the key of a label (text)")]
LabelValue = Annotated[str, AfterValidator(label_value), Words("the value of a label (text)")]
LabelText = Annotated[str, AfterValidator(label_text), Words("a name (text)")]
UserName = Annotated[str, AfterValidator(user_name), Words("the name of a user (text)")]
VariableName = Annotated[str, AfterValidator(variable_name), Words("the name of an environment variable (text)")]
FilledText = Annotated[str, AfterValidator(filled_text), Words("a text")]
TrimmedText = Annotated[str, AfterValidator(trimmed_text), Words("a text")]
SelectorLabels = Annotated[dict[LabelKey, LabelValue], Words("a group of labels, each a key and a text")]
LabelValueLeaf = Annotated[LabelValue, Leaf(Kind.LABEL)]
Labels = Annotated[dict[UserLabelKey, LabelValueLeaf], Words("a group of labels, each a key and a text")]
