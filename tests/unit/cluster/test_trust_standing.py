"""Since when which root has been trusted, and until when it issued."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from meshx.cluster.trust.standing import ANNOTATION, Standing, standing_of
from tests.unit.stand_ins.certificates_for_tests import authority

OLD, NEW = authority("old").certificate, authority("new").certificate
T1 = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)
T2, T3 = T1 + timedelta(hours=1), T1 + timedelta(hours=2)


def read_again(standing: Standing) -> Standing:
    """What is read of what was written."""
    return standing_of({"metadata": {"annotations": {ANNOTATION: standing.written()}}}, [OLD, NEW])


def test_each_step_is_noted_and_read_again() -> None:
    first = read_again(Standing().settled([OLD], OLD, "a", T1))
    both = read_again(first.settled([OLD, NEW], OLD, "b", T2))
    assert (both.trusted_since(OLD), both.trusted_since(NEW), both.digest) == (T1, T2, "b")
    assert both.issued_until(NEW) is None
    changed = read_again(both.settled([OLD, NEW], NEW, "c", T3))
    assert (changed.issued_until(OLD), changed.trusted_since(NEW)) == (T3, T2)


def test_where_nothing_is_written_the_last_change_stands_for_every_time() -> None:
    fields = [{"manager": "kubectl", "time": "2026-06-01T13:00:00Z"}, {"manager": "other"}]
    secret = {"metadata": {"creationTimestamp": "2026-06-01T12:00:00Z", "managedFields": fields}}
    for noted in ({}, {ANNOTATION: "nonsense"}, {ANNOTATION: '{"roots": 7}'}, {ANNOTATION: "[]"}):
        found = standing_of({"metadata": {**secret["metadata"], "annotations": noted}}, [OLD, NEW])
        assert (found.digest, found.trusted_since(NEW), found.issued_until(OLD)) == ("", T2, T2)
        assert found.settled([OLD, NEW], NEW, "a", T3).issued_until(OLD) == T3


def test_until_it_is_noted_what_istiod_took_it_may_have_taken_just_now() -> None:
    known = Standing().settled([OLD], OLD, "a", T1)
    metadata = {"creationTimestamp": "2026-06-01T13:00:00Z", "annotations": {ANNOTATION: known.written()}}
    noted, others = (standing_of({"metadata": metadata}, [OLD, NEW], digest) for digest in ("a", "b"))
    assert (noted.trusted_since(NEW), noted.issued_until(NEW)) == (T2, T2)
    assert others.trusted_since(OLD) == T1
    assert min(others.trusted_since(NEW), others.issued_until(OLD) or T1) > datetime.now(timezone.utc) - SECOND * 9
    nothing_noted = standing_of({"metadata": {"creationTimestamp": "2026-06-01T13:00:00Z"}}, [OLD], "a")
    assert nothing_noted.trusted_since(OLD) > datetime.now(timezone.utc) - SECOND * 9
