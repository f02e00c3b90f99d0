"""What detectors need of sealed rows, and what they found on a night."""
