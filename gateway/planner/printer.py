"""Prints plans as text, one line per node and the requests as they are sent."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import parse, print_ast

from gateway.planner.nodes import (
    BatchFetch,
    Cast,
    Condition,
    ContextCall,
    ContextFetch,
    EntityCall,
    EntityFetch,
    Fetch,
    Guard,
    Input,
    Introspection,
    Key,
    Node,
    Parallel,
    Path,
    QueryPlan,
    Request,
    Sequence,
    Setter,
    SubscriptionNode,
    Target,
)


def print_plan(plan: QueryPlan) -> str:
    """The plan as a tree that ends without a line break: its nodes marked by arrows, each request with its wave.

    The requests of one wave are sent together, as soon as those of the wave before have been answered.
    """
    head = f"{plan.kind} {plan.operation_name}" if plan.operation_name else plan.kind
    count, depth = _size(plan.node)
    body = _node(plan.node, 1) if plan.node is not None else iter(["-> nothing to fetch"])
    refused = [f"-> refused {'.'.join(item.path)} ({item.coordinate})" for item in plan.refusals]
    return "\n".join(
        [f"{head} ({_counted(count, 'request')} in {_counted(depth, 'wave')})", *_indent(body), *_indent(iter(refused))]
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _size(node: Node | None) -> tuple[int, int]:
    """How many requests there are at most, and how many of them have to follow each other."""
    match node:
        case Sequence(nodes):
            sizes = [_size(inner) for inner in nodes]
            return sum(count for count, _ in sizes), sum(depth for _, depth in sizes)
        case Parallel(nodes):
            sizes = [_size(inner) for inner in nodes]
            return sum(count for count, _ in sizes), max(depth for _, depth in sizes)
        case Condition(node=inner):
            return _size(inner)
        case SubscriptionNode(rest=rest):
            count, depth = _size(rest)
            return count + 1, depth + 1
        case None | Introspection():
            return 0, 0
        case _:
            return 1, 1


def print_path(path: Path) -> str:
    """`orders.items|Good|Service.offer`; the empty path is `(root)`."""
    text = ""
    for item in path:
        text += "|" + "|".join(sorted(item.types)) if isinstance(item, Cast) else f".{item.name}"
    return text.lstrip(".") or "(root)"


def _node(node: Node, wave: int) -> Iterator[str]:
    match node:
        case Sequence(nodes):
            yield "-> sequence"
            for inner in nodes:
                yield from _indent(_node(inner, wave))
                wave += _size(inner)[1]
        case Parallel(nodes):
            yield "-> parallel"
            for inner in nodes:
                yield from _indent(_node(inner, wave))
        case Condition(guards, inner):
            yield f"-> if {' and '.join(_guard(guard) for guard in guards)}"
            yield from _indent(_node(inner, wave))
        case SubscriptionNode(primary, rest):
            yield "-> subscription"
            yield from _indent(_node(primary, wave))
            if rest is not None:
                yield "  -> then for each event"
                yield from _indent(_indent(_node(rest, wave + 1)))
        case Fetch(request, path):
            yield f"-> fetch {request.service}" + (f" at {print_path(path)}" if path else "") + f" (wave {wave})"
            yield from _indent(_request(request))
        case EntityFetch() | BatchFetch() | ContextFetch():
            yield from _entities(node, wave)
        case Introspection(keys=keys):
            yield f"-> introspection {', '.join(keys)}"


def _entities(node: EntityFetch | BatchFetch | ContextFetch, wave: int) -> Iterator[str]:
    match node:
        case EntityFetch(request, call):
            yield f"-> entities {request.service} (wave {wave})"
            yield from _indent(_call(call))
            yield from _indent(_request(request))
        case BatchFetch(request, calls):
            yield f"-> batch {request.service} (wave {wave})"
            for call in calls:
                yield from _indent(_call(call))
            yield from _indent(_request(request))
        case ContextFetch(service, contextual):
            yield f"-> entities {service} by context (wave {wave})"
            for item in contextual:
                yield from _indent(_call(item.call))
                yield from _indent(_arguments(item))
            yield from _indent(_contextual(node))


def _contextual(node: ContextFetch) -> Iterator[str]:
    """The request as it is where every call is taken once."""
    declared: list[str] = []
    fields: list[str] = []
    for number, item in enumerate(node.calls):
        names = [f"${node.argument}{number}_{position}" for position in range(len(item.arguments))]
        declared += [f"{name}: {type_}" for name, type_ in zip(names, item.arguments, strict=True)]
        declared.append(f"${item.call.variable}{number}: [_Any!]!")
        parts = [names[slot] + piece for slot, piece in zip(item.slots, item.pieces[1:], strict=True)]
        text = item.pieces[0] + "".join(parts)
        fields.append(f"{item.call.alias}{number}: _entities(representations: ${item.call.variable}{number}){text}")
    query = f"query({', '.join([*declared, *node.declarations])}) {{ {' '.join(fields)} }}"
    return iter(print_ast(parse(query)).splitlines())


def _arguments(item: ContextCall) -> Iterator[str]:
    for target in item.call.targets:
        for setters in target.contexts:
            yield f"with {' or '.join(_setter(setter, target) for setter in setters)}"


def _setter(setter: Setter, target: Target) -> str:
    """`{ currency } of shop`, with the types that set the context where others stand there too."""
    types = "" if setter.types is None else "|" + "|".join(sorted(setter.types))
    keys = [item for item in target.path if isinstance(item, Key)][: setter.depth]
    return f"{{ {_inputs(setter.inputs)} }} of {print_path(tuple(keys))}{types}"


def _call(call: EntityCall) -> Iterator[str]:
    condition = f" if {' and '.join(_guard(guard) for guard in call.guards)}" if call.guards else ""
    for target in call.targets:
        yield f"{call.alias} for {print_path(target.path)} by {_target(target)}{condition}"


def _target(target: Target) -> str:
    return f"{target.typename or '(own type)'} {{ {_inputs(target.inputs)} }}"


def _inputs(inputs: tuple[Input, ...]) -> str:
    return " ".join(_input(item) for item in inputs)


def _input(item: Input) -> str:
    text = item.name if item.key == item.name else f"{item.name}: {item.key}"
    if item.inputs:
        text += f" {{ {_inputs(item.inputs)} }}"
    return text if item.types is None else f"...on {'|'.join(sorted(item.types))} {{ {text} }}"


def _guard(guard: Guard) -> str:
    return f"${guard.variable}" if guard.include else f"not ${guard.variable}"


def _request(request: Request) -> Iterator[str]:
    return iter(print_ast(parse(request.query)).splitlines())


def _indent(lines: Iterator[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)
