"""What SDL says of hooks: services' own, and a schema made for this."""

from __future__ import annotations

import pytest
from graphql import FieldDefinitionNode, ObjectTypeDefinitionNode, parse, value_from_ast_untyped

from flows import FlowCatalog
from izara.services import SERVICES


def applied(node: ObjectTypeDefinitionNode | FieldDefinitionNode, name: str) -> dict[str, object] | None:
    """The arguments of a directive that is applied there."""
    for directive in node.directives or ():
        if directive.name.value == name:
            return {item.name.value: value_from_ast_untyped(item.value) for item in directive.arguments or ()}
    return None


@pytest.mark.parametrize("tag", SERVICES)
def test_every_payload_says_how_its_hook_is_asked(tag: str) -> None:
    service = SERVICES[tag]
    document = parse(service.schema.as_str())
    types = {item.name.value: item for item in document.definitions if isinstance(item, ObjectTypeDefinitionNode)}
    for bound in FlowCatalog(tag, service.flows).hooks.values():
        assert applied(types[bound.payload_name], "hook") == {
            "id": bound.id,
            "kind": bound.kind.value,
            "targets": list(bound.hook.targets),
            "merge": bound.merge.value,
            "budgetMs": bound.budget_ms,
            **({} if bound.deadline_ms is None else {"deadlineMs": bound.deadline_ms}),
            **({} if bound.hook.quorum is None else {"quorum": bound.hook.quorum}),
        }


def test_every_mutation_says_which_hooks_it_passes() -> None:
    said: dict[str, list[str] | None] = {}
    for service in SERVICES.values():
        for item in parse(service.schema.as_str()).definitions:
            if isinstance(item, ObjectTypeDefinitionNode) and item.name.value == "Mutation":
                for field in item.fields or ():
                    found = applied(field, "hooks")
                    said[field.name.value] = None if found is None else list(found["ids"])  # type: ignore[call-overload]
    assert {name for name, ids in said.items() if ids is None} == {
        "redriveDeliveries",
        *(f"{tag}Reply" for tag in SERVICES),
    }
    assert said["adjustStock"] == [
        "commerce_adjustStock_validate_beforeStockChange",
        "commerce_adjustStock_commit_stockChanged",
        "commerce_adjustStock_submitted_asSubmitter",
        "commerce_adjustStock_submitted_asOwner",
    ]
    # A sale moves the stock of its goods by child runs.
    assert set(said["adjustStock"] or ()) < set(said["createSale"] or ())
    assert "commerce_createSale_validate_beforeSale" in (said["createSale"] or ())
