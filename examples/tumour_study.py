"""
A laboratory that only the study had
====================================

In the National Wilms Tumor Study each tumour was read twice: in the child's own
hospital and in a central laboratory. The second reading predicts a relapse better, but
it does not exist where the model is used. Does it help to let a teacher learn from it?

The report answers with four models on the same folds: the **teacher** (all columns),
the student on labels alone (the **baseline**), the **distilled** student, and the
**control**, whose teacher lacks the central reading, too. What the control gains as
well is smoothing, and owes nothing to the privileged column.
"""

import matplotlib.pyplot as plt
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import RepeatedStratifiedKFold

from skdistill import DistilledClassifier, distillation_report
from skdistill.datasets import load_wilms
from skdistill.report import GainDisplay, TradeOffDisplay

wilms = load_wilms()
print(wilms.data.groupby(["instit", "histol"]).size().unstack())

# %%
booster = HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=8, random_state=0)
model = DistilledClassifier(
    teacher=booster,
    student=booster,
    student_features=wilms.regular_features,
    random_state=0,
)
report = distillation_report(
    model,
    wilms.data,
    wilms.target,
    scoring=["roc_auc", "log_loss"],
    cv=RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0),
    random_state=0,
)
print(report)

# %%
# Each line of the first picture is a fold. The gain that counts is of "distilled" over
# the baseline, fold by fold; that over "control" is what the privileged column brought.
GainDisplay.from_report(report).plot()
plt.show()

# %%
# The student costs what any student of its class costs at prediction.
TradeOffDisplay.from_report(report).plot()
plt.show()
