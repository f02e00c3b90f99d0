"""The runs that policies expect of each item, and what came of each: pure rules over values."""
