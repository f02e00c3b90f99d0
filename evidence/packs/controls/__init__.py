"""The control map: its data, the claims it bears on and how each is judged."""
