"""What a port carries, by the words that Istio knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshx.istio.protocols import named_protocol, service_port_protocol

WORDS = {
    "http": "HTTP",
    "http_proxy": "HTTP",
    "http2": "HTTP2",
    "grpc": "GRPC",
    "grpc-web": "GRPC-Web",
    "https": "HTTPS",
    "tls": "TLS",
    "tcp": "TCP",
    "mongo": "MONGO",
    "mysql": "MYSQL",
    "redis": "REDIS",
}


@pytest.mark.parametrize("write", [str, str.upper, str.title])
@pytest.mark.parametrize("word", WORDS)
def test_every_word_of_istios_is_read_in_any_case(word, write):
    assert service_port_protocol(8000, "", write(word)) == WORDS[word]
    assert service_port_protocol(8000, f"{word}-store") == WORDS[word]


@pytest.mark.parametrize(
    ("app_protocol", "protocol"),
    [
        ("kubernetes.io/h2c", "HTTP2"),
        ("kubernetes.io/ws", "HTTP"),
        ("kubernetes.io/wss", "HTTPS"),
        ("kubernetes.io/H2C", None),
        ("example.com/own", None),
        ("http2-frontend", "HTTP2"),
    ],
)
def test_words_of_kubernetes_own_are_taken_as_they_are_written(app_protocol, protocol):
    assert service_port_protocol(8000, "", app_protocol) == protocol


def test_with_an_app_protocol_the_name_says_nothing():
    assert service_port_protocol(8000, "http", "example.com/own") is None
    assert service_port_protocol(8000, "http", "tcp") == "TCP"


@pytest.mark.parametrize("name", ["grpc-web", "grpc-web-ui", "grpc-website", "GRPC-Web"])
def test_what_begins_with_grpc_web_is_that_whatever_follows(name):
    assert named_protocol(name) == "GRPC-Web"


@pytest.mark.parametrize("port", [25, 53, 3306, 27017])
def test_on_ports_where_the_server_speaks_first_silence_means_tcp(port):
    assert service_port_protocol(port, "data") == "TCP"
    assert service_port_protocol(port, "http-data") == "HTTP"
    assert service_port_protocol(8000, "data") is None


@given(st.text(), st.text())
def test_any_words_are_read(name, app_protocol):
    assert service_port_protocol(8000, name, app_protocol) in {None, *WORDS.values()}
