"""Pictures of a report, drawn from its tables."""
