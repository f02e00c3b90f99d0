"""What several nights, items or jobs show together: recurrence, outbreaks, retries, anomalies, health, growth, concurrency. Pure."""
