"""
Rows that nobody labelled
=========================

Labels are expensive; rows often are not. With ``X_unlabeled`` the fold teachers predict
rows without a label, and the student learns from these predictions as well. If the
rows have the privileged columns, that is worth nearly as much as labels. If they have
the student's columns only, a teacher that sees no more than the student predicts them,
and little is gained.

Will a flight be late? 400 labelled flights, and thousands of others. The delay at
departure and the weather are privileged.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from skdistill import DistilledClassifier
from skdistill.datasets import load_flights

flights = load_flights(20_000)
X, y, regular = flights.data, flights.target.to_numpy(), flights.regular_features
booster = HistGradientBoostingClassifier(
    max_iter=50, max_leaf_nodes=8, learning_rate=0.08, categorical_features="from_dtype"
)
sizes = [0, 500, 1000, 2000, 4000]

# %%
# Four draws: labelled rows, rows without a label, test rows.
with_privileged, all_labelled, labels_alone = [], [], []
for seed in range(4):
    rows = np.random.default_rng(seed).permutation(len(y))
    labelled, others, test = rows[:400], rows[400:4400], rows[4400:]
    model = DistilledClassifier(
        booster, booster, student_features=regular, random_state=seed
    )

    def score(student, test=test):
        """Score the probabilities of held-out flights."""
        probability = student.predict_proba(X[regular].iloc[test])[:, 1]
        return roc_auc_score(y[test], probability)

    curve = []
    for size in sizes:
        U = X.iloc[others[:size]] if size else None
        model.fit(X.iloc[labelled], y[labelled], X_unlabeled=U)
        curve.append(score(model))
    with_privileged.append(curve)
    labels_alone.append(score(booster.fit(X[regular].iloc[labelled], y[labelled])))
    both = np.concatenate([labelled, others])
    all_labelled.append(score(booster.fit(X[regular].iloc[both], y[both])))

# %%
# The student comes close to the one that had a label for every row.
mean = np.mean(with_privileged, axis=0)
print(f"labels alone {np.mean(labels_alone):.3f}")
for size, value in zip(sizes, mean, strict=True):
    print(f"{size:5} unlabeled rows: ROC AUC {value:.3f}")
print(f"all 4,400 rows labelled {np.mean(all_labelled):.3f}")

figure, ax = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
for curve in with_privileged:
    ax.plot(sizes, curve, color="C0", alpha=0.25)
ax.plot(sizes, mean, "o-", color="C0", label="400 labels, distilled")
for value, style, name in (
    (np.mean(labels_alone), ":", "400 labels, no teacher"),
    (np.mean(all_labelled), "--", "4,400 labels, no teacher"),
):
    ax.axhline(value, color="grey", linestyle=style, label=name)
ax.set(xlabel="rows without a label", ylabel="ROC AUC of the student")
ax.legend()
plt.show()

# %%
# ``unlabeled_weight="auto"`` puts the student without these rows, and labels alone,
# into the running; use it where the rows may come from elsewhere.
model.set_params(unlabeled_weight="auto", cv=3)
model.fit(X.iloc[labelled], y[labelled], X_unlabeled=X.iloc[others[:1000]])
print("chosen weight of an unlabeled row:", model.unlabeled_weight_)
