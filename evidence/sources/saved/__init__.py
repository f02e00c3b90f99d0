"""Files that people saved by hand: what `az` and PowerShell printed, and inventories as CSV."""
