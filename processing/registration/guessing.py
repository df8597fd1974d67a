"""The best pose without help: features guess, GICP refines, the best score wins."""

from collections.abc import Iterable, Iterator

from processing.registration.coarse import Guess, by_features, by_kiss
from processing.registration.fine import Level, refined
from processing.registration.hypotheses import Hypothesis
from processing.registration.rigid import Pose, displacement
from processing.registration.score import measured

WORTH_FINISHING = 0.6


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
    """Refine a pose through the levels and measure it at the finest."""
    pose = refined(levels, start)
    if pose is None:
        return None
    finest = levels[-1]
    measures = measured(finest.moving, finest.fixed, pose)
    return Hypothesis(fixed_from_moving=pose, measures=measures, origin=origin)


def _best_of(
    levels: list[Level], found: Iterable[Guess], best: Hypothesis | None, tried: list[str]
) -> Hypothesis | None:
    ranked = sorted(_apart(levels, found, tried), key=lambda one: -one[0])
    for score, guess in ranked:
        # A basin much worse than another at the first level has never won at the last.
        if score < WORTH_FINISHING * ranked[0][0]:
            continue
        one = finished(levels[1:], guess.fixed_from_moving, guess.method)
        if one is not None and (best is None or one.measures.score > best.measures.score):
            best = one
    return best


def _apart(levels: list[Level], found: Iterable[Guess], tried: list[str]) -> Iterator[tuple[float, Guess]]:
    """Guesses after the first level with their scores, without those in a basin already seen."""
    coarse = levels[0]
    seen: list[Pose] = []
    for guess in found:
        if guess.method not in tried:
            tried.append(guess.method)
        pose = refined([coarse], guess.fixed_from_moving)
        if pose is None or any(
            displacement(pose, other, coarse.moving.points) < coarse.voxel_m / 2 for other in seen
        ):
            continue
        seen.append(pose)
        score = measured(coarse.moving, coarse.fixed, pose).score
        yield score, Guess(fixed_from_moving=pose, method=guess.method)
