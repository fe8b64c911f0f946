"""The rules, by subject: plain functions on plain data, which no engine is needed for."""
