"""Control points come from a plain CSV; a row of another shape is named."""

from pathlib import Path

import pytest

from heritwin.commands.control import read_control
from heritwin.errors import ClientError


def test_it_reads_marks_in_both_frames_with_or_without_a_header(tmp_path: Path):
    path = tmp_path / "marks.csv"
    path.write_text("name,x,y,z,X,Y,Z\nK1,1,2,3,101.5,202,3\n\nK2,4,5,6,104.5,205,6\n", "utf-8")

    assert read_control(path) == [
        {"name": "K1", "moving": [1, 2, 3], "fixed": [101.5, 202, 3]},
        {"name": "K2", "moving": [4, 5, 6], "fixed": [104.5, 205, 6]},
    ]


def test_it_names_the_line_of_a_decimal_comma(tmp_path: Path):
    path = tmp_path / "marks.csv"
    path.write_text("K1,1,2,3,101,5,202,3\n", "utf-8")

    with pytest.raises(ClientError, match="line 1: needs name,x,y,z,X,Y,Z"):
        read_control(path)
