"""Broker addresses and topics; a password is never shown."""

import ssl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.telemetry.address import parse
from controller.telemetry.topics import Topics


def test_an_address_in_full():
    address = parse("mqtts://lab:p%40ss@broker.lab:9000?version=5&ca=/ca.pem")
    assert (address.host, address.port, address.user, address.password) == ("broker.lab", 9000, "lab", "p@ss")
    assert (address.tls, address.version, address.ca) == (True, "5", "/ca.pem")
    assert address.shown == "mqtts://lab@broker.lab:9000"
    assert "p@ss" not in repr(address)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("mqtt://localhost", "mqtt://localhost:1883"),
        ("mqtts://h/", "mqtts://h:8883"),
        ("mqtt://[::1]:7", "mqtt://[::1]:7"),
    ],
)
def test_what_is_not_said_has_a_default(url, shown):
    assert parse(url).shown == shown
    assert parse(url).version == "3.1.1"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "allowed is mqtt://"),
        ("localhost:1883", "allowed is mqtt://"),
        ("http://h", "allowed is mqtt://"),
        ("mqtt://", "allowed is mqtt://"),
        ("mqtt://h:99999", "cannot be read"),
        ("mqtt://h:x", "cannot be read"),
        ("mqtt://[::1", "cannot be read"),
        ("mqtt://h/topic", "a path is refused"),
        ("mqtt://h?version=4", "allowed is 3.1.1 or 5"),
        ("mqtt://h?ca=x", "'ca' is refused: allowed is discovery, version"),
        ("mqtts://h?key=x", "only with its cert"),
        ("mqtt://h?version", "cannot be read"),
    ],
)
def test_a_bad_address_is_refused_with_what_is_allowed(url, words):
    with pytest.raises(ValueError, match=words):
        parse(url)


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_no_error_repeats_the_password(tail):
    url = f"mqtt://lab:geheim77@{tail}"
    try:
        text = repr(parse(url)) + parse(url).shown
    except ValueError as error:
        text = str(error)
    assert "geheim77" not in text


def test_certificates_that_cannot_be_used_are_named(tmp_path):
    assert parse("mqtt://h").tls_context() is None
    assert parse("mqtts://h").tls_context().verify_mode is ssl.CERT_REQUIRED
    with pytest.raises(OSError, match=r"ca=.*none\.pem.* cannot be used"):
        parse(f"mqtts://h?ca={tmp_path}/none.pem").tls_context()


def test_topics_are_those_promised():
    topics = Topics("virtual")
    leaves = ("status", "meta", "fast", "beat", "event")
    assert [getattr(topics, leaf) for leaf in leaves] == [f"mockloop/v1/virtual/{leaf}" for leaf in leaves]


@pytest.mark.parametrize("bench", ["", "a/b", "a+", "#", "$SYS", "a\0", "x" * 65])
def test_a_bench_name_that_mqtt_would_take_apart_is_refused(bench):
    with pytest.raises(ValueError, match="bench name"):
        Topics(bench)
