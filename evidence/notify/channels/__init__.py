"""Adapters, one a kind of receiver; each looks first whether the other side has the message already, where it can be asked."""
