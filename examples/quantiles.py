"""
Quantiles: what to do instead
=============================

A teacher predicts the mean of what it knows. Means vary less than outcomes, so a
student that learns *quantiles* from a teacher's predictions gives intervals that are
far too narrow. Two ways are right: learn the quantiles from labels, or distil the mean
and put an interval around it that was calibrated on held-out rows.

Interest rates of loans; a credit bureau's report is privileged.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import cross_val_predict, train_test_split

from skdistill import DistilledRegressor
from skdistill.datasets import load_loans

loans = load_loans()
regular = loans.regular_features
X, X_test, y, y_test = train_test_split(
    loans.data, loans.target, train_size=4000, random_state=0
)
mean = HistGradientBoostingRegressor(max_iter=100, random_state=0)
low, high = (
    HistGradientBoostingRegressor(
        loss="quantile", quantile=q, max_iter=100, random_state=0
    )
    for q in (0.05, 0.95)
)

# %%
# Wrong: quantiles of the teacher's predictions
# ---------------------------------------------
answers = cross_val_predict(mean, X, y, cv=5)
intervals = {
    "quantiles of the teacher": [
        model.fit(X[regular], answers).predict(X_test[regular]) for model in (low, high)
    ],
    # Right, first way: the labels themselves.
    "quantiles of the labels": [
        model.fit(X[regular], y).predict(X_test[regular]) for model in (low, high)
    ],
}

# %%
# Right, second way: distil the mean, then calibrate
# --------------------------------------------------
#
# 1,000 rows are kept for the calibration. Of their absolute errors the 90 % quantile is
# how far the interval reaches (split conformal prediction).
X_fit, X_kept, y_fit, y_kept = train_test_split(X, y, test_size=1000, random_state=1)
model = DistilledRegressor(mean, mean, student_features=regular, random_state=0)
model.fit(X_fit, y_fit)
errors = np.sort(np.abs(y_kept - model.predict(X_kept)))
reach = errors[int(np.ceil(0.9 * (len(errors) + 1))) - 1]
center = model.predict(X_test)
intervals["distilled, calibrated"] = [center - reach, center + reach]

for name, (lower, upper) in intervals.items():
    inside = np.mean((y_test >= lower) & (y_test <= upper))
    width = np.mean(upper - lower)
    print(f"{name:25} holds {inside:.0%} instead of 90 %, {width:.1f} points wide")

# %%
figure, axes = plt.subplots(1, 3, figsize=(9, 3.2), sharey=True, layout="constrained")
shown = np.random.default_rng(0).choice(len(y_test), 300, replace=False)
for ax, (name, (lower, upper)) in zip(axes, intervals.items(), strict=True):
    inside = (y_test >= lower) & (y_test <= upper)
    ax.vlines(
        center[shown], lower[shown], upper[shown], color="lightsteelblue", zorder=1
    )
    colors = np.where(inside, "C0", "C3")[shown]
    ax.scatter(center[shown], y_test.to_numpy()[shown], s=6, c=colors, zorder=2)
    ax.set(title=f"{name}: {inside.mean():.0%}", xlabel="distilled mean")
    ax.title.set_size(9)
axes[0].set_ylabel("interest rate in %; red: outside")
plt.show()
