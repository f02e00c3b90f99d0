"""Where evidence rests: a local folder or Azure Blob, behind one small create-only port (`interface`)."""
