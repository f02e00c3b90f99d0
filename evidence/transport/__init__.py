"""How something leaves this machine: mail and HTTPS, with the same rules for checkpoints and for notifications."""
