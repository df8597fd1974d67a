"""MTL, the materials of OBJ: colours and ``map_Kd`` with its options and spaces."""

from __future__ import annotations

from dataclasses import dataclass

# Options of a texture statement, and how many arguments follow (the MTL specification, Wavefront 1995);
# -o, -s and -t take one to three numbers.
_OPTIONS = {
    "-blendu": 1, "-blendv": 1, "-bm": 1, "-boost": 1, "-cc": 1, "-clamp": 1, "-imfchan": 1, "-mm": 2,
    "-texres": 1, "-type": 1, "-o": 3, "-s": 3, "-t": 3,
}  # fmt: skip
_NUMBERS = {"-o", "-s", "-t"}


@dataclass(kw_only=True)
class ParsedMaterial:
    """One ``newmtl``: colour in sRGB 0..1, opacity, and the reference to its picture."""

    name: str
    colour: tuple[float, float, float] = (1.0, 1.0, 1.0)
    opacity: float = 1.0
    picture: str | None = None


def parse_mtl(text: str) -> dict[str, ParsedMaterial]:
    """Read the materials of an MTL file by name; lines that mean nothing to us are passed over."""
    found: dict[str, ParsedMaterial] = {}
    current = ParsedMaterial(name="")
    for line in text.replace("\\\n", " ").splitlines():
        keyword, _, rest = line.strip().partition(" ")
        rest = rest.strip()
        match keyword.lower():
            case "newmtl":
                current = found.setdefault(rest, ParsedMaterial(name=rest))
            case "kd":
                current.colour = _colour(rest) or current.colour
            case "d":
                current.opacity = _number(rest.split()[-1:], 1.0)
            case "tr":
                current.opacity = 1.0 - _number(rest.split()[-1:], 0.0)
            case "map_kd":
                current.picture = picture_reference(rest) or current.picture
            case "map_ka":
                current.picture = current.picture or picture_reference(rest)
    return found


def picture_reference(rest: str) -> str | None:
    """Take the file name, which may have spaces, from behind the options of a texture statement."""
    text = rest.strip()
    while text and text.split(maxsplit=1)[0].lower() in _OPTIONS:
        option, text = _first_word(text)
        for taken in range(_OPTIONS[option.lower()]):
            word, left = _first_word(text)
            if taken and option.lower() in _NUMBERS and not _is_number(word):
                break
            text = left
    return text.strip('"') or None


def _first_word(text: str) -> tuple[str, str]:
    word, *left = text.split(maxsplit=1) or [""]
    return word, left[0] if left else ""


def _colour(rest: str) -> tuple[float, float, float] | None:
    words = rest.split()
    if len(words) < 3 or not all(_is_number(word) for word in words[:3]):
        return None
    red, green, blue = (min(max(float(word), 0.0), 1.0) for word in words[:3])
    return red, green, blue


def _number(words: list[str], otherwise: float) -> float:
    return min(max(float(words[0]), 0.0), 1.0) if words and _is_number(words[0]) else otherwise


def _is_number(word: str) -> bool:
    try:
        return float(word) == float(word)
    except ValueError:
        return False
