"""Roots of trust on a machine: bundles are sets, and a rotation is told step by step."""

from dataclasses import replace

import pytest

from meshx.cluster.certificate import in_one_form, read_chain, same_roots
from meshx.config.values.certificates import name_of, read_certificates
from meshx.machine.drift import found_bundle, identity_state
from meshx.machine.observation import FoundFile
from meshx.machine.roots_of_trust import planned_words, present_words, with_known_text
from tests.unit.machine.test_drift import HEALTHY, IDENTITY, INPUTS, ROOT_FILE
from tests.unit.stand_ins.certificates_for_tests import authority, below, renewed

OLD, NEW, THIRD = authority("old"), authority("new"), authority("third")
BOTH = OLD.pem + NEW.pem
OTHER_TEXT = f"the new one\n{NEW.pem}\n\n# and the old one\n{OLD.pem}{NEW.pem}"


def bundle_with(roots: str) -> dict:
    """A machine's bundle with these roots."""
    file = {**INPUTS.bundle["files"][ROOT_FILE], "content": roots}
    return {**INPUTS.bundle, "files": {**INPUTS.bundle["files"], ROOT_FILE: file}}


def inputs_with(roots: str):
    """A Join's inputs with these roots, as the plugin reads them."""
    return replace(INPUTS, bundle=bundle_with(roots))


def machine_with(roots: str, issuer, further: str = ""):
    """A healthy machine that trusts these roots and has a certificate by one; its chain ends with further text."""
    chain = read_chain(issuer.sign(IDENTITY) + further.encode())
    files = {**HEALTHY.files, ROOT_FILE: FoundFile(roots.encode(), "root:root", "0644")}
    return replace(HEALTHY, files=files, certificate=chain)


def root(issuer) -> str:
    return name_of(issuer.certificate)


def test_bundles_with_the_same_certificates_are_the_same_whatever_their_text():
    assert same_roots(BOTH.encode(), OTHER_TEXT.encode())
    assert in_one_form(BOTH) == in_one_form(OTHER_TEXT)
    assert set(read_certificates(in_one_form(OTHER_TEXT).encode())) == {OLD.certificate, NEW.certificate}


@pytest.mark.parametrize("other", [OLD.pem, NEW.pem + THIRD.pem, BOTH + THIRD.pem, "no certificate", ""])
def test_bundles_with_other_certificates_are_others(other):
    assert not same_roots(BOTH.encode(), other.encode())


def test_a_text_without_certificates_stays_as_it_is():
    assert in_one_form("no certificate\n") == "no certificate\n"
    assert not same_roots(b"one", b"another")


def test_the_form_of_a_single_root_is_the_text_that_istiod_writes():
    assert in_one_form(OLD.pem) == OLD.pem


def test_another_text_of_the_same_roots_is_no_drift():
    inputs = inputs_with(BOTH)
    assert found_bundle(inputs, machine_with(OTHER_TEXT, OLD)) == inputs.bundle


def test_a_root_that_a_machine_lacks_or_has_beyond_the_meshs_is_drift():
    for wanted, there in ((BOTH, OLD.pem), (NEW.pem, BOTH)):
        inputs = inputs_with(wanted)
        assert found_bundle(inputs, machine_with(there, NEW))["files"][ROOT_FILE] != inputs.bundle["files"][ROOT_FILE]


@pytest.mark.parametrize("issuer", [OLD, NEW])
@pytest.mark.parametrize("further", [BOTH, NEW.pem + OLD.pem, THIRD.pem + BOTH])
def test_a_certificate_by_either_root_is_good_whatever_roots_end_its_chain(issuer, further):
    state = identity_state(inputs_with(BOTH), machine_with(BOTH, issuer, further))
    assert (state.words, state.certificate_usable) == ("valid", True)


def test_a_certificate_by_a_root_that_has_gone_is_given_up_though_its_chain_ends_with_the_new_one():
    state = identity_state(inputs_with(NEW.pem), machine_with(BOTH, OLD, BOTH))
    assert (state.words, state.certificate_usable) == ("signed by another authority than the cluster's", False)


def test_another_intermediate_authority_below_the_same_root_changes_nothing_on_a_machine():
    inputs = inputs_with(OLD.pem)
    for intermediate in (below(OLD, "first"), below(OLD, "second")):
        machine = machine_with(OLD.pem, intermediate, OLD.pem)
        assert found_bundle(inputs, machine) == inputs.bundle
        assert identity_state(inputs, machine).words == "valid"
        assert present_words(inputs.bundle, machine) == ""


def test_the_same_roots_keep_the_text_of_the_state_so_that_no_sidecar_restarts():
    olds, news = {"bundle": bundle_with(BOTH)}, {"bundle": bundle_with(OTHER_TEXT)}
    assert with_known_text(news, olds) == olds


@pytest.mark.parametrize("olds", [None, {}, {"bundle": bundle_with(OLD.pem)}, {"bundle": {"files": {}}}])
def test_other_roots_are_taken_as_they_are(olds):
    news = {"bundle": bundle_with(BOTH)}
    assert with_known_text(news, olds) == news


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (OLD.pem, BOTH, f"step 1 of 3: its sidecar restarts and trusts {root(NEW)} beside {root(OLD)}"),
        (BOTH, NEW.pem, f"step 3 of 3: its sidecar restarts and trusts {root(NEW)} alone, no longer {root(OLD)}"),
        (
            BOTH,
            NEW.pem + THIRD.pem,
            f"its sidecar restarts and trusts {root(THIRD)} beside {root(NEW)}, no longer {root(OLD)}",
        ),
        (BOTH, OTHER_TEXT, ""),
        ("unknown", BOTH, ""),
    ],
    ids=[
        "step 1",
        "step 3",
        "step 3 and step 1",
        "another text",
        "unknown",
    ],  # keys differ from run to run, and names must not
)
def test_a_preview_names_the_step_that_a_machine_takes(before, after, words):
    assert planned_words({"bundle": bundle_with(before)}, {"bundle": bundle_with(after)}) == words


def test_a_preview_says_that_a_mesh_skipped_a_step():
    words = planned_words({"bundle": bundle_with(OLD.pem)}, {"bundle": bundle_with(NEW.pem)})
    assert words.startswith("the mesh skipped a step: ")
    assert f"trusts {root(NEW)} in place of {root(OLD)}" in words


@pytest.mark.parametrize("issuer", [OLD, NEW])
def test_a_refresh_says_what_a_machine_trusts_and_which_root_issued_its_certificate(issuer):
    words = present_words(bundle_with(BOTH), machine_with(BOTH, issuer, BOTH))
    assert words == f"it trusts {root(NEW)} and {root(OLD)}; its certificate is by {root(issuer)}"


def test_a_refresh_says_what_a_machine_that_was_off_still_lacks():
    words = present_words(bundle_with(NEW.pem), machine_with(OLD.pem, OLD))
    assert words == f"it trusts {root(OLD)}; its certificate is by {root(OLD)}; the mesh trusts {root(NEW)}"


def test_nothing_is_said_while_there_is_one_root():
    assert present_words(bundle_with(OLD.pem), machine_with(OLD.pem, OLD)) == ""


def test_a_root_that_is_renewed_with_its_key_skips_no_step() -> None:
    again = renewed(OLD)
    words = planned_words({"bundle": bundle_with(OLD.pem)}, {"bundle": bundle_with(again.pem)})
    names = [name_of(one.certificate) for one in (again, OLD)]
    assert words == f"its sidecar restarts and trusts {names[0]} in place of {names[1]}, which had the same key"
