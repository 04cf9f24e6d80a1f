"""
Optuna over teacher and student
===============================

Everything is a parameter of one estimator, so a search may change teacher, student and
mixture together, and scores what will be deployed: the student. With ``memory`` a
teacher is trained once for each of its own settings, however many students are tried.
"""

from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import optuna
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import cross_val_score
from xgboost import XGBClassifier

from skdistill import DistilledClassifier
from skdistill.datasets import load_wilms
from skdistill.objectives import Response

wilms = load_wilms()
folder = TemporaryDirectory()
model = DistilledClassifier(
    HistGradientBoostingClassifier(max_iter=60, random_state=0),
    XGBClassifier(n_estimators=60, random_state=0),
    student_features=wilms.regular_features,
    objective=Response(),  # An object has parameters to search; "response" has none.
    cv=3,
    memory=folder.name,
    random_state=0,
)


# %%
# The search
# ----------
#
# The teacher has few settings, so that the cache can help; the student has many.
def score(trial):
    """Cross-validate one setting of teacher, student and mixture."""
    model.set_params(
        teacher__max_leaf_nodes=trial.suggest_categorical("teacher leaves", [4, 8, 16]),
        student__max_depth=trial.suggest_int("student depth", 1, 5),
        student__learning_rate=trial.suggest_float("student rate", 0.02, 0.3, log=True),
        alpha=trial.suggest_float("alpha", 0.0, 1.0),
        objective__temperature=trial.suggest_float("temperature", 1.0, 4.0),
    )
    return cross_val_score(
        model, wilms.data, wilms.target, cv=3, scoring="neg_log_loss"
    ).mean()


optuna.logging.set_verbosity(optuna.logging.WARNING)
study = optuna.create_study(
    direction="maximize", sampler=optuna.samplers.TPESampler(seed=0)
)
study.optimize(score, n_trials=24)
print(f"log-loss {-study.best_value:.4f} with")
for name, value in study.best_params.items():
    print(f"  {name}: {value:.3g}")

# %%
# The best log-loss so far, and which trials had to train teachers. The best score of a
# search is optimistic; score the chosen model on rows that the search has not seen.
figure, ax = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
losses = [-trial.value for trial in study.trials]
seconds = [trial.duration.total_seconds() for trial in study.trials]
dots = ax.scatter(range(len(losses)), losses, c=seconds, cmap="viridis_r", s=30)
best = [min(losses[: place + 1]) for place in range(len(losses))]
ax.step(range(len(best)), best, where="post", color="grey")
ax.set(xlabel="trial", ylabel="log-loss, cross-validated")
figure.colorbar(dots, label="seconds")
plt.show()
folder.cleanup()
