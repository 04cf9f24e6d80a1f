"""
Annotators' votes as soft targets
=================================

Several people looked at each row and did not always agree. A majority vote throws away
how sure they were. The shares of votes are soft targets that exist already:
``teacher="precomputed"``, and no teacher is trained.

The digits are real. The five annotators are simulated: each sees the picture through
noise, and takes what looks most similar.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdistill import DistilledClassifier
from skdistill.datasets import load_digits_lowres

digits = load_digits_lowres()
X, truth = digits.data[:, digits.regular_features], digits.target
pixels = digits.data[:, digits.privileged_features]
rng = np.random.default_rng(0)
means = np.stack([pixels[truth == digit].mean(axis=0) for digit in range(10)])
seen = [pixels + rng.normal(scale=11, size=pixels.shape) for _ in range(5)]
opinions = np.column_stack(
    [((image[:, None] - means) ** 2).sum(axis=2).argmin(axis=1) for image in seen]
)
votes = np.stack([(opinions == digit).sum(axis=1) for digit in range(10)], axis=1)
majority = votes.argmax(axis=1)
print(f"one annotator is right on {np.mean(opinions[:, 0] == truth):.0%} of the rows,")
print(
    f"the majority on {np.mean(majority == truth):.0%}; all agree on "
    f"{np.mean(votes.max(axis=1) == 5):.0%}"
)

# %%
# Shares of votes are probabilities. With ``alpha=1`` no label is needed; below 1 the
# majority vote is the label.
student = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
alphas = [0.0, 0.25, 0.5, 0.75, 1.0]
scores = np.empty((8, len(alphas), 2))
for draw in range(len(scores)):
    rows = np.random.default_rng(draw).permutation(len(X))
    train, test = rows[:300], rows[300:]
    for place, alpha in enumerate(alphas):
        model = DistilledClassifier("precomputed", student, alpha=alpha)
        model.fit(X[train], majority[train], soft_targets=votes[train] / 5)
        probability = model.predict_proba(X[test])
        scores[draw, place] = (
            log_loss(truth[test], probability),
            np.mean(model.predict(X[test]) == truth[test]),
        )

# %%
# Judged by the true digits, which no model has seen.
figure, axes = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
for ax, name, values in zip(
    axes,
    ("log-loss (less is better)", "accuracy"),
    scores.transpose(2, 0, 1),
    strict=True,
):
    ax.plot(alphas, values.T, color="C0", alpha=0.25)
    ax.plot(alphas, values.mean(axis=0), "o-", color="C1")
    ax.set(xlabel="alpha: 0 is the majority vote, 1 the shares", ylabel=name)
plt.show()
for alpha, (loss, accuracy) in zip(alphas, scores.mean(axis=0), strict=True):
    print(f"alpha {alpha:.2f}: log-loss {loss:.3f}, accuracy {accuracy:.3f}")

# %%
# Soft targets from elsewhere must not have seen the label of their row. Votes have not.
# A model's predictions must be out of fold.
