"""PostgreSQL: models, sessions, queries and migrations."""
