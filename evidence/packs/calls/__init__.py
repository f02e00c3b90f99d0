"""The verbatim answers beside a pack: which are needed, what leaves redacted, the archive."""
