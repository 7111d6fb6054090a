"""What the conformance checks share: clients of two accounts and of nobody, buckets that are emptied, refusals."""

import inspect
import itertools
import os
import random
import string

import boto3
import botocore
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ["S3_ENDPOINT"]
MAIN = ("faas", "faas-secret")
ALT = ("other", "other-secret")
MB = 1024 * 1024


def client(keys=MAIN, **config):
    # boto3 retries 5xx, which would hide them.
    settings = dict(retries={"max_attempts": 0}, signature_version="s3v4") | config
    access, secret = keys if keys else (None, None)
    if keys is None:
        settings["signature_version"] = botocore.UNSIGNED
    return boto3.client(
        "s3",
        endpoint_url=ENDPOINT,
        region_name="us-east-1",
        aws_access_key_id=access,
        aws_secret_access_key=secret,
        config=Config(**settings),
    )


main = client()
alt = client(ALT)
nobody = client(None)

_numbers = itertools.count()
_run = "".join(random.choices(string.ascii_lowercase, k=8))
_made = []


def bucket_name():
    name = f"check-{_run}-{next(_numbers)}"
    _made.append(name)
    return name


def bucket(s3=main, **options):
    name = bucket_name()
    s3.create_bucket(Bucket=name, **options)
    return name


def versioned(status="Enabled"):
    name = bucket()
    main.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})
    return name


def with_keys(*keys):
    name = bucket()
    for key in keys:
        main.put_object(Bucket=name, Key=key, Body=key)
    return name


def clean():
    for name in _made:
        for s3 in (main, alt):
            try:
                for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
                    for one in page.get("Versions", []) + page.get("DeleteMarkers", []):
                        s3.delete_object(Bucket=name, Key=one["Key"], VersionId=one["VersionId"])
                s3.delete_bucket(Bucket=name)
            except ClientError:
                pass
    _made.clear()


def refused(status, code, call, *args, **kwargs):
    """Runs the call, which must be refused so; returns the answer. `code` None: a HEAD tells no code."""
    try:
        call(*args, **kwargs)
    except ClientError as error:
        got = (error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"])
        assert got[0] == status and code in (None, got[1]), f"expected {(status, code)}, got {got}"
        return error.response
    raise AssertionError(f"expected {(status, code)}, got success")


def equal(got, expected):
    assert got == expected, f"expected {expected!r}, got {got!r}"


def body(answer):
    return answer["Body"].read()


def text(key, name, s3=main, **options):
    return body(s3.get_object(Bucket=name, Key=key, **options)).decode()


def keys_of(answer):
    return [one["Key"] for one in answer.get("Contents", [])]


def prefixes_of(answer):
    return [one["Prefix"] for one in answer.get("CommonPrefixes", [])]


def add_header(s3, operation, headers):
    """Sends headers that boto3 has no parameter for."""

    def add(params, **_):
        params["headers"].update(headers)

    s3.meta.events.register(f"before-call.s3.{operation}", add)
    return s3


def upload_parts(s3, name, key, parts, **options):
    """A multipart upload of these bodies; returns its id and the document to complete it with."""
    upload = s3.create_multipart_upload(Bucket=name, Key=key, **options)["UploadId"]
    done = []
    for number, part in enumerate(parts, 1):
        answer = s3.upload_part(Bucket=name, Key=key, UploadId=upload, PartNumber=number, Body=part)
        done.append({"ETag": answer["ETag"], "PartNumber": number})
    return upload, {"Parts": done}


def checks_of(module):
    return [
        (name, function)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if name.startswith("check_")
    ]


__all__ = [name for name in dir() if not name.startswith("_")]
