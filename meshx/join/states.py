"""What stands in a resource's state while all is well; a refresh puts words in its place where it is not."""

IN_PLACE = "in place"
CERTIFICATE_VALID = "valid"
REFUSED = "refused"
