"""The configuration of `izara compose`: which subgraphs there are. What other tools call supergraph.yaml is taken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails

from gateway.composition.diagnostics import Diagnostic, SourceText
from izara.composing.files import FileUnreadableError, read_text
from izara.composing.sources import Gathered, Source, is_url
from izara.composing.variables import KeyPath, expanded
from izara.composing.yaml_text import YamlError, YamlText

CODE: Final = "CONFIG_INVALID"
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_VERSION: Final = re.compile(r"=?v?2(\.\d+){0,2}\Z|latest-2\Z")


class ConfigUnreadableError(Exception):
    """A configuration that names no subgraphs; it holds what to report."""

    def __init__(self, gathered: Gathered) -> None:
        super().__init__("; ".join(problem.message for problem in gathered.problems))
        self.gathered = gathered


def _version(value: str) -> str:
    if not _VERSION.match(value):
        raise ValueError("only federation 2 is composed (write 2); federation 1 subgraphs are upgraded")
    return value


def _url(value: str) -> str:
    if not is_url(value):
        raise ValueError("is no http or https URL")
    return value


def _headers(value: Mapping[str, str]) -> Mapping[str, str]:
    for name, text in value.items():
        if not _HEADER.match(name) or re.search(r"[\r\n\x00]", text):
            raise ValueError(f"{name!r} cannot be sent as a header")
    return {name.lower(): text for name, text in value.items()}


Url = Annotated[str, AfterValidator(_url)]
Headers = Annotated[dict[str, str], AfterValidator(_headers)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SchemaPlace(_Model):
    """Where a subgraph's SDL is: in a file, or given by the subgraph itself."""

    file: str | None = None
    subgraph_url: Url | None = None
    introspection_headers: Headers = {}

    @model_validator(mode="after")
    def _one(self) -> SchemaPlace:
        if (self.file is None) == (self.subgraph_url is None):
            raise ValueError("needs either file or subgraph_url")
        if self.introspection_headers and self.subgraph_url is None:
            raise ValueError("introspection_headers go with subgraph_url")
        return self


class SubgraphEntry(_Model):
    """One subgraph."""

    routing_url: str | None = None
    schema_: SchemaPlace

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=lambda name: name.rstrip("_"))


class ComposeConfig(_Model):
    """The whole file."""

    federation_version: Annotated[str, AfterValidator(_version)] = "2"
    subgraphs: dict[str, SubgraphEntry]


def read_config(path: Path, environment: Mapping[str, str]) -> list[Source]:
    """The subgraphs that a configuration names; its paths are relative to it. Raises ConfigUnreadableError.

    Args:
        environment: what `${env.NAME}` stands for.
    """
    name = str(path)
    try:
        text = read_text(path)
    except FileUnreadableError as error:
        raise ConfigUnreadableError(
            Gathered(problems=(Diagnostic("error", CODE, f"The configuration {error}", help=error.help),))
        ) from error
    problems: list[Diagnostic] = []
    unset: dict[KeyPath, Diagnostic] = {}
    try:
        document = YamlText(name, text)

        def told(path: KeyPath, message: str, way_out: str) -> None:
            unset[path] = _at(name, document, path, message, way_out)

        value = expanded(document.value, environment, told)
        config = ComposeConfig.model_validate(value if value is not None else {})
    except YamlError as error:
        places = () if error.place is None else (error.place,)
        problems.append(Diagnostic("error", CODE, f"{name}: {error}", locations=places))
    except ValidationError as error:
        found = error.errors(include_url=False)
        problems += [_problem(name, document, item) for item in found if item["loc"] not in unset]
    problems += unset.values()
    if problems:
        raise ConfigUnreadableError(Gathered(problems=tuple(problems), more={name: SourceText(text, name)}))
    return [_source(path.parent, key, entry) for key, entry in config.subgraphs.items()]


def _source(base: Path, name: str, entry: SubgraphEntry) -> Source:
    place = entry.schema_
    if place.file is not None:
        return Source(name, base / place.file, entry.routing_url or "")
    url = str(place.subgraph_url)
    return Source(name, url, entry.routing_url or url, place.introspection_headers)


def _problem(name: str, document: YamlText, error: ErrorDetails) -> Diagnostic:
    path, kind = error["loc"], error["type"]
    message = _SAID.get(kind) or str(error["msg"]).removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return _at(name, document, path, message, _known_keys(path), key=True)
    return _at(name, document, path, message, _HELP)


def _at(name: str, document: YamlText, path: KeyPath, message: str, way_out: str, *, key: bool = False) -> Diagnostic:
    """A finding about the value at a path, or about its key."""
    place = document.place(path, key=key)
    where = f"{name}: {'.'.join(str(step) for step in path)}" if path else name
    return Diagnostic("error", CODE, f"{where}: {message}", locations=() if place is None else (place,), help=way_out)


_SAID: Final = {
    "extra_forbidden": "is no key that is known here",
    "missing": "is missing",
    "string_type": "must be text",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
}
_HELP: Final = "docs/composition.md has the form of the file and an example."
_KEYS: Final[Mapping[int, tuple[str, ...]]] = {
    1: ("federation_version", "subgraphs"),
    3: ("routing_url", "schema"),
    4: ("file", "subgraph_url", "introspection_headers"),
}


def _known_keys(path: KeyPath) -> str:
    known = _KEYS.get(len(path), ())
    close = get_close_matches(str(path[-1]), known, 1)
    return f"Did you mean {close[0]!r}?" if close else f"The keys here are {', '.join(known)}."
