"""The servers of a run answer, and only to their passwords."""

import urllib.error
import urllib.request

import boto3
import psycopg
import pytest
import redis
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from stack.components.postgres import EXTENSIONS


def test_it_gives_a_database_with_the_extensions_to_a_role_that_is_no_superuser(empty_database_url):
    with psycopg.connect(empty_database_url.replace("+psycopg", "")) as connection:
        names = {row[0] for row in connection.execute("SELECT extname FROM pg_extension")}
        superuser = connection.execute(
            "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        version = connection.info.server_version

    assert set(EXTENSIONS) <= names
    assert superuser == (False,)
    assert version >= 180000


def test_it_refuses_a_wrong_database_password(empty_database_url, postgres):
    wrong = empty_database_url.replace("+psycopg", "").replace(postgres.password, "wrong")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_it_refuses_a_broker_without_its_password(broker_url):
    assert redis.Redis.from_url(broker_url).ping()

    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url("redis://" + broker_url.partition("@")[2]).ping()


def test_it_gives_a_bucket_that_only_its_key_opens(s3_settings, seaweedfs):
    client = seaweedfs.client()
    client.put_object(Bucket=s3_settings.bucket, Key="specs/a", Body=b"stone")

    assert client.get_object(Bucket=s3_settings.bucket, Key="specs/a")["Body"].read() == b"stone"
    stranger = boto3.client(
        "s3",
        endpoint_url=s3_settings.endpoint,
        aws_access_key_id="x",
        aws_secret_access_key="y",
        region_name="us-east-1",
    )
    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        stranger.get_object(Bucket=s3_settings.bucket, Key="specs/a")


def test_it_lets_nobody_read_past_s3_over_http(s3_settings, seaweedfs):
    seaweedfs.client().put_object(Bucket=s3_settings.bucket, Key="specs/b", Body=b"stone")

    for method in ("GET", "PUT"):
        url = f"http://127.0.0.1:{seaweedfs.ports['filer']}/buckets/{s3_settings.bucket}/specs/b"
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(
                urllib.request.Request(url, data=b"x" if method == "PUT" else None, method=method)
            )


def test_it_keeps_parts_as_they_are_sent(s3_settings, seaweedfs, kept_bytes, tmp_path):
    (tmp_path / "scan").write_bytes(bytes(12 << 20))
    before = kept_bytes()
    in_parts = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)

    seaweedfs.client().upload_file(str(tmp_path / "scan"), s3_settings.bucket, "work/scan", Config=in_parts)

    assert kept_bytes() - before >= 12 << 20


def test_it_takes_and_lists_the_rule_that_brings_masters_to_the_disk(s3_settings, seaweedfs):
    seaweedfs.ensure_fsync(s3_settings.bucket, ["blobs/", "assets/"])

    rules = (seaweedfs.folder / "shell.log").read_text()
    assert rules.count('"fsync":  true') >= 2
