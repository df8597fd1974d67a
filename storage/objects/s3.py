"""Objects in S3: boto3 for writing, signing and parts, obstore for asynchronous reads.

A conditional PUT or CompleteMultipartUpload that is sent again may fail because it has already succeeded
(icechunk's design note 017): we look before we call it a failure.
"""

import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import obstore
from botocore.config import Config
from botocore.exceptions import ClientError
from obstore.store import S3Store as ObstoreS3

from storage.objects.errors import (
    ChecksumMismatchError,
    MultipartNotFoundError,
    RangeOutsideError,
)
from storage.objects.store import (
    PLAIN_BYTES,
    STREAM_CHUNK_BYTES,
    ExpectedPart,
    ListedMultipart,
    ListedObject,
    ObjectHead,
    SignedRequest,
    StoredPart,
    as_header,
    checksum_of,
    composite_checksum,
)
from storage.objects.translate import translated

if TYPE_CHECKING:
    from obstore import GetOptions
    from types_boto3_s3 import S3Client

CONFIG = Config(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    # SeaweedFS knows no CRC64NVME; the checksums we want are stated at each call.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    # A restarted SeaweedFS took up to 8.5 s until it could write again (facts/reliability.md).
    retries={"mode": "standard", "total_max_attempts": 6},
    connect_timeout=5,
    read_timeout=60,
    max_pool_connections=32,
)
MIB = 1024 * 1024


class S3Store:
    """An object store in one bucket of an S3 server, path-style; `public_endpoint` is what clients reach."""

    def __init__(
        self,
        *,
        endpoint: str,
        public_endpoint: str | None,
        bucket: str,
        region: str,
        access_key: str,
        secret_key: str,
    ) -> None:
        def client(address: str) -> "S3Client":
            made: S3Client = boto3.client(
                "s3",
                endpoint_url=address,
                region_name=region,
                aws_access_key_id=access_key,
                aws_secret_access_key=secret_key,
                config=CONFIG,
            )
            return made

        self._bucket = bucket
        self._client = client(endpoint)
        self._signer = client(public_endpoint or endpoint)
        self._reader = ObstoreS3(
            bucket,
            endpoint=endpoint,
            region=region,
            access_key_id=access_key,
            secret_access_key=secret_key,
            virtual_hosted_style_request=False,
            client_options={"allow_http": True},
        )

    def check(self) -> None:
        """Raise UnavailableError unless the bucket answers."""
        with translated(self._bucket):
            self._client.head_bucket(Bucket=self._bucket)

    def put(self, key: str, data: bytes, *, media_type: str) -> ObjectHead:
        """Write an object, its checksum checked by the server."""
        checksum = checksum_of(data)
        with translated(key):
            answer = self._client.put_object(
                Bucket=self._bucket, Key=key, Body=data, ContentType=media_type, ChecksumSHA256=checksum
            )
        return ObjectHead(
            size_bytes=len(data),
            etag=answer["ETag"].strip('"'),
            media_type=media_type,
            checksum_sha256=checksum,
        )

    def put_file(self, key: str, path: Path, *, media_type: str) -> str:
        """Write a file (one pack or picture, under 5 GB) as an object; return its SHA-256."""
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            with translated(key):
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=file,
                    ContentType=media_type,
                    ChecksumSHA256=as_header(sha256),
                )
        return sha256

    def put_if_absent(self, key: str, data: bytes, *, media_type: str) -> bool:
        """Write an object unless there is another one."""
        with translated(key):
            try:
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=data,
                    ContentType=media_type,
                    ChecksumSHA256=checksum_of(data),
                    IfNoneMatch="*",
                )
            except ClientError as error:
                if _code(error) not in ("PreconditionFailed", "412", "ConditionalRequestConflict"):
                    raise
                # Perhaps our own first request, whose answer was lost.
                return self.head(key).size_bytes == len(data) and self.get(key) == data
        return True

    def get(self, key: str) -> bytes:
        """Return a whole object."""
        with translated(key):
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes from `offset`."""
        if offset < 0 or length < 1:
            raise RangeOutsideError(f"{key}: there is no range {offset}+{length}")
        with translated(key):
            answer = self._client.get_object(
                Bucket=self._bucket, Key=key, Range=f"bytes={offset}-{offset + length - 1}"
            )
            data = answer["Body"].read()
        return _exactly(key, data, offset, length)

    def stream(self, key: str, *, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes in pieces."""
        wanted = _range_header(offset, length)
        with translated(key):
            answer = self._client.get_object(Bucket=self._bucket, Key=key, **wanted)
            yield from answer["Body"].iter_chunks(STREAM_CHUNK_BYTES)

    async def aget_range(self, key: str, offset: int, length: int) -> bytes:
        """Do as `get_range`, without blocking the event loop."""
        if offset < 0 or length < 1:
            raise RangeOutsideError(f"{key}: there is no range {offset}+{length}")
        with translated(key):
            data = bytes(await obstore.get_range_async(self._reader, key, start=offset, length=length))
        return _exactly(key, data, offset, length)

    async def astream(self, key: str, *, offset: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Do as `stream`, without blocking the event loop."""
        with translated(key):
            options: GetOptions = {}
            if length is not None:
                options = {"range": (offset, offset + length)}
            elif offset:
                options = {"range": {"offset": offset}}
            answer = await obstore.get_async(self._reader, key, options=options)
            async for piece in answer.stream(min_chunk_size=MIB):
                yield bytes(piece)

    def head(self, key: str) -> ObjectHead:
        """Return what the store knows of an object."""
        with translated(key):
            answer = self._client.head_object(Bucket=self._bucket, Key=key, ChecksumMode="ENABLED")
        return ObjectHead(
            size_bytes=answer["ContentLength"],
            etag=answer["ETag"].strip('"'),
            media_type=answer.get("ContentType", "application/octet-stream"),
            checksum_sha256=answer.get("ChecksumSHA256"),
        )

    def delete(self, key: str) -> None:
        """Remove an object, if there."""
        with translated(key):
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def list(self, prefix: str) -> Iterator[ListedObject]:
        """Yield the objects whose keys begin with `prefix`, in the order of keys."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        with translated(prefix):
            for page in pages:
                for item in page.get("Contents", []):
                    yield ListedObject(key=item["Key"], size_bytes=item["Size"])

    def create_multipart(self, key: str, *, media_type: str) -> str:
        """Begin an object in parts, each with a SHA-256."""
        with translated(key):
            answer = self._client.create_multipart_upload(
                Bucket=self._bucket, Key=key, ContentType=media_type, ChecksumAlgorithm="SHA256"
            )
        return answer["UploadId"]

    def presign_part(
        self, key: str, multipart_id: str, part: ExpectedPart, *, expires_s: int
    ) -> SignedRequest:
        """Sign the sending of one part for the public address; length and checksum are signed headers."""
        checksum = as_header(part.sha256)
        url = self._signer.generate_presigned_url(
            "upload_part",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "UploadId": multipart_id,
                "PartNumber": part.number,
                "ContentLength": part.size_bytes,
                "ChecksumSHA256": checksum,
            },
            ExpiresIn=expires_s,
            HttpMethod="PUT",
        )
        return _signed_put(url, part.size_bytes, checksum)

    def presign_put(self, key: str, *, size_bytes: int, sha256: str, expires_s: int) -> SignedRequest:
        """Sign the sending of one small object for the public address; length and checksum are signed."""
        checksum = as_header(sha256)
        url = self._signer.generate_presigned_url(
            "put_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "ContentLength": size_bytes,
                "ChecksumSHA256": checksum,
            },
            ExpiresIn=expires_s,
            HttpMethod="PUT",
        )
        return _signed_put(url, size_bytes, checksum)

    def list_multiparts(self, prefix: str) -> Iterator[ListedMultipart]:
        """Yield the multipart uploads under way whose keys begin with `prefix`."""
        pages = self._client.get_paginator("list_multipart_uploads").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        with translated(prefix):
            for page in pages:
                for item in page.get("Uploads", []):
                    yield ListedMultipart(
                        key=item["Key"], multipart_id=item["UploadId"], begun_at=item["Initiated"]
                    )

    def list_parts(self, key: str, multipart_id: str) -> Sequence[StoredPart]:
        """Return the parts that are there, by number."""
        pages = self._client.get_paginator("list_parts").paginate(
            Bucket=self._bucket, Key=key, UploadId=multipart_id
        )
        with translated(key):
            return [
                StoredPart(number=p["PartNumber"], size_bytes=p["Size"], etag=p["ETag"].strip('"'))
                for page in pages
                for p in page.get("Parts", [])
            ]

    def complete_multipart(self, key: str, multipart_id: str, parts: Sequence[ExpectedPart]) -> ObjectHead:
        """Make the object of its parts; compare size and checksum with what was signed."""
        try:
            etags = {part.number: part.etag for part in self.list_parts(key, multipart_id)}
            self._complete(key, multipart_id, parts, etags)
        except MultipartNotFoundError:
            # Completed before, and the answer was lost; otherwise the comparison below says so.
            pass
        head = self.head(key)
        expected = composite_checksum(parts)
        size_bytes = sum(part.size_bytes for part in parts)
        if head.size_bytes != size_bytes or head.checksum_sha256 not in (None, expected):
            raise ChecksumMismatchError(
                f"{key} has {head.size_bytes} bytes, {size_bytes} were promised, or another checksum",
                promised=expected,
                found=head.checksum_sha256,
            )
        return head

    def _complete(
        self, key: str, multipart_id: str, parts: Sequence[ExpectedPart], etags: dict[int, str]
    ) -> None:
        finished: list[Any] = [
            {
                "PartNumber": part.number,
                "ETag": f'"{etags.get(part.number, "")}"',
                "ChecksumSHA256": as_header(part.sha256),
            }
            for part in parts
        ]
        with translated(key):
            self._client.complete_multipart_upload(
                Bucket=self._bucket, Key=key, UploadId=multipart_id, MultipartUpload={"Parts": finished}
            )

    def abort_multipart(self, key: str, multipart_id: str) -> None:
        """Give up a multipart upload, if it is there."""
        try:
            with translated(key):
                self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=multipart_id)
        except MultipartNotFoundError:
            return

    def presign_get(self, key: str, *, expires_s: int, filename: str | None = None) -> str:
        """Return a public address of an object that expires."""
        parameters: dict[str, Any] = {"Bucket": self._bucket, "Key": key}
        if filename is not None:
            quoted = "".join(c if c.isalnum() or c in "._- " else "_" for c in filename)
            parameters["ResponseContentDisposition"] = f'attachment; filename="{quoted}"'
        return self._signer.generate_presigned_url("get_object", Params=parameters, ExpiresIn=expires_s)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _signed_put(url: str, size_bytes: int, checksum: str) -> SignedRequest:
    headers = {
        "Content-Length": str(size_bytes),
        "Content-Type": PLAIN_BYTES,
        "x-amz-checksum-sha256": checksum,
    }
    return SignedRequest(method="PUT", url=url, headers=headers)


def _range_header(offset: int, length: int | None) -> dict[str, Any]:
    if length is not None:
        return {"Range": f"bytes={offset}-{offset + length - 1}"}
    return {"Range": f"bytes={offset}-"} if offset else {}


def _exactly(key: str, data: bytes, offset: int, length: int) -> bytes:
    if len(data) != length:
        raise RangeOutsideError(f"{key} ends before {offset}+{length}")
    return data
