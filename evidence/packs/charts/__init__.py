"""The charts of a pack's report as frozen values, one module a chart; how they are drawn is `reports`' part. Pure."""
