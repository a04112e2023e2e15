"""Merges the subgraphs' models into one, a module per kind of element, attributing everything to its subgraphs."""
