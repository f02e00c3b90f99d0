"""Where facts come from: Azure, or files saved from it."""
