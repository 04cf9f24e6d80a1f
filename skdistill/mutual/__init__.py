"""MutualDistilled*: peers that teach each other while they learn."""
