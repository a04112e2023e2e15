"""The registrar's GraphQL types (contract: Registrar)."""
