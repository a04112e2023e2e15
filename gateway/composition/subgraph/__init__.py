"""Reads one subgraph: links, syntax, model, upgrade from federation 1."""
