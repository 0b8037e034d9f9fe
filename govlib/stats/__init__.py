"""Statistics: a table in, a table out."""
