"""How evidence is sealed: signatures, time stamps and the checks of both."""
