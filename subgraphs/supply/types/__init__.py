"""Supply's GraphQL types."""
