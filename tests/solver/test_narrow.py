"""Reductions and products of narrow arrays are those of NumPy, on both sides of each threshold."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from diversify.solver.narrow import NARROW, Product, every, highest, summed

WIDTHS = (0, 1, NARROW, NARROW + 1, 3 * NARROW)


@pytest.mark.parametrize("width", WIDTHS)
def test_reductions_are_those_of_numpy(width: int) -> None:
    rng = np.random.default_rng(width)
    values, other = rng.normal(size=(2, 50, width))
    assert (highest(values) == np.maximum(values.max(axis=1, initial=-np.inf), 0.0)).all()
    mask = rng.random((50, width)) < 0.9
    assert (every(mask) == mask.all(axis=1)).all()
    for right in (other, other[0]):
        np.testing.assert_allclose(summed(values, right), (values * right).sum(axis=1), atol=1e-12)


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_no_number_is_not_lost(width: int) -> None:
    if width:
        values = np.zeros((2, width))
        values[1, -1] = np.nan
        assert np.isnan(highest(values)).tolist() == [False, True]


@pytest.mark.parametrize(("shape", "density"), [((3, 4), 0.5), ((60, 80), 0.01), ((60, 80), 0.9)])
def test_products_are_those_of_the_matrix(shape: tuple[int, int], density: float) -> None:
    matrix = sp.csr_array(sp.random_array(shape, density=density, rng=1))
    values = np.random.default_rng(2).normal(size=(7, shape[1]))
    np.testing.assert_allclose(
        Product(matrix).of(values), values @ matrix.toarray().T, rtol=1e-12, atol=1e-12
    )
