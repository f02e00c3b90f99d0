"""What an external reader of a pack sees: names and ids masked under a key of the engagement, free fields left out (DESIGN section 7)."""
