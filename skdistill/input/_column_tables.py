"""Which parameters of which library name columns, and how they do it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

# What a parameter's name looks like if its value may name columns.
LOOKS_LIKE_COLUMNS = re.compile("feature|column|cst|constraint|categor")

# How a value names columns.
COLUMNS = "a list of columns, or a mask"
GROUPS = "a list of groups of columns"
TAGGED = "a list of strings, each a column, a colon and a setting"
TRANSFORMERS = "a list of tuples with columns at their end"
FIXED = "cannot be translated"
NO_VALUE = object()


@dataclass(frozen=True)
class Values:
    """One value a column, or a value for each column that is named."""

    neutral: Any = NO_VALUE


_SIGNS, _FACTORS, _PENALTIES, _EACH = Values(0), Values(1.0), Values(0.0), Values()

# Of each library, by the name of the parameter.
COLUMN_PARAMS: dict[str, dict[str, Any]] = {
    "catboost": {
        **dict.fromkeys(
            ("cat_features", "text_features", "embedding_features", "ignored_features"),
            COLUMNS,
        ),
        "monotone_constraints": _SIGNS,
        "feature_weights": _FACTORS,
        "first_feature_use_penalties": _PENALTIES,
        "per_object_feature_penalties": _PENALTIES,
        "per_float_feature_quantization": TAGGED,
        "per_feature_ctr": TAGGED,
        **dict.fromkeys(("fixed_binary_splits", "input_borders"), FIXED),
        "text_processing": FIXED,
    },
    "lightgbm": {
        **dict.fromkeys(
            (
                "categorical_feature",
                "categorical_features",
                "categorical_column",
                "cat_feature",
                "cat_column",
            ),
            COLUMNS,
        ),
        **dict.fromkeys(
            ("monotone_constraints", "monotone_constraint", "monotonic_cst", "mc"),
            _SIGNS,
        ),
        **dict.fromkeys(
            ("feature_contri", "feature_contrib", "feature_penalty", "fc", "fp"),
            _FACTORS,
        ),
        "interaction_constraints": GROUPS,
        "cegb_penalty_feature_lazy": _PENALTIES,
        "cegb_penalty_feature_coupled": _PENALTIES,
        "max_bin_by_feature": _EACH,
        **dict.fromkeys(
            (
                "forcedsplits_filename",
                "forced_splits_filename",
                "forced_splits_file",
                "forced_splits",
                "fs",
            ),
            FIXED,
        ),
        "forcedbins_filename": FIXED,
    },
    "xgboost": {
        "monotone_constraints": _SIGNS,
        "interaction_constraints": GROUPS,
        "feature_weights": _FACTORS,
        "feature_types": _EACH,
    },
    "sklearn": {
        "categorical_features": COLUMNS,
        "monotonic_cst": _SIGNS,
        "interaction_cst": GROUPS,
        "categories": _EACH,
        "min_categories": _EACH,
        "transformers": TRANSFORMERS,
    },
    "skdistill": dict.fromkeys(
        ("features", "student_features", "teacher_features"), COLUMNS
    ),
    # In-context learners.
    "tabpfn": {"categorical_features_indices": COLUMNS},
    "tabicl": {"categorical_features_indices": COLUMNS},
}

# Parameters that look like it and name no column of the training data.
HARMLESS = frozenset(
    {
        "bootstrap_features",
        "enable_categorical",
        "feature_border_type",
        "feature_calcers",
        "feature_fraction",
        "feature_fraction_bynode",
        "feature_fraction_seed",
        "feature_name_combiner",
        "feature_names_out",
        "feature_pre_filter",
        "feature_range",
        "features",
        "gpu_cat_features_storage",
        "group_column",
        "ignore_column",
        "ignore_feature",
        "keep_empty_features",
        "label_column",
        "max_categories",
        "max_features",
        "mc_method",
        "min_features_to_select",
        "monotone_constraining_method",
        "monotone_constraints_method",
        "n_features",
        "n_features_to_select",
        "query_column",
        "saved_feature_importance_type",
        "sparse_features_conflict_fraction",
        "sub_feature",
        "sub_feature_bynode",
        "verbose_feature_names_out",
        "weight_column",
    }
)
