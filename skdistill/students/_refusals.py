"""What is said where a student cannot learn a loss: parameters, and remedies."""

from __future__ import annotations

from typing import Any

EXACT_AT_ONE = (
    "Class weights are exact at temperature 1 only: use that, or weigh the rows with "
    "sample_weight."
)
NO_EVAL_SET = (
    "It needs an eval_set, and a student gets none; choose n_estimators by a search "
    "over the student."
)


def refuse_auxiliary(student: Any, name: str, remedy: str = "") -> None:
    """Raise, since `student` cannot learn an auxiliary objective."""
    gradient = "" if name == "feature" else ", or XGBClassifier or LGBMClassifier"
    raise ValueError(
        f"objective holds {name!r}, which the student "
        f"{type(student).__name__} cannot learn beside the response. "
        + (
            remedy
            or "Use a regressor that shares its structure between several outputs, as "
            "DecisionTreeRegressor, RandomForestRegressor, MLPRegressor, "
            "CatBoostRegressor or XGBRegressor(multi_strategy='multi_output_tree')"
            f"{gradient}."
        )
    )


def refuse(student: Any, name: str, value: Any, expected: str, remedy: str) -> None:
    """Raise, since `student` cannot learn from soft targets with this parameter."""
    raise ValueError(
        f"{name} of the student {type(student).__name__} must be {expected} to learn "
        f"from soft targets; got {value!r}. {remedy}"
    )
