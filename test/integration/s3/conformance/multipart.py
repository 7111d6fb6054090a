import hashlib

from kit import *

PART = 5 * MB


def complete(name, key, upload, parts, **options):
    return main.complete_multipart_upload(Bucket=name, Key=key, UploadId=upload, MultipartUpload=parts, **options)


def check_upload():
    name = bucket()
    bodies = [b"a" * PART, b"b" * PART, b"c" * 1000]
    upload, parts = upload_parts(main, name, "a b", bodies, ContentType="text/bla", Metadata={"foo": "bar"})
    answer = complete(name, "a b", upload, parts)
    digest = hashlib.md5(b"".join(hashlib.md5(one).digest() for one in bodies)).hexdigest()
    equal((answer["ETag"], answer["Bucket"], answer["Key"]), (f'"{digest}-3"', name, "a b"))
    got = main.get_object(Bucket=name, Key="a b")
    equal((body(got), got["ContentType"], got["Metadata"], got["ETag"]), (b"".join(bodies), "text/bla", {"foo": "bar"}, f'"{digest}-3"'))
    equal(main.list_objects_v2(Bucket=name)["Contents"][0]["Size"], 2 * PART + 1000)
    equal(text("a b", name, Range=f"bytes={PART - 2}-{PART + 1}"), "aabb")
    equal(text("a b", name, Range=f"bytes={2 * PART - 1}-{2 * PART}"), "bc")


def check_completing_twice():
    name = bucket()
    upload, parts = upload_parts(main, name, "a", [b"x"])
    first = complete(name, "a", upload, parts)
    equal(complete(name, "a", upload, parts)["ETag"], first["ETag"])


def check_part_overwritten():
    name = bucket()
    upload, _ = upload_parts(main, name, "a", [b"first"])
    etag = main.upload_part(Bucket=name, Key="a", UploadId=upload, PartNumber=1, Body="second")["ETag"]
    complete(name, "a", upload, {"Parts": [{"ETag": etag, "PartNumber": 1}]})
    equal(text("a", name), "second")


def check_refusals():
    name = bucket()
    upload, parts = upload_parts(main, name, "a", [b"x" * PART, b"y"])
    done = parts["Parts"]
    refused(400, "MalformedXML", complete, name, "a", upload, {"Parts": []})
    refused(400, "InvalidPart", complete, name, "a", upload, {"Parts": [{"ETag": '"ffffffffffffffffffffffffffffffff"', "PartNumber": 1}]})
    refused(400, "InvalidPart", complete, name, "a", upload, {"Parts": [{**done[0], "PartNumber": 9}]})
    refused(400, "InvalidPartOrder", complete, name, "a", upload, {"Parts": [done[1], done[0]]})
    refused(404, "NoSuchUpload", complete, name, "a", "nonsense", parts)
    refused(404, "NoSuchUpload", complete, name, "b", upload, parts)
    refused(404, "NoSuchUpload", main.upload_part, Bucket=name, Key="a", UploadId="nonsense", PartNumber=1, Body="x")
    refused(400, "InvalidArgument", main.upload_part, Bucket=name, Key="a", UploadId=upload, PartNumber=10001, Body="x")
    refused(400, "InvalidArgument", main.upload_part, Bucket=name, Key="a", UploadId=upload, PartNumber=0, Body="x")
    complete(name, "a", upload, {"Parts": [{**one, "ETag": one["ETag"].strip('"')} for one in done]})


def check_small_parts():
    name = bucket()
    upload, parts = upload_parts(main, name, "a", [b"x" * 1000, b"y"])
    refused(400, "EntityTooSmall", complete, name, "a", upload, parts)


def check_abort():
    name = bucket()
    upload, parts = upload_parts(main, name, "a", [b"x"])
    equal(main.abort_multipart_upload(Bucket=name, Key="a", UploadId=upload)["ResponseMetadata"]["HTTPStatusCode"], 204)
    refused(404, "NoSuchUpload", main.abort_multipart_upload, Bucket=name, Key="a", UploadId=upload)
    refused(404, "NoSuchUpload", main.list_parts, Bucket=name, Key="a", UploadId=upload)
    refused(404, "NoSuchUpload", complete, name, "a", upload, parts)
    refused(404, "NoSuchKey", main.get_object, Bucket=name, Key="a")


def check_list_parts():
    name = bucket()
    upload, parts = upload_parts(main, name, "a", [b"1" * 10, b"2" * 20, b"3" * 30], StorageClass="STANDARD_IA")
    got = main.list_parts(Bucket=name, Key="a", UploadId=upload)
    equal([(one["PartNumber"], one["ETag"], one["Size"]) for one in got["Parts"]], [(number, parts["Parts"][number - 1]["ETag"], number * 10) for number in [1, 2, 3]])
    equal((got["StorageClass"], got["IsTruncated"], got["Bucket"], got["Key"], got["UploadId"]), ("STANDARD_IA", False, name, "a", upload))
    assert got["Owner"]["ID"] and got["Initiator"]["ID"]
    page = main.list_parts(Bucket=name, Key="a", UploadId=upload, MaxParts=2)
    equal((len(page["Parts"]), page["IsTruncated"], page["NextPartNumberMarker"], page["MaxParts"]), (2, True, 2, 2))
    page = main.list_parts(Bucket=name, Key="a", UploadId=upload, PartNumberMarker=2)
    equal(([one["PartNumber"] for one in page["Parts"]], page["PartNumberMarker"]), ([3], 2))


def check_list_uploads():
    name = bucket()
    ids = {}
    for key in ["a", "b/1", "b/2", "c"]:
        ids[key] = main.create_multipart_upload(Bucket=name, Key=key)["UploadId"]
    got = main.list_multipart_uploads(Bucket=name)
    equal([(one["Key"], one["UploadId"]) for one in got["Uploads"]], list(ids.items()))
    equal((got["MaxUploads"], got["IsTruncated"]), (1000, False))
    assert got["Uploads"][0]["Owner"]["ID"] and got["Uploads"][0]["Initiated"]
    grouped = main.list_multipart_uploads(Bucket=name, Delimiter="/")
    equal(([one["Key"] for one in grouped["Uploads"]], prefixes_of(grouped)), (["a", "c"], ["b/"]))
    equal([one["Key"] for one in main.list_multipart_uploads(Bucket=name, Prefix="b/")["Uploads"]], ["b/1", "b/2"])
    seen, options = [], {}
    while True:
        page = main.list_multipart_uploads(Bucket=name, MaxUploads=1, **options)
        seen += [one["Key"] for one in page["Uploads"]]
        if not page["IsTruncated"]:
            break
        options = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}
    equal(seen, list(ids))


def check_several_uploads_of_one_key():
    name = bucket()
    ids = [main.create_multipart_upload(Bucket=name, Key="a")["UploadId"] for _ in range(3)]
    got = main.list_multipart_uploads(Bucket=name)["Uploads"]
    equal(sorted(one["UploadId"] for one in got), sorted(ids))
    seen, options = [], {}
    while True:
        page = main.list_multipart_uploads(Bucket=name, MaxUploads=1, **options)
        seen += [one["UploadId"] for one in page["Uploads"]]
        if not page["IsTruncated"]:
            break
        options = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}
    equal(sorted(seen), sorted(ids))


def check_reading_parts():
    name = bucket()
    upload, parts = upload_parts(main, name, "a", [b"a" * PART, b"b" * 100])
    complete(name, "a", upload, parts)
    got = main.get_object(Bucket=name, Key="a", PartNumber=1)
    equal((got["PartsCount"], got["ContentLength"], got["ResponseMetadata"]["HTTPStatusCode"]), (2, PART, 206))
    got.pop("Body").close()
    equal(text("a", name, PartNumber=2), "b" * 100)
    head = main.head_object(Bucket=name, Key="a", PartNumber=2)
    equal((head["PartsCount"], head["ContentLength"]), (2, 100))
    refused(416, "InvalidPartNumber", main.get_object, Bucket=name, Key="a", PartNumber=3)


def check_reading_part_one_of_a_plain_object():
    name = with_keys("a")
    got = main.get_object(Bucket=name, Key="a", PartNumber=1)
    equal(body(got), b"a")
    assert "PartsCount" not in got
    refused(416, "InvalidPartNumber", main.get_object, Bucket=name, Key="a", PartNumber=2)


def check_part_copies():
    name = bucket()
    content = bytes(range(256)) * 40 * 1024
    main.put_object(Bucket=name, Key="src", Body=content)
    upload = main.create_multipart_upload(Bucket=name, Key="a")["UploadId"]
    parts = []
    for number, (first, last) in enumerate([(0, PART - 1), (PART, len(content) - 1)], 1):
        answer = main.upload_part_copy(Bucket=name, Key="a", UploadId=upload, PartNumber=number, CopySource={"Bucket": name, "Key": "src"}, CopySourceRange=f"bytes={first}-{last}")
        parts.append({"ETag": answer["CopyPartResult"]["ETag"], "PartNumber": number})
    complete(name, "a", upload, {"Parts": parts})
    equal(body(main.get_object(Bucket=name, Key="a")), content)


def check_whole_part_copy_of_strange_keys():
    name = bucket()
    for key in [" ", "_", "__", "?versionId", "a+b"]:
        main.put_object(Bucket=name, Key=key, Body=f"content of {key}")
        upload = main.create_multipart_upload(Bucket=name, Key="a")["UploadId"]
        answer = main.upload_part_copy(Bucket=name, Key="a", UploadId=upload, PartNumber=1, CopySource={"Bucket": name, "Key": key})
        complete(name, "a", upload, {"Parts": [{"ETag": answer["CopyPartResult"]["ETag"], "PartNumber": 1}]})
        equal(text("a", name), f"content of {key}")


def check_part_copy_ranges():
    name = bucket()
    main.put_object(Bucket=name, Key="src", Body="x" * 10)
    upload = main.create_multipart_upload(Bucket=name, Key="a")["UploadId"]
    copy = lambda asked: main.upload_part_copy(Bucket=name, Key="a", UploadId=upload, PartNumber=1, CopySource={"Bucket": name, "Key": "src"}, CopySourceRange=asked)  # noqa: E731
    for asked in ["0-2", "bytes=0", "bytes=hello-world", "bytes=0-bar", "bytes=2-1", "bytes=0-,1-"]:
        refused(400, "InvalidArgument", copy, asked)
    for asked in ["bytes=0-10", "bytes=11-22"]:
        refused(416, "InvalidRange", copy, asked)
    copy("bytes=0-9")


def check_part_copy_of_version():
    name = versioned()
    version = main.put_object(Bucket=name, Key="src", Body="one")["VersionId"]
    main.put_object(Bucket=name, Key="src", Body="two")
    upload = main.create_multipart_upload(Bucket=name, Key="a")["UploadId"]
    answer = main.upload_part_copy(Bucket=name, Key="a", UploadId=upload, PartNumber=1, CopySource={"Bucket": name, "Key": "src", "VersionId": version})
    equal(answer["CopySourceVersionId"], version)
    complete(name, "a", upload, {"Parts": [{"ETag": answer["CopyPartResult"]["ETag"], "PartNumber": 1}]})
    equal(text("a", name), "one")


def check_conditions_at_completion():
    name = with_keys("a")
    upload, parts = upload_parts(main, name, "a", [b"x"])
    refused(412, "PreconditionFailed", complete, name, "a", upload, parts, IfNoneMatch="*")
    refused(412, "PreconditionFailed", complete, name, "a", upload, parts, IfMatch='"no"')
    complete(name, "a", upload, parts, IfMatch=main.head_object(Bucket=name, Key="a")["ETag"])


def check_tags_and_acl():
    name = bucket()
    upload, parts = upload_parts(main, name, "a", [b"x"], Tagging="k=v", ACL="public-read")
    complete(name, "a", upload, parts)
    equal(main.get_object_tagging(Bucket=name, Key="a")["TagSet"], [{"Key": "k", "Value": "v"}])
    equal(body(nobody.get_object(Bucket=name, Key="a")), b"x")


def check_attributes_in_pages():
    name = bucket()
    upload = main.create_multipart_upload(Bucket=name, Key="a", ChecksumAlgorithm="SHA256")["UploadId"]
    parts = []
    for number in [1, 2, 3]:
        answer = main.upload_part(Bucket=name, Key="a", UploadId=upload, PartNumber=number, Body=b"x" * PART, ChecksumAlgorithm="SHA256")
        parts.append({"ETag": answer["ETag"], "PartNumber": number, "ChecksumSHA256": answer["ChecksumSHA256"]})
    complete(name, "a", upload, {"Parts": parts})
    got = main.get_object_attributes(Bucket=name, Key="a", ObjectAttributes=["ObjectParts", "Checksum"], MaxParts=2)
    some = got["ObjectParts"]
    equal((some["TotalPartsCount"], len(some["Parts"]), some["IsTruncated"], some["NextPartNumberMarker"]), (3, 2, True, 2))
    equal((got["Checksum"]["ChecksumType"], some["Parts"][0]["ChecksumSHA256"]), ("COMPOSITE", parts[0]["ChecksumSHA256"]))
    rest = main.get_object_attributes(Bucket=name, Key="a", ObjectAttributes=["ObjectParts"], PartNumberMarker=2)["ObjectParts"]
    equal([one["PartNumber"] for one in rest["Parts"]], [3])


def check_bucket_with_uploads_can_go():
    name = bucket()
    main.create_multipart_upload(Bucket=name, Key="a")
    main.delete_bucket(Bucket=name)


def check_a_list_of_parts_that_is_wrong():
    name = bucket()
    upload = main.create_multipart_upload(Bucket=name, Key="a")["UploadId"]
    etag = main.upload_part(Bucket=name, Key="a", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    for code, part in [("InvalidArgument", {"ETag": etag, "PartNumber": 0}), ("MalformedXML", {"PartNumber": 1})]:
        refused(400, code, main.complete_multipart_upload, Bucket=name, Key="a", UploadId=upload, MultipartUpload={"Parts": [part]})
