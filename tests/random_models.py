"""Random models and data for the property-based tests: small, and of every kind.

A `Case` is drawn by hypothesis as names and numbers, so that a failure prints what is
needed to build it again: ``Case(...).model()`` and ``Case(...).data()``.
"""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse
from catboost import CatBoostClassifier, CatBoostRegressor
from hypothesis import strategies as st
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import (
    TransformedTargetRegressor,
    make_column_selector,
    make_column_transformer,
)
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
)
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from xgboost import XGBClassifier, XGBRegressor

import skdistill
from skdistill.objectives import Feature, Relation, Response

FITS: Counter = Counter()  # Fits that each class has completed, see `count_fits`.
_TEACHERS: dict[type, type] = {}


def count_fits(patch):
    """Let the classes of all members count the fits that they complete."""

    def counting(fit):
        @functools.wraps(fit)
        def counted(self, *args, **kwargs):
            fitted = fit(self, *args, **kwargs)
            FITS[type(self)] += 1
            return fitted

        return counted

    for cls in MEMBER_CLASSES:
        patch.setattr(cls, "fit", counting(cls.fit))


def _as_teacher(cls):
    """Return a subclass whose fits are told apart from those of students."""
    if cls not in _TEACHERS:
        name = f"Teacher{cls.__name__}"
        _TEACHERS[cls] = type(name, (cls,), {"__module__": __name__})
        globals()[name] = _TEACHERS[cls]  # Where pickle finds it.
    return _TEACHERS[cls]


def _booster(kind, **params):
    few = {
        "catboost": {
            "iterations": 3,
            "depth": 2,
            "thread_count": 1,
            "allow_writing_files": False,
            "verbose": 0,
        },
        "xgboost": {"n_estimators": 2, "max_depth": 2, "n_jobs": 1},
        "lightgbm": {
            "n_estimators": 2,
            "num_leaves": 4,
            "min_child_samples": 2,
            "n_jobs": 1,
            "verbose": -1,
        },
    }
    return few[kind] | params


def _encoded(final):
    """Pipeline for any frame: numbers imputed, all other columns one-hot encoded."""
    numbers = make_column_selector(dtype_include="number")
    others = make_column_selector(dtype_exclude="number")
    return make_pipeline(
        make_column_transformer(
            (SimpleImputer(keep_empty_features=True), numbers),
            (OneHotEncoder(handle_unknown="ignore"), others),
        ),
        final,
    )


def _imputed(final):
    return make_pipeline(
        SimpleImputer(keep_empty_features=True), StandardScaler(with_mean=False), final
    )


# What a member takes beside finite numbers: n NaN, c categories, s sparse, m several
# outputs; and in capitals what it cannot do without: F a frame, C a category in "c",
# P a target that is not negative. Each is made of a mapping from its own class to the
# class to use in its place.
CLASSIFIERS = {
    "tree": ("nsm", lambda of: of(DecisionTreeClassifier)(max_depth=2)),
    "logistic": ("s", lambda of: of(LogisticRegression)()),
    "bayes": ("", lambda of: of(GaussianNB)()),
    "neighbours": ("s", lambda of: of(KNeighborsClassifier)(3)),
    "forest": ("ns", lambda of: of(RandomForestClassifier)(5, max_depth=3)),
    "extra trees": (
        "s",
        lambda of: of(ExtraTreesClassifier)(5, class_weight="balanced"),
    ),
    "histogram": (
        "nc",
        lambda of: of(HistGradientBoostingClassifier)(
            max_iter=2, categorical_features="from_dtype"
        ),
    ),
    "catboost": ("ns", lambda of: of(CatBoostClassifier)(**_booster("catboost"))),
    "xgboost": (
        "nsc",
        lambda of: of(XGBClassifier)(**_booster("xgboost", enable_categorical=True)),
    ),
    "lightgbm": ("nsc", lambda of: of(LGBMClassifier)(**_booster("lightgbm"))),
    "imputed": ("ns", lambda of: _imputed(of(LogisticRegression)(max_iter=20))),
    "encoded": ("cnF", lambda of: _encoded(of(DecisionTreeClassifier)(max_depth=2))),
    "encoded catboost": (
        "cnC",
        lambda of: of(CatBoostClassifier)(**_booster("catboost", cat_features=["c"])),
    ),
    "balanced tree": (
        "ns",
        lambda of: of(DecisionTreeClassifier)(max_depth=2, class_weight="balanced"),
    ),
    "balanced logistic": (
        "s",
        lambda of: of(LogisticRegression)(class_weight="balanced"),
    ),
    "balanced lightgbm": (
        "nsc",
        lambda of: of(LGBMClassifier)(**_booster("lightgbm", class_weight="balanced")),
    ),
    "balanced catboost": (
        "ns",
        lambda of: of(CatBoostClassifier)(
            **_booster("catboost", auto_class_weights="Balanced")
        ),
    ),
    "bagging": ("ns", lambda of: of(BaggingClassifier)(DecisionTreeClassifier(), 6)),
    "stacking": (
        "",
        lambda of: of(StackingClassifier)([("n", GaussianNB())], cv=2),
    ),
    "voting": (
        "",
        lambda of: of(VotingClassifier)([("n", GaussianNB())], voting="soft"),
    ),
    "search": (
        "ns",
        lambda of: of(GridSearchCV)(
            DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2]}, cv=2
        ),
    ),
    "calibrated": (
        "s",
        lambda of: of(CalibratedClassifierCV)(DecisionTreeClassifier(), cv=2),
    ),
    "stopping": (
        "n",
        lambda of: of(HistGradientBoostingClassifier)(max_iter=3, early_stopping=True),
    ),
    "no probabilities": ("s", lambda of: of(LinearSVC)()),
}
REGRESSORS = {
    "tree": ("nsm", lambda of: of(DecisionTreeRegressor)(max_depth=2)),
    "ridge": ("sm", lambda of: of(Ridge)()),
    "linear": ("m", lambda of: of(LinearRegression)()),
    "neighbours": ("sm", lambda of: of(KNeighborsRegressor)(3)),
    "forest": ("nsm", lambda of: of(RandomForestRegressor)(5, max_depth=3)),
    "histogram": (
        "nc",
        lambda of: of(HistGradientBoostingRegressor)(
            max_iter=2, categorical_features="from_dtype"
        ),
    ),
    "catboost": ("ns", lambda of: of(CatBoostRegressor)(**_booster("catboost"))),
    "catboost of several": (
        "nsm",
        lambda of: of(CatBoostRegressor)(
            **_booster("catboost", loss_function="MultiRMSE")
        ),
    ),
    "xgboost": (
        "nscm",
        lambda of: of(XGBRegressor)(**_booster("xgboost", enable_categorical=True)),
    ),
    "lightgbm": ("nsc", lambda of: of(LGBMRegressor)(**_booster("lightgbm"))),
    "imputed": ("nsm", lambda of: _imputed(of(Ridge)())),
    "encoded": ("cnmF", lambda of: _encoded(of(DecisionTreeRegressor)(max_depth=2))),
    "encoded catboost": (
        "cnC",
        lambda of: of(CatBoostRegressor)(**_booster("catboost", cat_features=["c"])),
    ),
    "bagging": ("ns", lambda of: of(BaggingRegressor)(DecisionTreeRegressor(), 6)),
    "stacking": ("", lambda of: of(StackingRegressor)([("r", Ridge())], cv=2)),
    "search": (
        "nsm",
        lambda of: of(GridSearchCV)(
            DecisionTreeRegressor(random_state=0), {"max_depth": [1, 2]}, cv=2
        ),
    ),
    "transformed": (
        "P",
        lambda of: of(TransformedTargetRegressor)(
            Ridge(), func=np.log1p, inverse_func=np.expm1
        ),
    ),
    "poisson": ("sP", lambda of: of(PoissonRegressor)()),
    "poisson histogram": (
        "nP",
        lambda of: of(HistGradientBoostingRegressor)(max_iter=2, loss="poisson"),
    ),
    "poisson lightgbm": (
        "nscP",
        lambda of: of(LGBMRegressor)(**_booster("lightgbm", objective="poisson")),
    ),
    "quantile histogram": (
        "n",
        lambda of: of(HistGradientBoostingRegressor)(
            max_iter=2, loss="quantile", quantile=0.8
        ),
    ),
}


def _class_of(make):
    used = []

    def of(cls):
        used.append(cls)
        return cls

    make(of)
    return used[0]


MEMBER_CLASSES = sorted(
    {
        _class_of(make)
        for pool in (CLASSIFIERS, REGRESSORS)
        for _, make in pool.values()
    },
    key=lambda cls: cls.__name__,
)


def make_member(pool, name, of=lambda cls: cls):
    """Build a member, with the class that `of` gives for its own."""
    return pool[name][1](of)


SPLITTERS = {
    "3": lambda: 3,
    "2": lambda: 2,
    "4 unshuffled": lambda: KFold(4),
    "stratified": lambda: StratifiedKFold(3, shuffle=True, random_state=0),
    "repeated": lambda: RepeatedKFold(n_splits=3, n_repeats=2, random_state=0),
    "shuffled": lambda: ShuffleSplit(3, test_size=0.4, random_state=0),
    "time": lambda: TimeSeriesSplit(3),
    "groups": lambda: GroupKFold(3),
    "each group": lambda: LeaveOneGroupOut(),
    "default": lambda: None,
}
OBJECTIVES = {
    "response": lambda: "response",
    "soft": lambda: Response(temperature=2.0),
    "corrected": lambda: Response(correction=0.1),
    "correction auto": lambda: Response(correction="auto"),
    "logit": lambda: Response(scale="logit"),
    "feature": lambda: Feature(n_components=2),
    "boundary": lambda: [Response(), Feature(match="boundary", n_components=2)],
    "relation": lambda: Relation(n_landmarks=3, n_components=2),
    "relation of responses": lambda: [
        Response(temperature=2.0),
        Relation(n_landmarks=3, space="response"),
    ],
}
LABELS = {
    "codes": lambda codes: codes,
    "gaps": lambda codes: np.array([-1, 1, 7, 8])[codes],
    "strings": lambda codes: np.array(["no", "yes", "maybe", "a"])[codes],
    "numerals": lambda codes: np.array(["1", "2", "10", "03"])[codes],
    "floats": lambda codes: np.array([1.0, 2.0, 3.0, 4.0])[codes],
    "objects": lambda codes: np.array(["b", "a", "d", "c"], dtype=object)[codes],
    "booleans": lambda codes: codes > 0,
}


@dataclass(frozen=True)
class Data:
    """A recipe of training data."""

    task: str = "classes"
    n_samples: int = 40
    n_columns: int = 4
    n_classes: int = 2
    rare: bool = False
    labels: str = "codes"
    n_outputs: int = 1
    values: str = "any"
    kind: str = "array"
    weights: str = "none"
    groups: bool = False
    seed: int = 0
    n_unlabeled: int = 0
    soft_targets: bool = False

    def make(self) -> tuple[Any, np.ndarray, dict[str, Any]]:
        """Return X, y and what else is passed to `fit`."""
        rng = np.random.default_rng(self.seed)
        X = rng.normal(size=(self.n_samples, self.n_columns))
        signal = X[:, 0] + X[:, -1] + rng.normal(size=self.n_samples) / 2
        y = self._classes(signal) if self.task == "classes" else self._values(signal)
        params = {}
        if self.weights != "none":
            params["sample_weight"] = self._weights(rng, y)
        if self.groups:
            params["groups"] = rng.permutation(np.arange(self.n_samples) % 5)
        if self.n_unlabeled:
            U = rng.normal(size=(self.n_unlabeled, self.n_columns))
            params["X_unlabeled"] = self._container(U, rng)
        if self.soft_targets:
            params["soft_targets"] = self._soft_targets(rng, y)
        return self._container(X, rng), y, params

    def _soft_targets(self, rng, y):
        soft = y + rng.normal(size=y.shape) if self.task == "values" else None
        if soft is None:
            one_hot = (y[:, None] == np.unique(y)) + 0.0
            soft = 0.7 * one_hot + 0.3 * rng.dirichlet(np.ones(one_hot.shape[1]))
        soft[:3] = np.nan
        return soft

    def _classes(self, signal):
        ranks = signal.argsort().argsort()
        codes = ranks * self.n_classes // self.n_samples
        if self.rare:  # One row of the last class, the others of the first ones.
            codes = np.where(codes == self.n_classes - 1, 0, codes)
            codes[ranks.argmax()] = self.n_classes - 1
        return LABELS[self.labels](codes)

    def _values(self, signal):
        y = signal
        if self.values == "counts":
            y = np.floor(np.exp(signal / 2))
        elif self.values == "unit":
            y = 1.0 / (1.0 + np.exp(-signal))
        elif self.values == "integers":
            y = np.round(signal).astype(int)
        elif self.values == "constant":
            y = np.ones_like(signal)
        if self.n_outputs > 1:
            return np.column_stack([y, y[::-1]])
        return y

    def _weights(self, rng, y):
        weight = rng.uniform(0.1, 2.0, size=self.n_samples)
        if self.weights == "zeros":
            weight[rng.random(self.n_samples) < 0.3] = 0.0
        elif self.weights == "late":
            weight[: self.n_samples // 2] = 0.0
        elif self.weights == "class":
            weight[y == y[0]] = 0.0
        elif self.weights == "ones":
            weight = np.ones(self.n_samples, dtype=int)
        return weight

    def _container(self, X, rng):
        missing = rng.random(X.shape) < 0.15
        names = list("abcdefgh")[: self.n_columns]
        if self.kind == "float32":
            return X.astype(np.float32)
        if self.kind == "integers":
            return np.round(2 * X).astype(int)
        if self.kind == "columns":
            return np.asfortranarray(X)
        if self.kind == "lists":
            return X.tolist()
        if self.kind == "missing":
            return np.where(missing, np.nan, X)
        if self.kind == "sparse":
            return scipy.sparse.csr_matrix(np.where(np.abs(X) < 0.7, 0.0, X))
        if self.kind == "csc":
            return scipy.sparse.csc_matrix(np.where(np.abs(X) < 0.7, 0.0, X))
        if self.kind == "array":
            return X
        frame = pd.DataFrame(X, columns=names)
        if self.kind in ("frame missing", "categories"):
            frame = frame.mask(missing)
        if self.kind == "categories":
            codes = np.digitize(X[:, 2], [-0.5, 0.5])
            levels = np.array(["low", "mid", "high"])
            frame["c"] = pd.Categorical(levels[codes], categories=levels)
        return frame


_ASKS = {
    "missing": "n",
    "frame missing": "n",
    "categories": "nc",
    "sparse": "s",
    "csc": "s",
}
_OFFERS = {"frame": "F", "frame missing": "F", "categories": "FC"}


def suits(takes, recipe):
    """Whether a member can learn from such data by itself."""
    asked = _ASKS.get(recipe.kind, "") + ("m" if recipe.n_outputs > 1 else "")
    offered = _OFFERS.get(recipe.kind, "")
    if recipe.values not in ("any", "integers"):
        offered += "P"
    return set(asked) <= set(takes) and {t for t in takes if t.isupper()} <= set(
        offered
    )


@dataclass(frozen=True)
class Case:
    """A recipe of a model and its training data."""

    kind: str
    members: tuple[str, ...]
    data: Data
    params: dict[str, Any] = field(default_factory=dict)

    def teachers(self):
        """Return the classes whose fits are those of teachers."""
        members = self.members if self.kind == "Mutual" else self.members[:1]
        if members[0] == "precomputed":
            return set()
        classes = {_class_of(self._pool()[name][1]) for name in members}
        if self.kind == "Distilled" and self.members[1] != "none":
            classes = {_as_teacher(cls) for cls in classes}
        return classes

    def members_alone(self):
        """Return the members and the columns that each one sees."""
        model = self.model()
        if self.kind == "Self":
            return [(model.estimator, model.features)]
        if self.kind == "Mutual":
            columns = model.peer_features or {}
            return [(peer, columns.get(name)) for name, peer in model.peers]
        student = self.model().teacher if model.student is None else model.student
        members = [
            (model.teacher, model.teacher_features),
            (student, model.student_features),
        ]
        return members[self.members[0] == "precomputed" :]

    def _pool(self):
        return CLASSIFIERS if self.data.task == "classes" else REGRESSORS

    def model(self):
        """Build the model."""
        classes = self.data.task == "classes"
        pool = self._pool()
        name = "Classifier" if classes else "Regressor"
        params = dict(self.params)
        for key, table in (
            ("cv", SPLITTERS),
            ("student_cv", SPLITTERS),
            ("objective", OBJECTIVES),
        ):
            if params.get(key) in table:
                params[key] = table[params[key]]()
        if self.kind == "Self":
            cls = getattr(skdistill, f"SelfDistilled{name}")
            return cls(make_member(pool, self.members[0]), **params)
        if self.kind == "Mutual":
            cls = getattr(skdistill, f"MutualDistilled{name}")
            peers = [
                (f"p{n}", make_member(pool, member))
                for n, member in enumerate(self.members)
            ]
            return cls(peers, **params)
        cls = getattr(skdistill, f"Distilled{name}")
        teacher, student = self.members
        if student.startswith("regressor "):
            student = make_member(REGRESSORS, student.removeprefix("regressor "))
        elif student == "none":
            return cls(make_member(pool, teacher), **params)
        else:
            student = make_member(pool, student)
        if teacher != "precomputed":
            teacher = make_member(pool, teacher, _as_teacher)
        return cls(teacher, student, **params)


def _mostly(first, *others):
    """Draw the first of some values in half of the cases."""
    return st.one_of(st.just(first), st.sampled_from([first, *others]))


@st.composite
def data(draw, task):
    """Draw a recipe of training data."""
    kind = draw(
        _mostly(
            "array",
            "frame",
            "missing",
            "sparse",
            "categories",
            "frame missing",
            "csc",
            "float32",
            "integers",
            "columns",
            "lists",
        )
    )
    chosen: dict[str, Any] = {
        "n_samples": draw(st.sampled_from([40, 60, 24, 16])),
        "n_columns": draw(st.sampled_from([4, 3, 6])),
        "kind": kind,
        "weights": draw(_mostly("none", "random", "zeros", "ones", "late", "class")),
        "groups": draw(st.sampled_from([False, False, True])),
        "seed": draw(st.integers(0, 9)),
    }
    if task == "classes":
        chosen["n_classes"] = draw(st.sampled_from([2, 2, 3, 4]))
        chosen["rare"] = draw(st.sampled_from([False, False, False, True]))
        labels = [
            name for name in LABELS if name != "booleans" or chosen["n_classes"] == 2
        ]
        chosen["labels"] = draw(st.sampled_from(labels))
    else:
        if chosen["weights"] == "class":
            chosen["weights"] = "random"
        chosen["n_outputs"] = draw(st.sampled_from([1, 1, 1, 2]))
        chosen["values"] = draw(
            _mostly("any", "counts", "unit", "integers", "constant")
        )
    return Data(task=task, **chosen)


def _columns(draw, recipe, *, every=True):
    """Draw a specification of columns."""
    n_columns = recipe.n_columns
    specs = [None] if every else []
    specs += [
        [0, 1, 2],
        [2, 0],
        slice(0, 3),
        [-1, 0],
        [True] * (n_columns - 1) + [False],
        list(range(n_columns))[::-1],
    ]
    if recipe.kind in ("frame", "frame missing", "categories"):
        specs += [["a", "c"], ["c", "b", "a"], slice("a", "c")]
    return draw(st.sampled_from(specs))


def _member(draw, pool, recipe):
    """Draw a member; in most cases one that takes such data."""
    fits = [name for name, (takes, _) in pool.items() if suits(takes, recipe)]
    if draw(st.integers(0, 19)) == 19:
        fits = list(pool)
    return draw(st.sampled_from(fits))


def _splitter(draw, recipe, *others):
    names = [name for name in SPLITTERS if recipe.groups or "group" not in name]
    if recipe.task == "values":
        names.remove("stratified")
    return draw(st.sampled_from([*names, *others]))


def _with_unlabeled(draw, recipe):
    """Add rows without labels in a quarter of the cases."""
    if draw(st.integers(0, 3)) < 3:
        return recipe
    return replace(recipe, n_unlabeled=draw(st.sampled_from([5, 30])))


def _objective(draw, task, names=tuple(OBJECTIVES)):
    if task == "values":
        names = [name for name in names if name not in ("soft", "logit")]
    return draw(_mostly("response", *names))


@st.composite
def offline_cases(draw, task):
    """Draw a case of DistilledClassifier or DistilledRegressor."""
    recipe = draw(data(task))
    pool = CLASSIFIERS if task == "classes" else REGRESSORS
    teacher = _member(draw, pool, recipe)
    recipe = _with_unlabeled(draw, recipe)
    kinds = ["same", "same", "same", "none"]
    kinds += ["regressor"] if task == "classes" else []
    kind = draw(st.sampled_from(kinds))
    if kind == "same":
        student = _member(draw, pool, recipe)
    elif kind == "none":
        student = "none"
    else:
        student = f"regressor {_member(draw, REGRESSORS, recipe)}"
    params: dict[str, Any] = {
        "alpha": draw(_mostly(0.5, 1.0, 0.0, "auto")),
        "objective": _objective(draw, task),
        "cv": _splitter(draw, recipe, "oob")
        if "forest" in teacher
        else _splitter(draw, recipe),
        "random_state": draw(st.sampled_from([0, None])),
        "store_teacher": draw(st.booleans()),
    }
    optional = {
        "teacher_features": lambda: _columns(draw, recipe),
        "student_features": lambda: _columns(draw, recipe),
        "privileged_weight": lambda: draw(_mostly(0.5, "auto", 0.0)),
        "student_cv": lambda: _splitter(draw, recipe, "same"),
        "scoring": lambda: draw(
            st.sampled_from(
                ["accuracy", "neg_log_loss", "roc_auc", "f1"]
                if task == "classes"
                else ["r2", "neg_mean_absolute_error"]
            )
        ),
    }
    for name, strategy in optional.items():
        if draw(st.booleans()):
            params[name] = strategy()
    if recipe.n_unlabeled:
        params["unlabeled_weight"] = draw(_mostly(1.0, 0.0, 0.3, "auto"))
    if student != "none" and draw(st.integers(0, 7)) == 7:
        recipe, teacher = replace(recipe, soft_targets=True), "precomputed"
        params.pop("teacher_features", None)
        params.pop("privileged_weight", None)
        if recipe.n_unlabeled:
            recipe = replace(recipe, n_unlabeled=0)
            params.pop("unlabeled_weight")
    if not {"teacher_features", "student_features"} & set(params):
        params.pop("privileged_weight", None)  # Both teachers would be one.
    return Case("Distilled", (teacher, student), recipe, params)


@st.composite
def self_cases(draw, task):
    """Draw a case of SelfDistilledClassifier or SelfDistilledRegressor."""
    recipe = _with_unlabeled(draw, draw(data(task)))
    pool = CLASSIFIERS if task == "classes" else REGRESSORS
    params: dict[str, Any] = {
        "features": _columns(draw, recipe),
        "n_generations": draw(st.sampled_from([1, 2])),
        "patience": 2,
        "objective": _objective(draw, task, ["response", "soft", "corrected", "logit"]),
        "alpha": draw(_mostly(0.5, 1.0, 0.0)),
        "cv": _splitter(draw, recipe),
        "ensemble": draw(st.booleans()),
        "store_generations": draw(st.booleans()),
        "random_state": draw(st.sampled_from([0, None])),
    }
    if draw(st.booleans()):
        params["scoring"] = "accuracy" if task == "classes" else "r2"
    return Case("Self", (_member(draw, pool, recipe),), recipe, params)


@st.composite
def mutual_cases(draw, task):
    """Draw a case of MutualDistilledClassifier or MutualDistilledRegressor."""
    recipe = _with_unlabeled(draw, draw(data(task)))
    pool = CLASSIFIERS if task == "classes" else REGRESSORS
    members = tuple(
        _member(draw, pool, recipe) for _ in range(draw(st.sampled_from([2, 2, 3])))
    )
    params: dict[str, Any] = {
        "n_rounds": draw(st.sampled_from([1, 2, 3])),
        "objective": _objective(draw, task, ["response", "soft", "corrected", "logit"]),
        "alpha": draw(_mostly(0.5, 1.0, 0.0)),
        "cv": draw(st.sampled_from([None, None, "x"])),
        "combine": draw(st.sampled_from(["mean", "mean", "best", "p0"])),
        "random_state": draw(st.sampled_from([0, None])),
    }
    if params["cv"] == "x":
        params["cv"] = _splitter(draw, recipe)
    elif params["combine"] == "best":
        params["combine"] = "p1"
    if draw(st.booleans()):
        params["peer_features"] = {"p0": _columns(draw, recipe)}
        if draw(st.booleans()):
            params["peer_features"]["p1"] = _columns(draw, recipe)
    return Case("Mutual", members, recipe, params)
