"""Dagster definitions, resources, jobs, schedules and sensors; wiring only."""
