"""
Reading a report where distillation hurts
=========================================

Digits in two resolutions: the student sees 16 grey blocks, the teacher 64 pixels. Few
rows, many classes, and labels without a mistake: what a teacher says here is less
certain than the label itself, and a student that imitates it loses.
"""

import matplotlib.pyplot as plt
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdistill import DistilledClassifier, distillation_report
from skdistill.datasets import load_digits_lowres
from skdistill.report import GainDisplay

digits = load_digits_lowres()
X, y = digits.data[:800], digits.target[:800]
model = DistilledClassifier(
    teacher=ExtraTreesClassifier(40, random_state=0),
    student=make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
    student_features=digits.regular_features,
    alpha=1.0,
    cv=3,
    random_state=0,
)
folds = RepeatedStratifiedKFold(n_splits=4, n_repeats=2, random_state=0)
report = distillation_report(
    model, X, y, cv=folds, scoring=["accuracy", "log_loss"], random_state=0
)

# %%
# The verdict goes by the first metric. ``gain`` is distilled minus baseline on the same
# folds; its interval says whether that is more than chance.
print("verdict:", report.verdict)
print(
    report.summary()[
        ["metric", "baseline", "distilled", "gain_low", "gain_high", "verdict"]
    ]
)

# %%
# The warnings say why.
for finding in report.findings:
    print(f"{finding.code}: {finding.message}")

# %%
GainDisplay.from_report(report).plot()
plt.show()

# %%
# What to do
# ----------
#
# Let ``alpha="auto"`` choose. Labels alone are among the candidates, each is scored by
# held-out predictions on true labels, and the plain student is deployed if it wins.
model.set_params(alpha="auto").fit(X, y)
print("chosen alpha:", model.alpha_)
