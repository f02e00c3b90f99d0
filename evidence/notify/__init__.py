"""Who owns a problem, and how they are told: rules, one outbox, channels."""
