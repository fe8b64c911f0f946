"""The configuration's keys, one file each; the reference is written from them."""
