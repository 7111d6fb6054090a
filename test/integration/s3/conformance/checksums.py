import base64
import hashlib
import zlib

from kit import *

PART = 5 * MB
ALGORITHMS = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]


def sha256(content):
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def crc32(content):
    return base64.b64encode(zlib.crc32(content).to_bytes(4, "big")).decode()


def check_sha256():
    name = bucket()
    right = sha256(b"x" * 1024)
    answer = main.put_object(Bucket=name, Key="a", Body=b"x" * 1024, ChecksumSHA256=right)
    equal((answer["ChecksumSHA256"], answer["ChecksumType"]), (right, "FULL_OBJECT"))
    assert "ChecksumSHA256" not in client(response_checksum_validation="when_required").head_object(Bucket=name, Key="a")
    equal(main.head_object(Bucket=name, Key="a", ChecksumMode="ENABLED")["ChecksumSHA256"], right)
    refused(400, "BadDigest", main.put_object, Bucket=name, Key="a", Body=b"y" * 1024, ChecksumSHA256=right)
    refused(400, "InvalidRequest", main.put_object, Bucket=name, Key="a", Body=b"x" * 1024, ChecksumSHA256="bad")


def check_crc64nvme():
    name = bucket()
    s3 = client(request_checksum_calculation="when_required")
    s3.put_object(Bucket=name, Key="a", Body=b"123456789")
    head = s3.head_object(Bucket=name, Key="a", ChecksumMode="ENABLED")
    equal((head["ChecksumCRC64NVME"], head["ChecksumType"]), ("rosUhgp5mIg=", "FULL_OBJECT"))


def check_algorithms_of_puts():
    name = bucket()
    for algorithm in ["CRC32", "SHA1", "SHA256"]:
        answer = main.put_object(Bucket=name, Key=algorithm, Body="x", ChecksumAlgorithm=algorithm)
        assert answer[f"Checksum{algorithm}"]
        listed = next(one for one in main.list_objects_v2(Bucket=name)["Contents"] if one["Key"] == algorithm)
        equal(listed["ChecksumAlgorithm"], [algorithm])
        got = main.get_object(Bucket=name, Key=algorithm, ChecksumMode="ENABLED")
        equal(got[f"Checksum{algorithm}"], answer[f"Checksum{algorithm}"])


def check_two_at_once():
    name = bucket()
    refused(400, "InvalidRequest", main.put_object, Bucket=name, Key="a", Body=b"x", ChecksumSHA256=sha256(b"x"), ChecksumCRC32=crc32(b"x"))


def check_copy_with_another():
    name = bucket()
    main.put_object(Bucket=name, Key="a", Body=b"hello", ChecksumAlgorithm="CRC32")
    equal(main.copy_object(Bucket=name, Key="b", CopySource=f"{name}/a")["CopyObjectResult"]["ChecksumCRC32"], crc32(b"hello"))
    answer = main.copy_object(Bucket=name, Key="b", CopySource=f"{name}/a", ChecksumAlgorithm="SHA256")
    equal(answer["CopyObjectResult"]["ChecksumSHA256"], sha256(b"hello"))


def multipart(name, algorithm, bodies, kind=None, completion=None):
    options = {"ChecksumType": kind} if kind else {}
    upload = main.create_multipart_upload(Bucket=name, Key="a", ChecksumAlgorithm=algorithm, **options)
    equal(upload["ChecksumAlgorithm"], algorithm)
    parts = []
    for number, content in enumerate(bodies, 1):
        given = {"ChecksumSHA256": sha256(content)} if algorithm == "SHA256" else {"ChecksumCRC32": crc32(content)}
        answer = main.upload_part(Bucket=name, Key="a", UploadId=upload["UploadId"], PartNumber=number, Body=content, **given)
        parts.append({"ETag": answer["ETag"], "PartNumber": number} | given)
    return main.complete_multipart_upload(Bucket=name, Key="a", UploadId=upload["UploadId"], MultipartUpload={"Parts": parts}, **(completion or {}))


def check_composite():
    name = bucket()
    bodies = [b"a" * PART, b"b" * 10]
    expected = sha256(b"".join(hashlib.sha256(one).digest() for one in bodies)) + "-2"
    answer = multipart(name, "SHA256", bodies)
    equal((answer["ChecksumSHA256"], answer["ChecksumType"]), (expected, "COMPOSITE"))
    head = main.head_object(Bucket=name, Key="a", ChecksumMode="ENABLED")
    equal((head["ChecksumSHA256"], head["ChecksumType"]), (expected, "COMPOSITE"))
    part = main.head_object(Bucket=name, Key="a", ChecksumMode="ENABLED", PartNumber=2)
    equal(part["ChecksumSHA256"], sha256(bodies[1]))


def check_full_object():
    name = bucket()
    bodies = [b"a" * PART, b"b" * 10]
    right = crc32(b"".join(bodies))
    answer = multipart(name, "CRC32", bodies, "FULL_OBJECT", {"ChecksumCRC32": right, "ChecksumType": "FULL_OBJECT"})
    equal((answer["ChecksumCRC32"], answer["ChecksumType"]), (right, "FULL_OBJECT"))
    refused(400, "BadDigest", multipart, name, "CRC32", bodies, "FULL_OBJECT", {"ChecksumCRC32": crc32(b"other")})


def check_wrong_type_at_completion():
    refused(400, "InvalidRequest", multipart, bucket(), "CRC32", [b"a"], "FULL_OBJECT", {"ChecksumType": "COMPOSITE"})


def check_types_that_do_not_go_together():
    name = bucket()
    create = lambda algorithm, kind: main.create_multipart_upload(Bucket=name, Key="a", ChecksumAlgorithm=algorithm, ChecksumType=kind)  # noqa: E731
    for algorithm in ["SHA1", "SHA256"]:
        refused(400, "InvalidRequest", create, algorithm, "FULL_OBJECT")
    refused(400, "InvalidRequest", create, "CRC64NVME", "COMPOSITE")
    equal(create("CRC64NVME", "FULL_OBJECT")["ChecksumType"], "FULL_OBJECT")
    equal(main.create_multipart_upload(Bucket=name, Key="a", ChecksumAlgorithm="CRC32")["ChecksumType"], "COMPOSITE")


def check_wrong_part_checksum():
    name = bucket()
    upload = main.create_multipart_upload(Bucket=name, Key="a", ChecksumAlgorithm="SHA256")["UploadId"]
    part = dict(Bucket=name, Key="a", UploadId=upload, PartNumber=1)
    refused(400, "BadDigest", main.upload_part, Body=b"x", ChecksumSHA256=sha256(b"y"), **part)
    etag = main.upload_part(Body=b"x", ChecksumSHA256=sha256(b"x"), **part)["ETag"]
    wrong = {"Parts": [{"ETag": etag, "PartNumber": 1, "ChecksumSHA256": sha256(b"y")}]}
    refused(400, "InvalidPart", main.complete_multipart_upload, Bucket=name, Key="a", UploadId=upload, MultipartUpload=wrong)


def check_multipart_without_any():
    name = bucket()
    s3 = client(request_checksum_calculation="when_required")
    upload, parts = upload_parts(s3, name, "a", [b"a" * PART, b"b"])
    s3.complete_multipart_upload(Bucket=name, Key="a", UploadId=upload, MultipartUpload=parts)
    head = s3.head_object(Bucket=name, Key="a", ChecksumMode="ENABLED")
    equal(head["ChecksumType"], "FULL_OBJECT")
    assert head["ChecksumCRC64NVME"]


def check_ranges_carry_none():
    name = bucket()
    main.put_object(Bucket=name, Key="a", Body=b"hello", ChecksumAlgorithm="SHA256")
    got = main.get_object(Bucket=name, Key="a", Range="bytes=0-1", ChecksumMode="ENABLED")
    assert "ChecksumSHA256" not in got
