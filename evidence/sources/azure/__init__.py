"""Azure as a source: Recovery Services vaults, read through the real SDKs as transport.

Rows are never made here: what is kept is each body as it was received, and how it was asked for.
"""

from evidence.sources.azure.options import AzureOptions
from evidence.sources.azure.source import AzureSource, azure_source

__all__ = ["AzureOptions", "AzureSource", "azure_source"]
