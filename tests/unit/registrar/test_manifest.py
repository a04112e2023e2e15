"""Manifests, refs, schemas and orders, without a store."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from registrar.catalog import find_circle
from registrar.config_schema import config_problems, schema_problems, storage_problems
from registrar.manifest import HookEntry, Manifest, manifest_problems, read_schema, schema_text
from registrar.oauth import hash_secret, new_secret, verify_secret
from registrar.refs import BadObjectRef, connection_id, parse_object_ref
from registrar.vault import Vault

KEY = "A" * 86 + "=="


def test_a_good_manifest_has_no_problems() -> None:
    hook = HookEntry("commerce_adjustStock_commit_stockChanged", "SYNC", before=["b"], timeout_ms=100)
    manifest = Manifest("a", "A", ["Good"], ["commerce.goods.read", "admin"], [hook], '{"type": "object"}')
    assert manifest_problems(manifest) == []


def test_all_problems_are_named_at_once() -> None:
    manifest = Manifest("A", "", ["X"], ["y"], [HookEntry("z", "w", on_failure="v", on_dead="u")])
    assert [item.field[1:] for item in manifest_problems(manifest)] == [
        ("tag",),
        ("name",),
        ("objTypes", "0"),
        ("permissions", "0"),
        ("hooks", "0", "id"),
        ("hooks", "0", "mode"),
        ("hooks", "0", "onFailure"),
        ("hooks", "0", "onDead"),
    ]


def test_one_hook_twice() -> None:
    hook = HookEntry("commerce_adjustStock_commit_stockChanged", "SYNC")
    [problem] = manifest_problems(Manifest("a", "A", hooks=[hook, hook]))
    assert "appears 2 times in hooks" in problem.message


def test_a_schema_survives_as_text() -> None:
    schema = {"$ref": "#/$defs/a", "$defs": {"a": {"type": "object"}}}
    assert read_schema(schema_text(schema)) == schema
    assert schema_text(None) is None and read_schema(None) is None


@pytest.mark.parametrize("text", ["commerce:Good:abc", "registrar:User:ada@x.example/realm", "supply:Item:a-b_c.d"])
def test_object_refs(text: str) -> None:
    ref = parse_object_ref(text)
    assert str(ref) == text
    assert connection_id(text, "market") == f"{text}#market"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "commerce",
        "commerce:Good",
        "commerce:Good:",
        "commerce:Good:a b",
        "commerce:Good:a#b",
        "a_b:Good:1",
        "commerce:good:1",
        "commerce:Offer:1",
        "market:Good:1",
        "commerce:Good:" + "x" * 201,
        "commerce:Good:a\n",
    ],
)
def test_what_is_no_object_ref(text: str) -> None:
    with pytest.raises(BadObjectRef):
        parse_object_ref(text)


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"type": "wrong"}, "no JSON Schema"),
        ({"properties": {"a": {"$ref": "https://evil.example/x"}}}, "refers to 'https://evil.example/x'"),
        ({"$dynamicRef": "other.json"}, "refers to 'other.json'"),
        ({"description": "x" * 70_000}, "larger than"),
    ],
)
def test_bad_schemas(schema: dict[str, Any], says: str) -> None:
    assert says in schema_problems(schema)[0]


def test_configs_against_their_schema() -> None:
    schema = {"type": "object", "properties": {"a": {"items": {"type": "integer"}}}, "required": ["b"]}
    assert config_problems(None, {"anything": 1}) == []
    assert config_problems(schema, {"a": [1], "b": 1}) == []
    assert config_problems(schema, {"a": [1, "x"]}) == [
        "config: 'b' is a required property",
        "config/a/1: 'x' is not of type 'integer'",
    ]
    assert "cannot be followed" in config_problems({"$ref": "#/$defs/none"}, {})[0]


def test_what_no_store_keeps() -> None:
    deep: dict[str, Any] = {}
    for _ in range(25):
        deep = {"a": deep}
    for config, says in (
        ({"a.b": 1}, "config/a.b: a field name"),
        ({"a": [{"$x": 1}]}, "config/a/0/$x: a field name"),
        ({"": 1}, "a field name"),
        ({"a": 2**63}, "config/a: 9223372036854775808 is out of range"),
        ({"a": float("nan")}, "config/a: nan is out of range"),
        (deep, "nested more than 20 deep"),
        ({"a": "x" * 70_000}, "larger than"),
    ):
        assert says in storage_problems(config)[0]
    assert storage_problems({"a": [{"b": None}, True, 1.5, -(2**62)], "c-d_e": "x"}) == []


def test_orders_in_a_circle() -> None:
    assert find_circle([("a", ["b"], []), ("b", ["c"], [])]) == []
    assert find_circle([("a", [], []), ("b", ["x", "y"], ["z"])]) == []
    circle = find_circle([("a", ["b"], []), ("c", [], ["b"]), ("d", ["a"], ["c"])])
    assert circle[0] == circle[-1]
    assert {("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")} == set(pairwise(circle))


def test_secrets_are_hashed_with_a_salt() -> None:
    secret = new_secret()
    first, second = hash_secret(secret), hash_secret(secret)
    assert first != second and secret not in first
    assert verify_secret(secret, first) and verify_secret(secret, second)
    assert not verify_secret(secret + "x", first)
    for broken in ("", "plain", "scrypt$x$8$1$a$b", "scrypt$16384$8$1$!$!", "md5$1$1$1$YQ==$YQ=="):
        assert not verify_secret(secret, broken)


def test_the_vault_opens_only_what_it_sealed_for_that_purpose() -> None:
    vault = Vault(KEY)
    sealed = vault.seal("sesame", "authorization", "key")
    assert "sesame" not in sealed
    assert vault.seal("sesame", "authorization", "key") == sealed
    assert vault.open(sealed, "authorization", "key") == "sesame"
    assert vault.open(sealed, "other", "key") is None
    assert vault.open("garbage", "authorization", "key") is None
    assert Vault("B" * 86 + "==").open(sealed, "authorization", "key") is None


async def test_a_runs_client_secret_is_the_same_each_time() -> None:
    vault = Vault(KEY)
    assert vault.client_secret("run") == vault.client_secret("run") != vault.client_secret("other")
    assert await vault.client_secret_hash("run") == await vault.client_secret_hash("run")
    assert verify_secret(vault.client_secret("run"), await vault.client_secret_hash("run"))
