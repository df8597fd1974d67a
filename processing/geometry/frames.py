"""Frames: a file in a CRS is brought point by point into the true-metre east-north-up frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.geometry.compiled import compiled

# PROJ is loaded when a file names a CRS: most terrestrial scans name none.
if TYPE_CHECKING:
    import pyproj

MAX_POLYNOMIAL_ERROR_M = 1e-4
# A tenth of a millidegree is about 11 m: the origin is easy to write down and always near the site.
ORIGIN_DECIMALS = 4
UNKNOWN = (
    "the file names no CRS; coordinates are taken as metres of a place unknown: "
    "state the CRS of the capture, and send the file again"
)
_DEGREES = ((5, 3), (8, 4), (11, 5))


class Frame(Protocol):
    """Brings file coordinates into the version's own frame."""

    crs: dict[str, Any]
    warnings: list[dict[str, str]]

    def bring(self, xyz: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn (n, 3) file coordinates into (n, 3) true metres."""

    def as_json(self) -> dict[str, Any]:
        """Write the frame as it stands in the result of inspect."""


class FreeFrame:
    """No CRS, or one that is not understood: coordinates stay as they are, times a known unit."""

    def __init__(self, crs: dict[str, Any], warnings: list[dict[str, str]], metres: float = 1.0) -> None:
        self.crs = crs
        self.warnings = warnings
        self._metres = metres

    def bring(self, xyz: NDArray[np.float64]) -> NDArray[np.float64]:
        """Answer the coordinates in metres."""
        return xyz if self._metres == 1.0 else xyz * self._metres

    def as_json(self) -> dict[str, Any]:
        """Say that the frame is free."""
        return {"kind": "free", "origin_geodetic": None, "max_error_m": None}


@dataclass(frozen=True, kw_only=True)
class _Polynomial:
    """ENU = A(u, v) + h B(u, v) on a box of file x and y; ``error_m`` was measured between the nodes."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    base: NDArray[np.float64]
    rise: NDArray[np.float64]
    error_m: float

    def covers(self, xyz: NDArray[np.float64]) -> bool:
        return bool((xyz.min(axis=0) >= self.low).all() and (xyz.max(axis=0) <= self.high).all())


class TangentFrame:
    """East-north-up metres at a rounded origin: degrees of longitude and latitude, metres of height."""

    def __init__(
        self,
        source: pyproj.CRS,
        *,
        bounds: NDArray[np.float64],
        height_m: float,
        crs: dict[str, Any],
        origin: list[float] | None = None,
    ) -> None:
        """Bounds (2, 3) are in file units; ``height_m`` is the length of one unit of file z.

        ``origin`` is the one of a frame that is there already: longitude, latitude, height.
        """
        self.crs = crs
        self.warnings: list[dict[str, str]] = []
        self._height_m = 1.0 if source.is_geocentric else height_m
        import pyproj

        self._to_ecef = pyproj.Transformer.from_crs(source, "EPSG:4978", always_xy=True)
        self.origin = self._origin(source, bounds) if origin is None else origin
        self._ecef0 = np.array(_geodetic_to_ecef().transform(self.origin[0], self.origin[1], self.origin[2]))
        self._turn = east_north_up(self.origin[0], self.origin[1])
        self._polynomial = None if source.is_geocentric else self._fitted(bounds)

    def bring(self, xyz: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn file coordinates into metres east, north and up of the origin."""
        polynomial = self._polynomial
        if not len(xyz) or polynomial is None or not polynomial.covers(xyz):
            return self.exactly(xyz)
        return _evaluate(
            np.ascontiguousarray(xyz), polynomial.low, polynomial.high, polynomial.base, polynomial.rise,
            self._height_m, _degree(len(polynomial.base)), _degree(len(polynomial.rise)),
        )  # fmt: skip

    def exactly(self, xyz: NDArray[np.float64]) -> NDArray[np.float64]:
        """Do the same through PROJ, point by point."""
        ecef = np.stack(self._to_ecef.transform(xyz[:, 0], xyz[:, 1], xyz[:, 2] * self._height_m), axis=1)
        if not np.isfinite(ecef).all():
            raise KnownError(
                "unknown-crs",
                f"coordinates such as {xyz[0].round(3).tolist()} do not exist in {self.crs['name']}",
                "check the CRS of the export",
            )
        return np.asarray((ecef - self._ecef0) @ self._turn.T, np.float64)

    def as_json(self) -> dict[str, Any]:
        """Say where the frame stands and how true it is to PROJ."""
        error = 0.0 if self._polynomial is None else self._polynomial.error_m
        return {"kind": "tangent", "origin_geodetic": self.origin, "max_error_m": error}

    def _origin(self, source: pyproj.CRS, bounds: NDArray[np.float64]) -> list[float]:
        x, y, z = (float(value) for value in bounds.mean(axis=0))
        import pyproj

        to_geodetic = pyproj.Transformer.from_crs(source, "EPSG:4979", always_xy=True)
        lon, lat, height = to_geodetic.transform(x, y, z * self._height_m)
        if not np.isfinite([lon, lat, height]).all():
            raise KnownError(
                "unknown-crs",
                f"coordinates such as {[round(x, 3), round(y, 3)]} do not exist in {self.crs['name']}",
                "check the CRS of the export",
            )
        return [round(lon, ORIGIN_DECIMALS), round(lat, ORIGIN_DECIMALS), float(round(height))]

    def _fitted(self, bounds: NDArray[np.float64]) -> _Polynomial | None:
        """Fit polynomials of rising degree on Chebyshev nodes; keep the first that is true between them."""
        margin = np.maximum((bounds[1] - bounds[0]) * 0.01, np.maximum(1e-9, np.abs(bounds[1]) * 1e-9))
        low, high = bounds[0] - margin, bounds[1] + margin
        for degree, rise_degree in _DEGREES:
            nodes = np.cos(np.pi * (np.arange(2 * degree + 2) + 0.5) / (2 * degree + 2))
            base, rise = (
                self._fit(low, high, nodes, degree),
                self._fit(low, high, nodes, rise_degree, rise=True),
            )
            made = _Polynomial(low=low, high=high, base=base, rise=rise, error_m=0.0)
            error_m = self._measured(made)
            if error_m <= MAX_POLYNOMIAL_ERROR_M:
                # Rounded up: a stated error is never below the measured one.
                return _Polynomial(
                    low=low, high=high, base=base, rise=rise, error_m=float(np.ceil(error_m * 1e7) / 1e7)
                )
        return None

    def _fit(
        self,
        low: NDArray[np.float64],
        high: NDArray[np.float64],
        nodes: NDArray[np.float64],
        degree: int,
        *,
        rise: bool = False,
    ) -> NDArray[np.float64]:
        u, v = (grid.ravel() for grid in np.meshgrid(nodes, nodes))
        terms = np.stack([u**i * v**j for i in range(degree + 1) for j in range(degree + 1 - i)], axis=1)
        plane = np.stack([u, v], axis=1) * (high[:2] - low[:2]) / 2 + (high[:2] + low[:2]) / 2
        values = self.exactly(np.column_stack([plane, np.zeros(len(u))]))
        if rise:
            # ECEF is linear in ellipsoidal height, exactly.
            up = self.exactly(np.column_stack([plane, np.full(len(u), 1000.0 / self._height_m)]))
            values = (up - values) / 1000.0
        return np.asarray(np.linalg.lstsq(terms, values, rcond=None)[0], np.float64)

    def _measured(self, made: _Polynomial) -> float:
        axis = np.linspace(0, 1, 17)
        u, v, w = (grid.ravel() for grid in np.meshgrid(axis, axis, np.array([0.0, 1.0])))
        xyz = made.low + np.stack([u, v, w], axis=1) * (made.high - made.low)
        close = _evaluate(
            xyz, made.low, made.high, made.base, made.rise, self._height_m,
            _degree(len(made.base)), _degree(len(made.rise)),
        )  # fmt: skip
        return float(np.linalg.norm(close - self.exactly(xyz), axis=1).max())


def plan_frame(crs_text: str | None, bounds: NDArray[np.float64], origin: list[float] | None = None) -> Frame:
    """Choose the frame of a file: tangent for a CRS that is understood, else free and said to be unknown.

    A frame that was chosen before is made anew from its ``origin`` (longitude, latitude, height).
    """
    described: dict[str, Any] = {"declared": crs_text, "name": None, "horizontal_unit": None}
    if not crs_text:
        note = {"kind": "unknown-crs", "message": UNKNOWN}
        return FreeFrame(described | {"treated_as": "unknown"}, [note])
    import pyproj
    from pyproj.exceptions import CRSError, ProjError

    try:
        crs = pyproj.CRS.from_user_input(crs_text)
        described |= {"name": crs.name, "horizontal_unit": _unit_name(crs)}
        if crs.is_engineering:
            factor = crs.axis_info[0].unit_conversion_factor if crs.axis_info else 1.0
            return FreeFrame(described | {"treated_as": "local"}, [], factor or 1.0)
        flat, height_m, notes = _parts(crs)
        treated = "geocentric" if flat.is_geocentric else "geographic" if flat.is_geographic else "projected"
        frame = TangentFrame(
            flat, bounds=bounds, height_m=height_m, crs=described | {"treated_as": treated}, origin=origin
        )
    except (CRSError, ProjError) as error:
        note = {
            "kind": "unknown-crs",
            "message": f"the CRS of the file is not understood ({error}); coordinates are taken as metres",
        }
        return FreeFrame(described | {"treated_as": "unknown"}, [note])
    frame.warnings += notes
    return frame


def _parts(crs: pyproj.CRS) -> tuple[pyproj.CRS, float, list[dict[str, str]]]:
    """Take a CRS apart: its horizontal part made 3D with metres up, and the length of a unit of z."""
    notes = []
    height_m: float | None = None
    flat = crs
    if crs.is_compound:
        flat, vertical = crs.sub_crs_list[0], crs.sub_crs_list[1]
        height_m = vertical.axis_info[0].unit_conversion_factor
        message = f"heights in {vertical.name} are taken as heights above the ellipsoid"
        notes.append({"kind": "vertical-datum-approximate", "message": message})
    if flat.is_bound and flat.source_crs is not None:
        flat = flat.source_crs
    if flat.is_geocentric:
        return flat, 1.0, notes
    if height_m is None and len(flat.axis_info) == 3:
        height_m = flat.axis_info[2].unit_conversion_factor
    if height_m is None:
        unit = 1.0 if flat.is_geographic else flat.axis_info[0].unit_conversion_factor
        height_m = unit
        if unit != 1.0 or flat.is_geographic:
            name = "metre" if flat.is_geographic else flat.axis_info[0].unit_name
            notes.append(
                {"kind": "vertical-unit-assumed", "message": f"no unit of height is given; taken as {name}"}
            )
    return flat.to_3d() if len(flat.axis_info) == 2 else flat, float(height_m), notes


def _unit_name(crs: pyproj.CRS) -> str | None:
    flat = crs.sub_crs_list[0] if crs.is_compound else crs
    return str(flat.axis_info[0].unit_name) if flat.axis_info else None


def east_north_up(lon_deg: float, lat_deg: float) -> NDArray[np.float64]:
    """Make the 3x3 turn from ECEF differences to east, north, up."""
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    so, co, sa, ca = np.sin(lon), np.cos(lon), np.sin(lat), np.cos(lat)
    return np.array([[-so, co, 0.0], [-sa * co, -sa * so, ca], [ca * co, ca * so, sa]])


def _geodetic_to_ecef() -> pyproj.Transformer:
    import pyproj

    return pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)


def _degree(terms: int) -> int:
    return int((np.sqrt(8 * terms + 1) - 3) / 2 + 0.5)


@compiled()
def _evaluate(
    xyz: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    base: NDArray[np.float64],
    rise: NDArray[np.float64],
    height_m: float,
    degree: int,
    rise_degree: int,
) -> NDArray[np.float64]:
    out = np.zeros((len(xyz), 3))
    powers = np.empty(degree + 1)
    for n in range(len(xyz)):
        u = (xyz[n, 0] - (high[0] + low[0]) / 2) / ((high[0] - low[0]) / 2)
        v = (xyz[n, 1] - (high[1] + low[1]) / 2) / ((high[1] - low[1]) / 2)
        h = xyz[n, 2] * height_m
        powers[0] = 1.0
        for j in range(1, degree + 1):
            powers[j] = powers[j - 1] * v
        term, up, k, m = 1.0, 1.0, 0, 0
        for i in range(degree + 1):
            for j in range(degree + 1 - i):
                for c in range(3):
                    out[n, c] += base[k, c] * term * powers[j]
                k += 1
            term *= u
        for i in range(rise_degree + 1):
            for j in range(rise_degree + 1 - i):
                for c in range(3):
                    out[n, c] += rise[m, c] * up * powers[j] * h
                m += 1
            up *= u
    return out


def warm() -> None:
    """Compile this module's kernels."""
    one = np.zeros((1, 3))
    _evaluate(one, np.zeros(3), np.ones(3), np.zeros((21, 3)), np.zeros((10, 3)), 1.0, 5, 3)
