"""An Azure on loopback: ARM, tokens and a time-stamp authority, built from facts.

It imports nothing of the product, so that a mistake shared by both cannot hide.
"""
