"""Hints wake workers through a real broker, and never pile up."""

from pathlib import Path

import pytest
from kombu.exceptions import OperationalError

from workers.celery_app import make_app
from workers.hints import MOST_WAITING, send_hints
from workers.settings import WorkerSettings


def settings_for(broker_url: str, folder: Path) -> WorkerSettings:
    return WorkerSettings(broker_url=broker_url, data_dir=folder, worker_name="hue")


def test_it_sends_no_more_hints_than_are_of_use(broker_url: str, tmp_path: Path):
    app = make_app(settings_for(broker_url, tmp_path))
    with app.connection_for_write() as connection:
        app.amqp.queues["heritwin.hints"].bind(connection.default_channel).queue_declare()
        app.amqp.queues["heritwin.hints"].bind(connection.default_channel).purge()

    sent = [send_hints(app, 3), send_hints(app, 3), send_hints(app, 5), send_hints(app, 10_000)]

    assert sent == [3, 0, 2, MOST_WAITING - 5]


def test_it_says_so_when_the_broker_is_away(tmp_path: Path):
    app = make_app(settings_for("redis://127.0.0.1:1/0", tmp_path))

    with pytest.raises(OperationalError):
        send_hints(app, 1)


def test_it_carries_json_only_and_keeps_no_results(broker_url: str, tmp_path: Path):
    conf = make_app(settings_for(broker_url, tmp_path)).conf

    assert conf.accept_content == ["json"]
    assert conf.task_acks_late is False
    assert conf.worker_prefetch_multiplier == 1
    assert conf.task_ignore_result is True
    assert conf.result_backend is None
