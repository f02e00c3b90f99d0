"""Where a token may go: clouds, endpoints and credentials that are refused before anything is asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import ConfigurationError
from evidence.sources.azure import AzureOptions, azure_source
from evidence.sources.azure.options import endpoint_of, origin_of
from tests.sources.world import SUBSCRIPTION, TickingClock


def options(**changed: object) -> AzureOptions:
    return AzureOptions(**{"subscriptions": (SUBSCRIPTION,), **changed})  # type: ignore[arg-type]  # tests pass wrong ones too


@pytest.mark.parametrize(
    ("cloud", "host", "authority"),
    [
        ("public", "management.azure.com", "login.microsoftonline.com"),
        ("usgov", "management.usgovcloudapi.net", "login.microsoftonline.us"),
        ("china", "management.chinacloudapi.cn", "login.chinacloudapi.cn"),
    ],
)
def test_a_cloud_names_endpoint_scope_and_authority(cloud: str, host: str, authority: str) -> None:
    endpoint = endpoint_of(options(cloud=cloud))
    assert endpoint.base_url == f"https://{host}"
    assert (endpoint.scope, endpoint.authority, endpoint.loopback) == (f"https://{host}/.default", authority, False)


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:80", "http://localhost:8080/", "http://[::1]:9", "http://127.8.9.1", "HTTP://127.0.0.1:1"],
)
def test_plain_http_is_for_loopback(address: str) -> None:
    endpoint = endpoint_of(options(endpoint=address))
    assert endpoint.loopback
    assert endpoint.scope == f"{endpoint.base_url}/.default"


@pytest.mark.parametrize(
    "changed",
    [
        {"endpoint": "http://management.azure.com"},
        {"endpoint": "http://127.0.0.1.evil.example"},
        {"endpoint": "http://localhost.example"},
        {"endpoint": "http://0.0.0.0:80"},
        {"endpoint": "http://128.0.0.1"},
        {"endpoint": "ftp://127.0.0.1"},
        {"endpoint": "https://user:word@management.example"},
        {"endpoint": "https://management.example/path"},
        {"endpoint": "https://management.example?x=1"},
        {"endpoint": "https://management.example:port"},
        {"endpoint": "management.example"},
        {"endpoint": "https://"},
        {"cloud": "mars"},
        {"credential": "password"},
        {"credential": "static", "static_token": "x"},
        {"credential": "static", "static_token": "x", "endpoint": "https://management.example"},
        {"credential": "static", "endpoint": "http://127.0.0.1:1"},
        {"subscriptions": ()},
        {"subscriptions": ("a/b",)},
        {"subscriptions": ("",)},
        {"max_attempts": 0},
        {"max_wait_s": -1.0},
        {"read_timeout_s": 0.0},
    ],
)
def test_what_must_not_be_is_refused_before_anything_is_asked(changed: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        azure_source(options(**changed), TickingClock())
    assert caught.value.exit_code == 2
    assert caught.value.next_step


def test_a_static_token_is_never_shown() -> None:
    told = options(credential="static", static_token="very-secret", endpoint="http://127.0.0.1:1")
    assert "very-secret" not in repr(told)
    source = azure_source(told, TickingClock())
    assert "very-secret" not in repr(source)
    assert source.description == "Azure at http://127.0.0.1:1, 1 subscription, credential static"


@given(st.text(max_size=40))
def test_an_origin_is_told_of_any_text_or_it_is_none(text: str) -> None:
    scheme, host, _ = origin_of(text)
    assert scheme == scheme.lower()
    assert host == host.lower()


def test_an_origin_fills_in_the_default_port_and_ignores_case() -> None:
    assert origin_of("HTTPS://Management.Azure.com/x") == origin_of("https://management.azure.com:443")
    assert origin_of("http://a") != origin_of("https://a")
    assert origin_of("http://a:1") != origin_of("http://a:2")
