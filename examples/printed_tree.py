"""
A large ensemble in a tree of three levels
==========================================

A forest of 200 trees cannot be read; a tree of three levels fits on a slide. Trained
on labels such a tree is rough, since each leaf sees its own few labels. Trained on the
forest's out-of-fold probabilities it splits where the forest changes its mind.

Cells under a microscope: was the outline drawn well?
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier, export_text, plot_tree

from skdistill import DistilledClassifier
from skdistill.datasets import load_cells

cells = load_cells()
forest = RandomForestClassifier(200, min_samples_leaf=3, random_state=0)
tree = DecisionTreeClassifier(max_depth=3, random_state=0)

# %%
# Six draws of 500 training cells. Here the tree may see every column: the teacher is
# not better informed, it is larger. ``cv="oob"`` takes its out-of-bag predictions, so
# that one forest is trained and not five.
scores = {"forest": [], "tree on labels": [], "distilled tree": []}
losses = {name: [] for name in scores}
for seed in range(6):
    X_train, X_test, y_train, y_test = train_test_split(
        cells.data, cells.target, train_size=500, random_state=seed
    )
    fitted = {
        "forest": forest.fit(X_train, y_train),
        "tree on labels": tree.fit(X_train, y_train),
        "distilled tree": DistilledClassifier(forest, tree, alpha=1.0, cv="oob").fit(
            X_train, y_train
        ),
    }
    for name, model in fitted.items():
        probability = model.predict_proba(X_test)[:, 1]
        scores[name].append(roc_auc_score(y_test, probability))
        losses[name].append(log_loss(y_test, probability))
for name in scores:
    score, loss = np.mean(scores[name]), np.mean(losses[name])
    print(f"{name:15} AUC {score:.3f}, log-loss {loss:.3f}")

# %%
# The student is a plain ``DecisionTreeClassifier``, so scikit-learn prints it.
small = fitted["distilled tree"].student_
print(export_text(small, feature_names=list(X_train), decimals=1))

# %%
figure, ax = plt.subplots(figsize=(10, 4.5), layout="constrained")
plot_tree(
    small,
    feature_names=list(X_train),
    class_names=["poor", "well"],
    filled=True,
    impurity=False,
    proportion=True,
    precision=2,
    fontsize=7,
    ax=ax,
)
plt.show()

# %%
# A point above the line is a draw in which the soft targets helped.
figure, ax = plt.subplots(figsize=(4.2, 4), layout="constrained")
ax.scatter(scores["tree on labels"], scores["distilled tree"])
ends = [
    min(ax.get_xlim()[0], ax.get_ylim()[0]),
    max(ax.get_xlim()[1], ax.get_ylim()[1]),
]
ax.plot(ends, ends, color="grey", linestyle=":")
ax.set(xlabel="ROC AUC, tree on labels", ylabel="ROC AUC, distilled tree")
plt.show()
