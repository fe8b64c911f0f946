"""A change on a machine is kept only once it is seen to serve; and a wave of machines holds before the next begins."""
