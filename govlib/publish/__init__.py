"""A figure or table as files for a journal, the web or slides."""
