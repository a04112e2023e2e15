"""A new flow over many objects: each is changed by a run of another flow, which is made too unless it is there."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from flows.schema import Flow
from izara.scaffold import flow_templates, over_templates
from izara.scaffold.flow import NewFlow, ScaffoldError
from izara.scaffold.names import camel, entity_of, import_lines, pascal, snake
from izara.services import SERVICES


@dataclass(frozen=True)
class NewFlowOver(NewFlow):
    """A flow over many objects to be made.

    Args:
        type: the objType that the objects belong to.
        over: the objects' own.
        each: tag of the flow that is run for each of them; the tag without its plural where empty.
    """

    over: str = ""
    each: str = ""

    @property
    def single(self) -> NewFlow:
        """The flow for one object."""
        return NewFlow(self.root, self.service, self.each or self.tag.removesuffix("s"), self.over)

    @property
    def existing(self) -> Flow[Any] | None:
        """That flow, where the service has it."""
        return next((flow for flow in SERVICES[self.service].flows if flow.tag == self.single.tag), None)

    @property
    def makes_single(self) -> bool:
        """Whether the flow for one object is made as well."""
        return self.existing is None and not self.single.folder.exists()

    @property
    def things(self) -> str:
        """The step over the objects, by what they are."""
        return f"{camel(self.over)}s"

    def modules(self) -> Mapping[str, str]:
        """The templates of the folder's modules."""
        return {
            "__init__": flow_templates.INIT,
            "params": flow_templates.PARAMS,
            "payloads": over_templates.PAYLOADS,
            "validate": flow_templates.VALIDATE,
            "begin": over_templates.BEGIN,
            snake(self.things): over_templates.THINGS,
            "commit": over_templates.COMMIT,
            "flow": over_templates.FLOW,
        }

    @property
    def test_text(self) -> str:
        """The test's template."""
        return over_templates.TEST

    def names(self) -> Mapping[str, str]:
        """What the templates' names stand for."""
        module, constant, params = self._single_names()
        folder = f"subgraphs.{self.service}.flows.{self.snake}"
        things, own = snake(self.things), super().names()
        document, met = own["document"], entity_of(self.service, self.over).documents.__name__
        documents, each_name = f"subgraphs.{self.service}.documents", snake(self.single.tag)
        of = [things.upper(), f"{each_name}_of", f"{things}_of"]
        flow = {
            f"{folder}.begin": ["BEGIN"],
            f"{folder}.commit": ["COMMIT"],
            f"{folder}.{things}": [things.upper()],
            f"{folder}.params": [own["params"], "check"],
            f"{folder}.validate": ["VALIDATE"],
        }
        test = {
            documents: {document, met},
            module: [constant, params],
            folder: [own["constant"], own["params"]],
            f"{folder}.begin": ["begin"],
            f"{folder}.commit": ["COMMIT", "commit"],
            f"{folder}.{things}": of,
            f"{folder}.params": ["check"],
            f"{folder}.validate": ["VALIDATE", "before"],
        }
        step = {documents: [met], module: [params], f"{folder}.params": [own["params"]]}
        return {
            **own,
            "object": snake(self.over).replace("_", " "),
            "object_name": snake(self.over),
            "object_document": met,
            "things_tag": self.things,
            "things_name": things,
            "things_constant": things.upper(),
            "each": self.single.tag,
            "each_name": each_name,
            "each_params": params,
            "each_constant": constant,
            "flow_imports": import_lines(flow),
            "step_imports": import_lines(step),
            "test_imports": import_lines(test),
        }

    def _single_names(self) -> tuple[str, str, str]:
        """The module of the flow for one object, and its names there: of the flow, and of its params."""
        flow, single = self.existing, self.single
        if flow is None:
            return f"subgraphs.{self.service}.flows.{single.snake}", single.snake.upper(), pascal(single.tag)
        # The module of its params has the flow too, where it is one file; the package above, where it is a folder.
        module = flow.params.__module__
        for there in (module, module.rpartition(".")[0]):
            found = vars(sys.modules[there]) if there in sys.modules else {}
            named = [name for name, value in found.items() if isinstance(value, Flow) and value.tag == flow.tag]
            if named and found.get(flow.params.__name__) is flow.params:
                return there, named[0], flow.params.__name__
        raise ScaffoldError(
            f"there is no module that both the flow {flow.tag!r} and its params can be imported from: it is generated;"
            " write it by hand, or choose another with --each"
        )

    def files(self) -> Mapping[Path, str]:
        """Every file with its text; the test of this flow is the last."""
        return {**(self.single.files() if self.makes_single else {}), **super().files()}

    def check(self) -> None:
        """Raises ScaffoldError where it cannot be made."""
        super().check()
        if self.single.tag == self.tag:
            raise ScaffoldError(f"name the flow that each {self.over} is changed by: --each")
        if self.makes_single:
            self.single.check()
        owner = f"{snake(self.type)}_id"
        if owner not in entity_of(self.service, self.over).documents.model_fields:
            raise ScaffoldError(f"a {self.over} says of no {self.type} that it belongs to it; give another --on")
        self._check_params(f"{snake(self.over)}_id")

    def _check_params(self, id_name: str) -> None:
        """Its params are made of the object's id: whatever else it must be given, nobody knows here."""
        if self.existing is None:
            return
        self._single_names()
        needed = {item.name for item in fields(self.existing.params) if item.default is item.default_factory is MISSING}
        if needed != {id_name}:
            raise ScaffoldError(
                f"{self.single.tag!r} takes {', '.join(sorted(needed))}, so it cannot be run for each {self.over} by"
                " its id alone; choose another with --each, or write the step by hand (docs/flows.md)"
            )
