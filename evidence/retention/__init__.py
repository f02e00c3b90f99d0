"""How long evidence is kept, and what rule says so."""
