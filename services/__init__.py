"""The verbs of the business: one permission, one transaction, one audit row, its events."""
