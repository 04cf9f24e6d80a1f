"""
Rows that nobody labelled
=========================

Labels are expensive; rows often are not. With ``X_unlabeled`` the fold teachers predict
rows without a label, and the student learns from these predictions as well. If the
rows have the privileged columns, that is worth nearly as much as labels. If they have
the student's columns only, a teacher that sees no more than the student predicts them,
and little is gained.

In the tumour study the central laboratory read the tumours of all 4,028 children. Here
the outcome of most of them is hidden: what are the readings alone worth?
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from skdistill import DistilledClassifier
from skdistill.datasets import load_wilms

wilms = load_wilms()
X, y, regular = wilms.data, wilms.target.to_numpy(), wilms.regular_features
booster = HistGradientBoostingClassifier(
    max_iter=50, max_leaf_nodes=8, learning_rate=0.08, random_state=0
)
model = DistilledClassifier(booster, booster, student_features=regular, random_state=0)
# Several children have the same values in all five columns. Rows that are labelled as
# well are left out, with a warning; here they are no mistake.
warnings.filterwarnings("ignore", message=".*equal rows of X")
sizes = [100, 200, 400, 800]
ways = ("labels alone", "distilled", "distilled, with the rows without labels")

# %%
# Eight draws: 70 % of the children to learn from, a few of them with a label, and 30 %
# to score the students on.
scores = {way: [] for way in ways}
bound = []
for seed in range(8):
    pool, test = train_test_split(
        np.arange(len(y)), test_size=0.3, stratify=y, random_state=seed
    )

    def score(student, test=test):
        """Score the probabilities of held-out children."""
        probability = student.predict_proba(X[regular].iloc[test])[:, 1]
        return roc_auc_score(y[test], probability)

    curves = {way: [] for way in ways}
    for size in sizes:
        labelled, others = train_test_split(
            pool, train_size=size, stratify=y[pool], random_state=seed
        )
        few, y_few, U = X.iloc[labelled], y[labelled], X.iloc[others]
        curves[ways[0]].append(score(booster.fit(few[regular], y_few)))
        curves[ways[1]].append(score(model.fit(few, y_few)))
        curves[ways[2]].append(score(model.fit(few, y_few, X_unlabeled=U)))
    for way in ways:
        scores[way].append(curves[way])
    bound.append(score(booster.fit(X[regular].iloc[pool], y[pool])))

# %%
# With the rows without labels a few hundred labels bring the student a good part of the
# way to the one that had a label for every child.
for way in ways:
    means = "  ".join(f"{mean:.3f}" for mean in np.mean(scores[way], axis=0))
    print(f"{way:40} {means}")
print(f"{'all children labelled':40} {np.mean(bound):.3f}")

figure, ax = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
for way, style in zip(ways, ("o:", "o--", "o-"), strict=True):
    ax.plot(sizes, np.mean(scores[way], axis=0), style, label=way)
ax.axhline(np.mean(bound), color="grey", label=f"{len(pool):,} labels, no teacher")
ax.set(
    title="What rows without labels are worth (tumour study)",
    xlabel="labelled children",
    ylabel="ROC AUC, mean of 8 draws",
    xscale="log",
    xticks=sizes,
    xticklabels=sizes,
)
ax.minorticks_off()
ax.legend(fontsize="small")
plt.show()

# %%
# ``unlabeled_weight="auto"`` puts the student without these rows, and labels alone,
# into the running; use it where the rows may come from elsewhere.
model.set_params(unlabeled_weight="auto", cv=3)
model.fit(few, y_few, X_unlabeled=U)
print("chosen weight of an unlabeled row:", model.unlabeled_weight_)
