"""What was changed between two looks: policies, protection, security, and what is newly unprotected. Pure."""
