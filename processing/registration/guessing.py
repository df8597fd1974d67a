"""The best pose without help: features guess, GICP refines, the best score wins."""

from collections.abc import Iterable, Iterator

from processing.registration.coarse import Guess, by_features, by_kiss
from processing.registration.fine import Level, refined
from processing.registration.hypotheses import Hypothesis
from processing.registration.rigid import Pose, displacement
from processing.registration.score import measured


def best_guess(levels: list[Level]) -> tuple[Hypothesis | None, list[str]]:
    """Find the best-scoring pose over the matchers; also which of them were tried.

    FPFH is asked only if KISS-Matcher's poses fail Rule A: it costs as much as all the rest.
    """
    coarse = levels[0]
    tried: list[str] = []
    best = _best_of(levels, by_kiss(coarse.moving, coarse.fixed, coarse.voxel_m), None, tried)
    if best is None or not best.measures.passes_rule():
        best = _best_of(levels, by_features(coarse.moving, coarse.fixed, coarse.voxel_m), best, tried)
    return best, tried


def finished(levels: list[Level], start: Pose, origin: str) -> Hypothesis | None:
    """Refine a pose through all levels and measure it at the finest."""
    pose = refined(levels, start)
    if pose is None:
        return None
    measures = measured(levels[-1].moving, levels[-1].fixed, pose)
    return Hypothesis(fixed_from_moving=pose, measures=measures, origin=origin)


def _best_of(
    levels: list[Level], found: Iterable[Guess], best: Hypothesis | None, tried: list[str]
) -> Hypothesis | None:
    for guess in _apart(levels, found, tried):
        one = finished(levels[1:], guess.fixed_from_moving, guess.method)
        if one is not None and (best is None or one.measures.score > best.measures.score):
            best = one
    return best


def _apart(levels: list[Level], found: Iterable[Guess], tried: list[str]) -> Iterator[Guess]:
    """Guesses after the first level, without those that fell into a basin already seen."""
    probe = levels[0].moving.points
    seen: list[Pose] = []
    for guess in found:
        tried.append(guess.method)
        pose = refined(levels[:1], guess.fixed_from_moving)
        if pose is None or any(displacement(pose, other, probe) < levels[0].voxel_m / 2 for other in seen):
            continue
        seen.append(pose)
        yield Guess(fixed_from_moving=pose, method=guess.method)
