"""Named estimators as parameters: ``name`` replaces one, ``name__param`` sets one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from sklearn.base import BaseEstimator

from skdistill.input._checks import is_estimator

# Names that mean something else wherever peers are named.
_RESERVED = ("mean", "best", "splitter")


class NamedEstimators(BaseEstimator):
    """Parameters of the estimators in `peers`, a list of (name, estimator)."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, with those of the peers.

        Parameters
        ----------
        deep : bool, default=True
            Whether to add each peer by its name, and its parameters.

        Returns
        -------
        dict
        """
        params = super().get_params(deep=deep)
        if deep:
            for name, peer in _pairs(self.peers):
                params[name] = peer
                if is_estimator(peer):
                    nested = peer.get_params(deep=True)
                    params |= {f"{name}__{key}": value for key, value in nested.items()}
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters, replace peers by name, or set their parameters.

        Parameters
        ----------
        **params : dict
            ``name=estimator`` replaces a peer, ``name="drop"`` leaves it out, and
            ``name__param=value`` sets a parameter of one.

        Returns
        -------
        self
        """
        if "peers" in params:
            self.peers = params.pop("peers")
        pairs = _pairs(self.peers)
        replaced = {name: params.pop(name) for name, _ in pairs if name in params}
        if replaced:
            self.peers = [(name, replaced.get(name, peer)) for name, peer in pairs]
        super().set_params(**params)
        return self


def check_peers(estimator: Any) -> dict[str, Any]:
    """Return the peers by name, without the dropped ones.

    Raises
    ------
    TypeError
        If `peers` is no list of (name, estimator).
    ValueError
        For names that are repeated or taken, and for fewer than two peers.
    """
    owner = type(estimator).__name__
    pairs = _pairs(estimator.peers)
    if not pairs:
        raise TypeError(
            f"peers of {owner} must be a list of (name, estimator) pairs; got "
            f"{estimator.peers!r}."
        )
    names = [name for name, _ in pairs]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(
            f"peers of {owner} must have names of their own; {repeated} are repeated."
        )
    taken = [
        name
        for name in names
        if "__" in name or name in _RESERVED or name in estimator.get_params(deep=False)
    ]
    if taken:
        raise ValueError(
            f"peers of {owner} cannot have the names {taken}: names must not contain "
            f"'__', be a parameter of {owner} or one of {list(_RESERVED)}."
        )
    peers = {
        name: peer
        for name, peer in pairs
        if not (isinstance(peer, str) and peer == "drop")
    }
    if len(peers) < 2:
        raise ValueError(
            f"peers of {owner} must be at least two, as they learn from one another; "
            f"got {list(peers)}. For one, use SelfDistilled"
            f"{owner.removeprefix('MutualDistilled')}."
        )
    return peers


def check_peer_features(estimator: Any, names: list[str]) -> dict[str, Any]:
    """Return the column specification of each peer, without the dropped ones."""
    features, owner = estimator.peer_features, type(estimator).__name__
    if features is None:
        features = {}
    if not isinstance(features, Mapping):
        raise TypeError(
            f"peer_features of {owner} must be a dict from the names of peers to their "
            f"columns; got {features!r} of type {type(features).__name__}."
        )
    known = [name for name, _ in _pairs(estimator.peers)]
    unknown = [name for name in features if name not in known]
    if unknown:
        raise ValueError(
            f"peer_features of {owner} names the unknown peers {unknown}; there are "
            f"{known}."
        )
    return {name: features.get(name) for name in names}


def _pairs(peers: Any) -> list[tuple[str, Any]]:
    """Pairs of names and estimators, or nothing if `peers` is something else."""
    try:
        pairs = [(name, peer) for name, peer in peers]
    except (TypeError, ValueError):
        return []
    return pairs if all(isinstance(name, str) for name, _ in pairs) else []
