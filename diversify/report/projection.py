"""The Equal Earth projection: countries keep their areas."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796
ROOT3 = 3.0**0.5


def equal_earth(
    longitude: ArrayLike, latitude: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Return points of the sphere on the plane, for a sphere of radius 1.

    .. math:: x = \frac{2\sqrt3\,\lambda\cos\theta}{3\,(9A_4\theta^8 + 7A_3\theta^6 + 3A_2\theta^2
        + A_1)},\quad y = A_4\theta^9 + A_3\theta^7 + A_2\theta^3 + A_1\theta,\quad
        \sin\theta = \tfrac{\sqrt3}{2}\sin\varphi

    (Šavrič, Patterson & Jenny, The Equal Earth map projection, International Journal of
    Geographical Information Science 33, 2019.)

    Parameters
    ----------
    longitude, latitude : array_like
        Degrees, of equal shape.

    Returns
    -------
    tuple of numpy.ndarray
        x and y.

    Examples
    --------
    >>> x, y = equal_earth([0.0, 180.0, 0.0], [0.0, 0.0, 90.0])
    >>> x.round(4).tolist(), y.round(4).tolist()
    ([0.0, 2.7066, 0.0], [0.0, 0.0, 1.3174])
    """
    across = np.radians(np.asarray(longitude, dtype=np.float64))
    up = np.arcsin(ROOT3 / 2 * np.sin(np.radians(np.asarray(latitude, dtype=np.float64))))
    square = up * up
    sixth = square**3
    slope = A1 + 3 * A2 * square + sixth * (7 * A3 + 9 * A4 * square)
    x = 2 * ROOT3 * across * np.cos(up) / (3 * slope)
    y = up * (A1 + A2 * square + sixth * (A3 + A4 * square))
    return x, y
