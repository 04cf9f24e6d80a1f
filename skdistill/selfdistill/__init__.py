"""SelfDistilled*: one estimator over generations."""
