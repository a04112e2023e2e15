"""Commerce's GraphQL types."""
