"""The rules, by subject: plain functions on plain data, which need no engine."""
