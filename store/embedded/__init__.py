"""The embedded server: nx-27017 (a MongoDB wire server on SQLite) as a managed child process."""
