"""
The competition recipe, end to end
==================================

Training data with columns that the test data lack, few positives, and macro F1 as the
metric. The usual recipe is: a teacher on all columns, its out-of-fold predictions as
soft targets, the mean of one student per fold, and a threshold that is tuned on
held-out predictions. Here all of it is one estimator, which is scored on test rows.

Car crashes: who died? The impact speed and whether an airbag opened were found by
investigators, so they are known for the training rows only.
"""

import matplotlib.pyplot as plt
from catboost import CatBoostClassifier
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import TunedThresholdClassifierCV, train_test_split

from skdistill import DistilledClassifier
from skdistill.datasets import load_crashes

crashes = load_crashes()
X_train, X_test, y_train, y_test = train_test_split(
    crashes.data,
    crashes.target,
    train_size=3000,
    stratify=crashes.target,
    random_state=0,
)
X_test = X_test[crashes.regular_features]  # The test data lack the other columns.
print(f"{len(y_train)} training rows, {y_train.sum()} deaths among them")

# %%
# Teacher, student and the mean of one student per fold
# -----------------------------------------------------
#
# Both are CatBoost. ``cat_features`` by name may list columns that only one of the two
# sees. ``student_cv`` trains one student per fold and averages their predictions.
text = [c for c in crashes.data if crashes.data[c].dtype == "category"]
booster = CatBoostClassifier(
    iterations=80,
    learning_rate=0.1,
    depth=4,
    cat_features=text,
    allow_writing_files=False,
)
model = DistilledClassifier(
    teacher=booster,
    student=booster,
    student_features=crashes.regular_features,
    cv=3,
    student_cv=3,
    random_state=0,
)

# %%
# The threshold
# -------------
#
# Probabilities stay as they are; the threshold is chosen for macro F1 by
# cross-validation around the whole model.
tuned, plain = (
    TunedThresholdClassifierCV(
        around,
        scoring="f1_macro",
        cv=3,
        store_cv_results=True,
    ).fit(X_train, y_train)
    for around in (
        model,
        DistilledClassifier(
            booster, booster, student_features=crashes.regular_features, alpha=0.0
        ),
    )
)
for name, fitted in (("labels alone", plain), ("distilled", tuned)):
    probability = fitted.predict_proba(X_test)[:, 1]
    print(
        f"{name:12}  ROC AUC {roc_auc_score(y_test, probability):.3f}  "
        f"macro F1 at .5 {f1_score(y_test, probability > 0.5, average='macro'):.3f}  "
        f"at {fitted.best_threshold_:.2f} "
        f"{f1_score(y_test, fitted.predict(X_test), average='macro'):.3f}"
    )

# %%
# The curve of the cross-validated metric says how much depends on the threshold: here
# it is worth more than the choice of the training targets.
figure, ax = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
for name, fitted in (("labels alone", plain), ("distilled", tuned)):
    results = fitted.cv_results_
    (line,) = ax.plot(results["thresholds"], results["scores"], label=name)
    ax.axvline(fitted.best_threshold_, color=line.get_color(), linestyle=":")
ax.set(xlabel="threshold", ylabel="macro F1, cross-validated", xlim=(0, 0.8))
ax.legend()
plt.show()
