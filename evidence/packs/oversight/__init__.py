"""What people did with packs, store and configuration: reviews, deliveries, access, changes."""
