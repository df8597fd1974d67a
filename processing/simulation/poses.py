"""Rigid poses of simulated scanner frames."""

import numpy as np

from processing.simulation.shapes import Points

MAX_TILT_DEG = 5.0
MIN_SHIFT_M, MAX_SHIFT_M = 20.0, 60.0


def turn(axis: Points, angle_rad: float) -> Points:
    """Rotation matrix (3, 3) about a unit axis (Rodrigues)."""
    x, y, z = axis
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + np.sin(angle_rad) * skew + (1 - np.cos(angle_rad)) * skew @ skew)


def random_frame(random: np.random.Generator) -> Points:
    """Draw ``scan_from_site`` (4, 4): any yaw, tilt up to 5°, shift of 20 to 60 m along the ground."""
    yaw = random.uniform(-np.pi, np.pi)
    lean_towards = random.uniform(-np.pi, np.pi)
    tilt = np.radians(random.uniform(0.5, MAX_TILT_DEG))
    axis = np.array([np.cos(lean_towards), np.sin(lean_towards), 0.0])
    away, towards = random.uniform(MIN_SHIFT_M, MAX_SHIFT_M), random.uniform(-np.pi, np.pi)
    pose = np.eye(4)
    pose[:3, :3] = turn(axis, tilt) @ turn(np.array([0.0, 0.0, 1.0]), yaw)
    pose[:3, 3] = [away * np.cos(towards), away * np.sin(towards), random.uniform(-3.0, 3.0)]
    return pose


def inverse(pose: Points) -> Points:
    """Invert a rigid (4, 4) transform."""
    back = np.eye(4)
    back[:3, :3] = pose[:3, :3].T
    back[:3, 3] = -pose[:3, :3].T @ pose[:3, 3]
    return back


def applied(pose: Points, points: Points) -> Points:
    """Carry (n, 3) points by a (4, 4) transform."""
    return np.asarray(points @ pose[:3, :3].T + pose[:3, 3])


def quaternion(rotation: Points) -> tuple[float, float, float, float]:
    """Unit quaternion (w, x, y, z) of a rotation matrix, by its largest component (Shepperd, 1978)."""
    trace = np.trace(rotation)
    squares = np.array([trace, rotation[0, 0], rotation[1, 1], rotation[2, 2]])
    largest = int(np.argmax(squares))
    if largest == 0:
        w = np.sqrt(1 + trace) / 2
        x = (rotation[2, 1] - rotation[1, 2]) / (4 * w)
        y = (rotation[0, 2] - rotation[2, 0]) / (4 * w)
        z = (rotation[1, 0] - rotation[0, 1]) / (4 * w)
        return float(w), float(x), float(y), float(z)
    i = largest - 1
    j, k = (i + 1) % 3, (i + 2) % 3
    vector = np.zeros(3)
    vector[i] = np.sqrt(1 + rotation[i, i] - rotation[j, j] - rotation[k, k]) / 2
    vector[j] = (rotation[j, i] + rotation[i, j]) / (4 * vector[i])
    vector[k] = (rotation[k, i] + rotation[i, k]) / (4 * vector[i])
    w = (rotation[k, j] - rotation[j, k]) / (4 * vector[i])
    return float(w), float(vector[0]), float(vector[1]), float(vector[2])
