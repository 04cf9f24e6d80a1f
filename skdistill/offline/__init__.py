"""DistilledClassifier and DistilledRegressor, and their plan."""
