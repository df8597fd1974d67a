"""Runs in the peer's own environment: boto3's `upload_file` with SHA-256 checksums, timed by itself."""

import argparse
import json
import sys
import time

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

MIB = 1 << 20


def main() -> None:
    """Upload one file; the last line is the seconds it took, from the call to its return."""
    parser = argparse.ArgumentParser()
    for name in ("endpoint", "bucket", "access-key", "secret-key", "file", "key"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--part-mib", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    asked = parser.parse_args()
    client = boto3.client(
        "s3",
        endpoint_url=asked.endpoint,
        region_name="us-east-1",
        aws_access_key_id=asked.access_key,
        aws_secret_access_key=asked.secret_key,
        config=Config(s3={"addressing_style": "path"}, max_pool_connections=asked.threads + 2),
    )
    settings = TransferConfig(
        multipart_threshold=asked.part_mib * MIB,
        multipart_chunksize=asked.part_mib * MIB,
        max_concurrency=asked.threads,
    )
    started_s = time.monotonic()
    client.upload_file(
        asked.file, asked.bucket, asked.key, Config=settings, ExtraArgs={"ChecksumAlgorithm": "SHA256"}
    )
    sys.stdout.write(json.dumps({"seconds": time.monotonic() - started_s, "boto3": boto3.__version__}) + "\n")


if __name__ == "__main__":
    main()
