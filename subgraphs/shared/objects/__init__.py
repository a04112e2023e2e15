"""objTypes: what a service declares of its objects, and the flows and mutations that are generated from it."""

from subgraphs.shared.objects.flows import generated_flows
from subgraphs.shared.objects.mutations import with_generated
from subgraphs.shared.objects.obj_type import Field, ObjType, Owner
from subgraphs.shared.objects.values import ATTRIBUTES, COUNT, MONEY, NOTE, TEXT, Kind

__all__ = [
    "ATTRIBUTES",
    "COUNT",
    "MONEY",
    "NOTE",
    "TEXT",
    "Field",
    "Kind",
    "ObjType",
    "Owner",
    "generated_flows",
    "with_generated",
]
