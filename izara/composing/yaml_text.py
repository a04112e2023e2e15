"""YAML as plain values, every scalar a string, with the place of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from gateway.composition import Location

_DEEPEST: Final = 12
_MOST: Final = 100_000


class YamlError(Exception):
    """A text that is no YAML that we take.

    Attributes:
        place: where it breaks, None where that is not known.
    """

    def __init__(self, message: str, place: Location | None) -> None:
        super().__init__(message)
        self.place = place


class YamlText:
    """A parsed document.

    Attributes:
        value: mappings, lists, strings and None. Scalars stay as they are written: a subgraph may be called `on`.
    """

    def __init__(self, name: str, text: str) -> None:
        """Parse it; `name` is that of its locations. Raises YamlError."""
        self._name = name
        self._values = 0
        try:
            self._root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = None if mark is None else Location(name, mark.line + 1, mark.column + 1)
            raise YamlError(f"it is no YAML: {error.problem or error.context}", place) from error
        except yaml.YAMLError as error:
            raise YamlError(f"it is no YAML: {error}", None) from error
        except RecursionError as error:
            raise YamlError("it is nested too deeply", None) from error
        self.value: Any = None if self._root is None else self._plain(self._root, 0)

    def place(self, path: Sequence[str | int], *, key: bool = False) -> Location | None:
        """Where the scalar at a path is, else its key; the nearest that is there where the path leads on."""
        node, found = self._root, self._root
        for index, step in enumerate(path):
            pair = _child(node, step)
            if pair is None:
                break
            node = pair[1]
            last = index == len(path) - 1
            found = node if isinstance(node, ScalarNode) and not (key and last) else pair[0]
        return None if found is None else self._location(found)

    def _plain(self, node: Node, depth: int) -> Any:
        """The value of a node, within bounds: a few aliases can stand for any number of values."""
        self._values += 1
        if depth > _DEEPEST:
            raise YamlError("it is nested too deeply", self._location(node))
        if self._values > _MOST:
            raise YamlError(f"it has more than {_MOST} values, aliases counted", self._location(node))
        value: Any
        if isinstance(node, MappingNode):
            value = {}
            for key, item in node.value:
                if not isinstance(key, ScalarNode):
                    raise YamlError("a key is no text", self._location(key))
                if key.value in value:
                    raise YamlError(f"{key.value!r} is given twice", self._location(key))
                value[key.value] = self._plain(item, depth + 1)
        elif isinstance(node, SequenceNode):
            value = [self._plain(item, depth + 1) for item in node.value]
        else:
            value = None if node.tag == "tag:yaml.org,2002:null" else node.value
        return value

    def _location(self, node: Node) -> Location:
        start, end = node.start_mark, node.end_mark
        if isinstance(node, ScalarNode):
            return Location(self._name, start.line + 1, start.column + 1, end.line + 1, end.column + 1)
        return Location(self._name, start.line + 1, start.column + 1)


def _child(node: Node | None, step: str | int) -> tuple[Node, Node] | None:
    """The key and the value of a step; of a list the value stands for both."""
    if isinstance(node, MappingNode):
        return next(((key, value) for key, value in node.value if key.value == step), None)
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None
