"""
Time series: teachers that predict their future only
====================================================

Rows in the order of time must not be shuffled: a teacher that has seen next week knows
too much of this one. ``TimeSeriesSplit`` lets each fold teacher predict what comes
after its training rows. Nobody can predict the first rows, and these do not train the
student.

Which share of a day's flights will land late? The calendar is known in advance; the
weather of the day is privileged.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import TimeSeriesSplit, cross_val_score

from skdistill import DistilledRegressor
from skdistill.datasets import load_flights

flights = load_flights(100_000)
weather = ["temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib"]
rows = flights.data.assign(late=flights.target, date=pd.to_datetime(flights.groups))
days = rows.groupby(["date", "origin"], observed=True).agg(
    dict.fromkeys([*weather, "late", "month", "weekday"], "mean")
)
days = days.reset_index().sort_values("date", kind="stable")
calendar = ["month", "weekday", "origin"]
print(len(days), "days of three airports;", f"{days['late'].mean():.0%} land late")

# %%
booster = HistGradientBoostingRegressor(max_iter=40, max_leaf_nodes=6, random_state=0)
model = DistilledRegressor(
    booster,
    booster,
    student_features=calendar,
    cv=TimeSeriesSplit(n_splits=9),
    store_teacher=True,
)
X, y = days[calendar + weather], days["late"]
model.fit(X, y)
targets = model.teacher_predictions_.ravel()
print(np.isnan(targets).sum(), "of", len(y), "rows have no soft target")

# %%
# More splits lose fewer rows at the start, and cost more teachers. The student on
# labels loses none, so compare with ``alpha=0``.
kennedy = (days["origin"] == "JFK").to_numpy()
figure, ax = plt.subplots(figsize=(8, 3.4), layout="constrained")
ax.plot(days["date"][kennedy], y[kennedy], color="lightgrey", label="what happened")
ax.plot(days["date"][kennedy], targets[kennedy], label="soft targets, out of fold")
ax.plot(days["date"][kennedy], model.predict(X)[kennedy], label="student, by calendar")
ax.set(ylabel="share of late flights, JFK")
ax.legend(fontsize=8)
plt.show()

# %%
# The whole model is scored in the order of time as well.
for name, alpha in (
    ("labels alone", 0.0),
    ("half and half", 0.5),
    ("teacher alone", 1.0),
):
    scores = cross_val_score(
        model.set_params(alpha=alpha),
        X,
        y,
        cv=TimeSeriesSplit(n_splits=4),
        scoring="neg_mean_absolute_error",
    )
    print(f"{name:14} mean absolute error {-scores.mean():.4f}")
