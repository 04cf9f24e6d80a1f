"""Choosing a mixture by held-out predictions: candidates, scores, the rule."""
