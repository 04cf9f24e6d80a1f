"""memory= and cv="oob": the teacher is not trained for a question twice."""

import os
import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest
from joblib import Memory, dump
from sklearn.base import clone
from sklearn.datasets import make_classification, make_friedman1
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier

from skdistill import DistilledClassifier, DistilledRegressor
from skdistill.input._boosters import get_threads, limit_threads, restore_threads
from skdistill.objectives import Response

FITS = []


class Counting(GaussianNB):
    def fit(self, X, y, sample_weight=None):
        FITS.append(len(y))
        return super().fit(X, y, sample_weight)


@pytest.fixture
def data():
    FITS.clear()
    return make_classification(100, 6, random_state=0)


@pytest.fixture
def model(tmp_path):
    return DistilledClassifier(
        Counting(),
        LogisticRegression(),
        student_features=[0, 1, 2],
        teacher_features=[2, 3, 4, 5],
        memory=str(tmp_path),
        cv=4,
    )


def n_fits(model, X, y, **params):
    FITS.clear()
    model.fit(X, y, **params)
    return len(FITS)


class TestMemory:
    def test_a_search_over_the_student_trains_each_fold_teacher_once(self, model, data):
        grid = {
            "student__C": [0.1, 1.0, 10.0],
            "alpha": [0.5, 1.0],
            "objective": [Response(), Response(correction=0.1)],
        }
        GridSearchCV(model, grid, cv=3).fit(*data)
        assert len(FITS) == 4 * 3 + 4

    def test_answers_are_the_same(self, model, data):
        X, y = data
        plain = model.set_params(memory=None).fit(X, y).predict_proba(X)
        for _ in range(2):
            model.set_params(memory=model.memory)
            np.testing.assert_array_equal(model.fit(X, y).predict_proba(X), plain)

    def test_what_the_teacher_does_not_see_does_not_count(self, model, data):
        X, y = data
        assert n_fits(model, X, y) == 4
        changed = X.copy()
        changed[:, :2] += 1.0
        assert n_fits(model, changed, y) == 0
        assert n_fits(model.set_params(random_state=3), X, y) == 0

    def test_what_it_depends_on_counts(self, model, data):
        X, y = data
        assert n_fits(model, X, y) == 4
        changed = X.copy()
        changed[0, 5] += 1.0
        assert n_fits(model, changed, y) == 4
        assert n_fits(model, X, 1 - y) == 4
        assert n_fits(model, X, y, sample_weight=np.linspace(1, 2, 100)) == 4
        model.set_params(teacher__var_smoothing=1e-3)
        assert n_fits(model, X, y) == 4
        assert n_fits(model.set_params(cv=3), X, y) == 3

    def test_the_choice_and_the_fit_share_it(self, model, data):
        assert n_fits(model.set_params(alpha="auto"), *data) == 4 + 6
        assert n_fits(model.set_params(alpha=0.5), *data) == 0

    def test_a_corrupt_entry_is_computed_anew(self, model, data, tmp_path, caplog):
        X, y = data
        expected = model.fit(X, y).predict_proba(X)
        for stored in tmp_path.rglob("output.pkl"):
            stored.write_bytes(stored.read_bytes()[:20])
        assert n_fits(model, X, y) == 4
        assert "Exception while loading results" in caplog.text
        np.testing.assert_array_equal(model.predict_proba(X), expected)

    @pytest.mark.parametrize(
        "copy",
        [np.asfortranarray, lambda X: np.repeat(X, 2, axis=1)[:, ::2], np.copy],
    )
    @pytest.mark.parametrize("frame", [False, True])
    def test_the_order_in_memory_does_not_count(self, model, data, copy, frame):
        pandas = pytest.importorskip("pandas")
        make = pandas.DataFrame if frame else np.asarray
        X, y = data
        model.fit(make(X), y)
        assert n_fits(model, make(copy(X)), y) == 0
        assert n_fits(model, make(copy(X) + 1.0), y) == 4

    def test_a_pickle_of_something_else_is_computed_anew(self, model, data, tmp_path):
        expected = model.fit(*data).predict_proba(data[0])
        first, *_ = tmp_path.rglob("output.pkl")
        dump({"what": "else"}, first)
        with pytest.warns(UserWarning, match="memory holds a dict"):
            assert n_fits(model, *data) == 1
        np.testing.assert_array_equal(model.predict_proba(data[0]), expected)
        assert n_fits(model, *data) == 0

    def test_two_workers_may_share_a_folder(self, model, data):
        X, y = data
        expected = model.fit(X, y).predict_proba(X)
        np.testing.assert_array_equal(
            model.set_params(n_jobs=2).fit(X, y).predict_proba(X), expected
        )
        memory = Memory(model.memory, verbose=0)
        assert n_fits(model.set_params(n_jobs=None, memory=memory), X, y) == 0

    def test_a_teacher_that_cannot_be_hashed_is_trained_with_a_warning(
        self, data, tmp_path
    ):
        class Unpicklable(Counting):
            def __init__(self, hook=None):
                super().__init__()
                self.hook = hook

            def get_params(self, deep=True):
                return {"hook": self.hook}

        def generate():
            yield

        teacher = Unpicklable(lambda: generate())
        model = DistilledClassifier(teacher, LogisticRegression(), memory=tmp_path)
        with pytest.warns(UserWarning, match="memory is not used"):
            model.fit(*data)

    def test_path_likes_and_nothing(self, model, data, tmp_path):
        assert n_fits(model.set_params(memory=tmp_path / "cache"), *data) == 4
        assert (tmp_path / "cache").exists()
        assert n_fits(model.set_params(memory=Memory(None)), *data) == 4

    @pytest.mark.parametrize("edited", ["function", "class"])
    def test_edited_code_is_another_teacher(self, data, tmp_path, monkeypatch, edited):
        module = ModuleType("notebook")
        monkeypatch.setitem(sys.modules, "notebook", module)
        answers = []
        for sign in ("", "-"):
            exec(NOTEBOOK.replace("SIGN", sign), vars(module))
            first = (
                FunctionTransformer(module.prepare)
                if edited == "function"
                else module.Prepare()
            )
            model = DistilledClassifier(
                make_pipeline(first, DecisionTreeClassifier(max_depth=2)),
                LogisticRegression(),
                memory=str(tmp_path),
                store_teacher=True,
                random_state=0,
            )
            answers.append(model.fit(*data).teacher_predictions_)
            fresh = model.set_params(memory=None).fit(*data).teacher_predictions_
            np.testing.assert_array_equal(answers[-1], fresh)
        assert (answers[0] != answers[1]).any()

    def test_the_key_is_that_of_any_process(self):
        keys = {
            subprocess.run(
                [sys.executable, "-c", KEY],
                env={**os.environ, "PYTHONHASHSEED": str(seed)},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for seed in (1, 2, 3)
        }
        assert len(keys) == 1
        assert len(keys.pop().strip()) == 32


KEY = """
import sys
from types import ModuleType

import numpy as np
from sklearn.preprocessing import FunctionTransformer

from skdistill.teachers._cache import content_key
from skdistill.teachers._teacher import TeacherSpec

module = sys.modules["notebook"] = ModuleType("notebook")
exec(
    "def some(X, *, key=lambda x: x):\\n"
    "    return [c for c in X if c in {'alpha', 'beta', 'gamma', 'delta'}]",
    vars(module),
)
X = np.zeros((4, 1))
teacher = FunctionTransformer(module.some)
print(content_key(TeacherSpec(teacher, X, np.zeros(4))))
"""
NOTEBOOK = """
from sklearn.base import BaseEstimator, TransformerMixin

def prepare(X):
    return SIGN abs(X) + X

class Prepare(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return SIGN abs(X) + X

    def __sklearn_is_fitted__(self):
        return True
"""


class TestOutOfBag:
    @pytest.mark.parametrize(
        "teacher",
        [
            RandomForestClassifier(60, random_state=0),
            ExtraTreesClassifier(60, bootstrap=True, random_state=0),
            BaggingClassifier(DecisionTreeClassifier(), 60, random_state=0),
        ],
        ids=lambda teacher: type(teacher).__name__,
    )
    def test_the_responses_are_the_ensembles_own(self, data, teacher):
        X, y = data
        labels = np.array(["no", "yes"])[y]
        model = DistilledClassifier(
            teacher, LogisticRegression(), cv="oob", store_teacher=True
        ).fit(X, labels)
        expected = teacher.set_params(oob_score=True).fit(X, y).oob_decision_function_
        np.testing.assert_allclose(model.teacher_predictions_, expected)
        assert model.score(X, labels) > 0.8

    @pytest.mark.parametrize("teacher", [RandomForestRegressor, BaggingRegressor])
    def test_regression(self, teacher):
        X, y = make_friedman1(100, random_state=0)
        teacher = teacher(n_estimators=60, random_state=0)
        model = DistilledRegressor(teacher, Ridge(), cv="oob", store_teacher=True)
        expected = teacher.set_params(oob_score=True).fit(X, y).oob_prediction_
        np.testing.assert_allclose(model.fit(X, y).teacher_predictions_, expected)

    @pytest.mark.parametrize("teacher", [RandomForestClassifier, BaggingClassifier])
    def test_rows_that_every_member_drew_are_left_out_and_counted(self, data, teacher):
        X, y = data
        model = DistilledClassifier(
            teacher(n_estimators=3, random_state=0),
            DecisionTreeClassifier(),
            cv="oob",
            store_teacher=True,
        )
        with pytest.warns(UserWarning, match="rows were drawn by every one of the 3"):
            model.fit(X, y)
        answered = np.isfinite(model.teacher_predictions_).all(axis=1)
        assert 0 < np.count_nonzero(answered) < 100
        np.testing.assert_allclose(
            model.teacher_predictions_[answered].sum(axis=1), 1.0
        )
        trained_on = model.student_.tree_.weighted_n_node_samples[0]
        assert round(trained_on) == np.count_nonzero(answered)

    def test_members_that_do_not_say_what_they_drew_are_asked_by_their_answers(
        self, data
    ):
        class Silent(RandomForestClassifier):
            estimators_samples_ = None

        known = []
        for kind in (RandomForestClassifier, Silent):
            model = DistilledClassifier(
                kind(4, random_state=0), GaussianNB(), cv="oob", store_teacher=True
            )
            with pytest.warns(UserWarning, match="rows were drawn by every one of"):
                known.append(model.fit(*data).teacher_predictions_)
        np.testing.assert_array_equal(*known)

    def test_the_one_fit_is_the_stored_teacher(self, data):
        X, y = data
        forest = RandomForestClassifier(20, random_state=0)
        model = DistilledClassifier(
            forest, LogisticRegression(), cv="oob", store_teacher=True
        ).fit(X, y)
        assert model.teacher_ is model.fold_teachers_[0]
        assert model.teacher_.get_params() == forest.get_params()
        np.testing.assert_array_equal(
            model.teacher_.predict_proba(X), clone(forest).fit(X, y).predict_proba(X)
        )

    def test_a_search_over_the_student_trains_the_teacher_once(self, data, tmp_path):
        FITS.clear()
        bag = BaggingClassifier(Counting(), 30, random_state=0)
        model = DistilledClassifier(
            bag, LogisticRegression(), cv="oob", memory=tmp_path
        )
        grid = {"student__C": [0.1, 1.0, 10.0], "alpha": [0.5, 1.0]}
        GridSearchCV(model, grid, cv=3).fit(*data)
        assert len(FITS) == 30 * (3 + 1)

    def test_alpha_can_be_chosen(self, data, capsys, every_part):
        model = DistilledClassifier(
            RandomForestClassifier(40, random_state=0),
            DecisionTreeClassifier(random_state=0),
            cv="oob",
            alpha="auto",
            verbose=1,
        ).fit(*data)
        assert model.alpha_ > 0.0
        printed = capsys.readouterr().out
        assert printed.count("out-of-bag teacher") == 1 + 5
        assert "choice among 3 mixtures at most 5 and 15 more" in printed
        assert f"chose alpha={model.alpha_} on 100 of 100 rows: held-out" in printed

    @pytest.mark.parametrize(
        ("teacher", "message"),
        [
            (ExtraTreesClassifier(), "bootstrap=False, so every tree sees every row"),
            (GaussianNB(), "gives no out-of-bag predictions"),
        ],
    )
    def test_other_teachers_are_refused(self, data, teacher, message):
        with pytest.raises(ValueError, match=message):
            DistilledClassifier(teacher, LogisticRegression(), cv="oob").fit(*data)


class TestThreads:
    def boosters(self, **params):
        from catboost import CatBoostClassifier
        from xgboost import XGBClassifier

        return [
            CatBoostClassifier(iterations=2, verbose=0, **params),
            XGBClassifier(n_estimators=2, **({"n_jobs": 1} if params else {})),
        ]

    def test_each_gets_its_share_unless_the_user_said(self):
        for model in self.boosters():
            assert get_threads(limit_threads(model, 1)) is None
            assert get_threads(limit_threads(model, 1000)) == 1
        for model in self.boosters(thread_count=1):
            assert get_threads(limit_threads(model, 2)) == 1
        forest = RandomForestClassifier(n_jobs=None)
        assert limit_threads(forest, 2).n_jobs is None

    def test_the_fitted_student_says_what_the_user_wrote(self, data):
        X, y = data
        for student in self.boosters():
            model = DistilledClassifier(
                GaussianNB(), student, student_cv="same", cv=2, n_jobs=2
            ).fit(X, y)
            for fitted in model.students_:
                assert get_threads(fitted) is None
                assert fitted.predict_proba(X).shape == (100, 2)

    def test_kept_fold_teachers_say_what_the_user_wrote(self, data):
        X, y = data
        for teacher in self.boosters():
            model = DistilledClassifier(
                teacher, LogisticRegression(), cv=2, store_teacher=True, n_jobs=2
            ).fit(X, y)
            for fitted in model.fold_teachers_:
                assert get_threads(fitted) is None
                assert fitted.predict_proba(X).shape == (100, 2)

    def test_restoring_leaves_other_estimators_alone(self):
        assert restore_threads(model := GaussianNB(), None) is model


def test_times_are_recorded(data, every_part):
    times = DistilledClassifier(GaussianNB(), alpha="auto").fit(*data).fit_times_
    assert len(times["teacher_folds"]) == 15
    assert set(times) == {"checks", "teacher_folds", "teachers", "selection",
                          "student"}  # fmt: skip


def test_row_weights_reach_the_out_of_bag_teacher(data):
    X, y = data
    weight = np.random.default_rng(0).uniform(0.1, 5.0, size=len(y))
    forest = RandomForestClassifier(40, random_state=0)
    model = DistilledClassifier(
        forest, LogisticRegression(), cv="oob", store_teacher=True
    ).fit(X, y, sample_weight=weight)
    alone = clone(forest).set_params(oob_score=True).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(model.teacher_predictions_, alone.oob_decision_function_)


@pytest.mark.filterwarnings("ignore:.*were drawn by every one:UserWarning")
def test_a_mixture_of_two_out_of_bag_teachers_is_known_where_both_are(data):
    X, y = data
    model = DistilledClassifier(
        RandomForestClassifier(4),
        Ridge(),
        student_features=[0, 1, 2],
        cv="oob",
        privileged_weight=0.5,
        store_teacher=True,
        alpha=1.0,
    ).fit(X, y)
    answered = np.isfinite(model.teacher_predictions_).all(axis=1)
    assert 0 < answered.sum() < len(X)
    targets = model.teacher_predictions_[answered]
    alone = Ridge().fit(X[answered][:, :3], targets[:, 1])
    np.testing.assert_allclose(
        model.predict_proba(X)[:, 1], np.clip(alone.predict(X[:, :3]), 1e-3, 1 - 1e-3)
    )
