"""Logs are cut while their writer goes on writing."""

from stack.logs import rotate


def test_it_cuts_a_grown_log_under_its_writer(tmp_path):
    log = tmp_path / "api.log"
    with log.open("a") as writer:
        for line in ("first\n", "second\n", "third\n", "fourth\n"):
            writer.write(line)
            writer.flush()
            assert rotate(log, largest_bytes=1, kept=2)
        writer.write("last\n")

    assert log.read_text() == "last\n"
    assert (tmp_path / "api.log.1").read_text() == "fourth\n"
    assert (tmp_path / "api.log.2").read_text() == "third\n"
    assert not (tmp_path / "api.log.3").exists()


def test_it_leaves_a_small_log_alone(tmp_path):
    log = tmp_path / "api.log"
    log.write_text("few words")

    assert not rotate(log)
    assert log.read_text() == "few words"
