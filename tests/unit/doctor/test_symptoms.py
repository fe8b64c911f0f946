"""What the doctor asks a machine, and how it reads the answers."""

import base64

import pytest

from meshx.doctor.symptoms import Answer, Questions, diagnose_delivery, read_symptoms
from tests.unit.doctor.healthy_machine import QUESTIONS, SYMPTOMS


def printed(**facts: str) -> str:
    return "".join(
        f"{key.replace('__', '.').replace('_', '-')} {base64.b64encode(value.encode()).decode()}\n"
        for key, value in facts.items()
    )


ALL = {
    "addresses": "10.77.0.11 ",
    "own_name": "127.0.1.1",
    "space": f"{12 << 20} /\n",
    "logs": str(3 << 10),
    "resolved__0": "10.96.0.7",
    "process__envoy": "istio-proxy",
    "process__pilot_agent": "istio-proxy",
    **{f"listener__{port}": user for port, user in SYMPTOMS.listeners.items()},
    "way__0": "",
    "call__status": "200",
    "call__server": "envoy",
    "call__error": "",
}


def test_answers_are_read_as_they_were_asked() -> None:
    assert read_symptoms(QUESTIONS, printed(**ALL)) == SYMPTOMS


def test_a_call_without_an_answer_has_no_status() -> None:
    seen = read_symptoms(QUESTIONS, printed(**{**ALL, "call__status": "", "call__error": "Connection refused"}))
    assert seen.answer == Answer(0, "envoy", "Connection refused")


def test_file_systems_are_read_one_by_one_and_a_machine_may_have_no_logs_yet() -> None:
    seen = read_symptoms(QUESTIONS, printed(**{**ALL, "space": "2048 /\n7 /var/log\n", "logs": ""}))
    assert (seen.free, seen.logs) == ({"/": 2048, "/var/log": 7}, 0)


def test_an_answer_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="own name"):
        read_symptoms(QUESTIONS, printed(addresses="10.77.0.11"))


def test_everything_that_is_asked_goes_along_as_data() -> None:
    delivery = diagnose_delivery(QUESTIONS)
    assert delivery.script == "diagnose.sh"
    assert delivery.data["wanted/ports"].split() == ["15001", "15006", "15021", "15053", "8080"]
    assert delivery.data["wanted/call"] == "istiod.istio-system.svc.cluster.local 15014 /version\n"
    assert diagnose_delivery(Questions([], [], [], None)).data["wanted/call"] == ""
