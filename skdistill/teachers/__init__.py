"""From a teacher to out-of-fold predictions: cross-fitting, out-of-bag, cache."""
