"""Market's GraphQL types."""
