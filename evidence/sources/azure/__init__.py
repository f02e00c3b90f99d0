"""Azure as a source: clients, filters, paging, quota."""
