"""
Students of four libraries, one teacher
=======================================

The student may come from CatBoost, XGBoost, LightGBM or scikit-learn. Each library
learns soft targets in its own way, which ``student_route_`` names; ``alpha`` means the
same for all. With ``memory`` the teacher is trained once and serves all four.

Loans would be priced better with a credit bureau's report. Here the question is
whether the rate is above the median.
"""

from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from xgboost import XGBClassifier

from skdistill import DistilledClassifier
from skdistill.datasets import load_loans

loans = load_loans()
high = (loans.target > loans.target.median()).astype(int)
regular = loans.regular_features
text = ["state", "homeownership", "loan_purpose", "application_type"]
students = {
    "CatBoost": CatBoostClassifier(
        iterations=60,
        learning_rate=0.1,
        depth=4,
        cat_features=text,
        allow_writing_files=False,
        verbose=0,
    ),
    "XGBoost": XGBClassifier(
        n_estimators=60, learning_rate=0.1, max_depth=4, enable_categorical=True
    ),
    "LightGBM": LGBMClassifier(
        n_estimators=60, learning_rate=0.1, num_leaves=12, verbose=-1
    ),
    "HistGradientBoosting": HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=12
    ),
}
teacher = HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=12, random_state=0)

# %%
# 400 loans with a known rate to learn from, and all others to test on. ``alpha=0`` is
# the plain student: nothing else is trained.
labels, distilled, routes = ({name: [] for name in students} for _ in range(3))
with TemporaryDirectory() as folder:
    for seed in range(3):
        X_train, X_test, y_train, y_test = train_test_split(
            loans.data, high, train_size=400, random_state=seed
        )
        for name, student in students.items():
            plain = DistilledClassifier(
                teacher, student, student_features=regular, alpha=0.0
            ).fit(X_train, y_train)
            model = DistilledClassifier(
                teacher,
                student,
                student_features=regular,
                memory=folder,
                random_state=0,
            ).fit(X_train, y_train)
            for kept, fitted in ((labels, plain), (distilled, model)):
                probability = fitted.predict_proba(X_test)[:, 1]
                kept[name].append(roc_auc_score(y_test, probability))
            routes[name] = model.student_route_
            seconds = model.fit_times_
print("fit_times_ of the last model, in seconds:", seconds)

# %%
figure, ax = plt.subplots(figsize=(6.8, 3.4), layout="constrained")
for place, name in enumerate(students):
    gains = np.array(distilled[name]) - np.array(labels[name])
    print(
        f"{name:21} {routes[name]:14} labels {np.mean(labels[name]):.3f}, "
        f"distilled {np.mean(distilled[name]):.3f}"
    )
    ax.plot(gains, [place] * len(gains), "o", alpha=0.4, color="C0")
    ax.plot(gains.mean(), place, "|", markersize=24, color="C1")
ax.axvline(0, color="grey", linestyle=":")
ax.set_yticks(range(len(students)), students)
ax.set(xlabel="ROC AUC, distilled minus labels (one dot a draw, the bar is the mean)")
ax.invert_yaxis()
plt.show()
