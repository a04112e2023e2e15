"""Bodies of requests as templates: all that is known beforehand is printed beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.planner.nodes import Request
from gateway.wire.json import dumps


class BodyTemplate:
    """One request's body, to be completed with the values of its variables.

    Args:
        variables: what it declares besides the client's variables, in the order in which they are sent.
    """

    def __init__(self, request: Request, variables: Sequence[str] = ()) -> None:
        start: dict[str, Any] = {"query": request.query}
        if request.operation_name is not None:
            start["operationName"] = request.operation_name
        self._bare = dumps(start)
        self._start = self._bare[:-1] + b',"variables":'
        self._open = self._start + b"{"
        self._client = tuple((name, dumps(name) + b":") for name in request.variables)
        self._own = tuple(dumps(name) + b":[" for name in variables)
        self._constant = not self._client and not self._own
        self._single = self._open + self._own[0] if len(self._own) == 1 and not self._client else None

    def fill(self, given: Mapping[str, Any], lists: Sequence[Sequence[bytes]] = ()) -> bytes:
        """The body.

        Args:
            given: the client's variables; those that are absent are left out.
            lists: the items of each own variable, as JSON.
        """
        if self._constant:
            return self._bare
        if self._single is not None:
            return b"%s%s]}}" % (self._single, b",".join(lists[0]))
        if not self._own:
            values = {name: given[name] for name, _ in self._client if name in given}
            return b"%s%s}" % (self._start, dumps(values)) if values else self._bare
        members = [prefix + dumps(given[name]) for name, prefix in self._client if name in given]
        members += [b"%s%s]" % (prefix, b",".join(items)) for prefix, items in zip(self._own, lists, strict=True)]
        return b"%s%s}}" % (self._open, b",".join(members)) if members else self._bare
