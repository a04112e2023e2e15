"""Accounting's GraphQL types."""
