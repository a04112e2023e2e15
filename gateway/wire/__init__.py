"""Formats that both sides of the gateway speak: JSON and graphql-transport-ws. No input or output."""
