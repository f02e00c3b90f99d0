"""What a pack contains, how it is built, sealed and verified."""
