"""What is said of how changes go through the machines."""
