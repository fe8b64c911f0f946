"""`python -m meshx doctor`: looks at a stack's cluster and machines and says what is wrong, why, and what to do."""
