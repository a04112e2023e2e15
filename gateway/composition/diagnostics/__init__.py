"""Findings of composition as text: `explain` for a result, `render` for findings of any origin."""

from gateway.composition.diagnostics.explain import explain
from gateway.composition.diagnostics.model import Diagnostic, of_error, of_hint
from gateway.composition.diagnostics.render import render
from gateway.composition.diagnostics.source import SourceText
from gateway.composition.diagnostics.text import printable

__all__ = ["Diagnostic", "SourceText", "explain", "of_error", "of_hint", "printable", "render"]
