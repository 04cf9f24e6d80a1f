"""
Groups: a school must not teach itself
======================================

Children of one school are alike. A teacher that has seen the school predicts its other
children better than those of a new school, so its soft targets look better than they
are. With ``groups`` in ``fit``, whole schools are left out of each fold teacher.

Project STAR: reading after third grade. The scores of earlier years are privileged.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import r2_score
from sklearn.model_selection import GroupShuffleSplit, KFold

from skdistill import DistilledRegressor
from skdistill.datasets import load_star

star = load_star()
X, y, school = star.data, star.target, star.groups
booster = HistGradientBoostingRegressor(max_iter=60, max_leaf_nodes=8, random_state=0)
common = {"student_features": star.regular_features, "store_teacher": True}

# %%
# How good do the soft targets look, and how good is the teacher in a new school?
ways = {
    "rows left out": KFold(5, shuffle=True, random_state=0),
    "schools left out": 5,  # With groups, a number of folds keeps schools whole.
}
looks, students = {name: [] for name in ways}, {name: [] for name in ways}
new_school, labels = [], []
for seed in range(3):
    split = GroupShuffleSplit(1, test_size=0.4, random_state=seed)
    train, test = next(split.split(X, y, school))
    for name, cv in ways.items():
        model = DistilledRegressor(booster, booster, cv=cv, **common)
        given = {"groups": school.iloc[train]} if cv == 5 else {}
        model.fit(X.iloc[train], y.iloc[train], **given)
        targets = model.teacher_predictions_.ravel()
        looks[name].append(r2_score(y.iloc[train], targets))
        students[name].append(model.score(X.iloc[test], y.iloc[test]))
    new_school.append(model.teacher_.score(X.iloc[test], y.iloc[test]))
    regular = star.regular_features
    plain = booster.fit(X.iloc[train][regular], y.iloc[train])
    labels.append(plain.score(X.iloc[test][regular], y.iloc[test]))

# %%
# The grey line is the truth for the teacher. The way of splitting changes what the soft
# targets claim more than it changes the student.
figure, axes = plt.subplots(1, 2, figsize=(8, 3.4), layout="constrained")
for ax, title, kept in (
    (axes[0], "soft targets, out of fold", looks),
    (axes[1], "student, in new schools", {"labels alone": labels, **students}),
):
    ax.bar(list(kept), [np.mean(scores) for scores in kept.values()], width=0.6)
    ax.tick_params(axis="x", labelsize=8)
    ax.set(title=title, ylabel="R²")
axes[0].axhline(np.mean(new_school), color="grey", linestyle=":")
axes[0].set_ylim(0.4)
plt.show()
for name in ways:
    print(
        f"{name:17} targets R² {np.mean(looks[name]):.3f}, "
        f"student in new schools {np.mean(students[name]):.3f}"
    )
print(
    f"teacher in new schools {np.mean(new_school):.3f}, "
    f"student on labels {np.mean(labels):.3f}"
)
