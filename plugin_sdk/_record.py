"""A JSON object whose fields read as attributes: payloads, and answers to calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from plugin_sdk.errors import ErrorDetail, UserErrors


class Record:
    """A read-only JSON object: `record.good.id`, `record["good"]["id"]`, `"good" in record`.

    It has no methods of its own, so that no field name is hidden; `as_json` gives the plain value.
    What was not selected raises an AttributeError (a KeyError for items) that lists what was.
    """

    __slots__ = ("_fields", "_name")

    def __init__(self, fields: Mapping[str, Any], name: str = "record") -> None:
        object.__setattr__(self, "_fields", dict(fields))
        object.__setattr__(self, "_name", name)

    def __getattr__(self, field: str) -> Any:
        if field.startswith("__"):
            raise AttributeError(field)
        try:
            return self[field]
        except KeyError as error:
            raise AttributeError(error.args[0]) from None

    def __getitem__(self, field: str) -> Any:
        fields: dict[str, Any] = self._fields
        if field not in fields:
            present = ", ".join(fields) or "nothing"
            raise KeyError(f"{self._name} has no {field!r}; selected: {present}")
        return wrap(fields[field], f"{self._name}.{field}")

    def __setattr__(self, field: str, value: Any) -> None:
        raise AttributeError(f"{self._name} is read-only")

    def __contains__(self, field: object) -> bool:
        return field in self._fields

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Record):
            return bool(self._fields == other._fields)
        return bool(self._fields == other) if isinstance(other, Mapping) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # equal to a dict, so no more hashable than one

    def __repr__(self) -> str:
        return f"<{self._name} {self._fields!r}>"


def wrap(value: Any, name: str) -> Any:
    """A JSON value with its objects as records, lists included; scalars as they are."""
    if isinstance(value, Mapping):
        return Record(value, name)
    if isinstance(value, list):
        return [wrap(item, f"{name}[{index}]") for index, item in enumerate(value)]
    return value


def as_json(record: Record) -> dict[str, Any]:
    """The plain JSON object of a record."""
    return dict(record._fields)


def checked(payload: Record) -> Record:
    """The payload of a mutation, for handlers that cannot go on where it has errors.

    Raises:
        UserErrors: it has `errors`; the delivery then fails with them and is tried again.
    """
    errors = [ErrorDetail(str(raw.get("message")), raw.get("code")) for raw in payload._fields["errors"]]
    if errors:
        raise UserErrors(payload._name, errors)
    return payload
