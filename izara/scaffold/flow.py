"""A new flow: its folder in a service, one file for each step, and its test."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from flows.ids import hook_id, payload_type_name
from flows.schema import TAG
from izara.scaffold import flow_templates
from izara.scaffold.names import camel, entity_of, import_lines, pascal, snake
from izara.services import SERVICES
from registrar.refs import CONNECTABLE


class ScaffoldError(Exception):
    """The files cannot be made; the message says why and what to do."""


@dataclass(frozen=True)
class NewFlow:
    """A flow to be made.

    Args:
        root: the checkout, which has `subgraphs/` and `tests/`.
        service: a service of it.
        tag: the flow's.
        type: the objType that it changes an object of; plugins can be connected to it.
    """

    root: Path
    service: str
    tag: str
    type: str

    @property
    def snake(self) -> str:
        """The tag as a module's name."""
        return snake(self.tag)

    @property
    def folder(self) -> Path:
        """Where the flow lies."""
        return self.root / "subgraphs" / self.service / "flows" / self.snake

    @property
    def test(self) -> Path:
        """Where its test lies."""
        return self.root / "tests" / "unit" / "subgraphs" / self.service / f"test_{self.snake}.py"

    def names(self) -> Mapping[str, str]:
        """What the templates' names stand for."""
        entity = entity_of(self.service, self.type)
        thing = snake(self.type)
        return {
            "service": self.service,
            "tag": self.tag,
            "folder": self.snake,
            "constant": self.snake.upper(),
            "params": pascal(self.tag),
            "type": self.type,
            "thing": thing.replace("_", " "),
            "thing_name": thing,
            "id_name": f"{thing}_id",
            "id_field": f"{camel(self.type)}Id",
            "document": entity.documents.__name__,
            "payload_imports": import_lines(
                {"subgraphs.shared.context": ["SubgraphInfo"], entity.__module__: [self.type]}
            ),
            "before_payload": payload_type_name(hook_id(self.service, self.tag, "validate", "before")),
            "done_payload": payload_type_name(hook_id(self.service, self.tag, "commit", "done")),
        }

    def files(self) -> Mapping[Path, str]:
        """Every file with its text."""
        names = self.names()
        texts = {self.folder / f"{module}.py": text for module, text in self.modules().items()}
        texts[self.test] = self.test_text
        return {path: Template(text).substitute(names) for path, text in texts.items()}

    def modules(self) -> Mapping[str, str]:
        """The templates of the folder's modules."""
        return {
            "__init__": flow_templates.INIT,
            "params": flow_templates.PARAMS,
            "payloads": flow_templates.PAYLOADS,
            "validate": flow_templates.VALIDATE,
            "commit": flow_templates.COMMIT,
            "flow": flow_templates.FLOW,
        }

    @property
    def test_text(self) -> str:
        """The test's template."""
        return flow_templates.TEST

    def check(self) -> None:
        """Raises ScaffoldError where it cannot be made."""
        _check(self)


def make_flow(new: NewFlow) -> list[Path]:
    """Write the files of a new flow; gives their paths.

    Raises:
        ScaffoldError: a name cannot be used, a file is there already, or this is no checkout.
    """
    new.check()
    files = new.files()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(files)


def _check(new: NewFlow) -> None:
    types = sorted(item.name for item in CONNECTABLE.values() if item.service == new.service)
    if new.service not in SERVICES or new.service == "registrar":
        known = ", ".join(tag for tag in SERVICES if tag != "registrar")
        raise ScaffoldError(f"there is no service {new.service!r} to add a flow to; there are {known}")
    if not TAG.match(new.tag):
        raise ScaffoldError(f"flow tag {new.tag!r} must match [a-z][A-Za-z0-9]* (no underscore)")
    if keyword.iskeyword(new.snake):
        raise ScaffoldError(f"{new.snake!r} is a word of Python, which no module can be named; choose another tag")
    if new.type not in types:
        raise ScaffoldError(
            f"{new.service} has no objType {new.type!r} that plugins connect to; it has {', '.join(types)}"
        )
    if any(flow.tag == new.tag for flow in SERVICES[new.service].flows):
        raise ScaffoldError(f"{new.service} has a flow {new.tag!r} already; a generated one is replaced by hand")
    if not new.folder.parent.is_dir() or not new.test.parent.is_dir():
        raise ScaffoldError(f"{new.root} is no checkout of Izara: it has no subgraphs/{new.service}/flows; use --root")
    for path in (new.folder, new.folder.with_suffix(".py"), new.test):
        if path.exists():
            raise ScaffoldError(f"{path} is there already; choose another tag, or remove it first")
