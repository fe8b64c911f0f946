"""What is wrong with a configuration, in the words of its file."""
