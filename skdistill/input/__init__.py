"""What fit and predict are given: columns, rows, targets, weights, splits, members."""
