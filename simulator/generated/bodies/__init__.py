"""What Azure would say about a generated world at a moment: JSON bodies, one module a kind.

Keys and value types are those of the recordings with api-versions from 2021-06-01 on, and nothing else; a contract test
holds them to that. Shapes are those of api-version 2023-04-01: names of tiers and actions, not numbers.
"""
