import datetime
import hashlib
import threading

from kit import *


def check_put_get_head_delete():
    name = bucket()
    put = main.put_object(Bucket=name, Key="a", Body="hello")
    etag = f'"{hashlib.md5(b"hello").hexdigest()}"'
    equal(put["ETag"], etag)
    got = main.get_object(Bucket=name, Key="a")
    equal(body(got), b"hello")
    equal((got["ETag"], got["ContentLength"], got["ContentType"], got["AcceptRanges"]), (etag, 5, "binary/octet-stream", "bytes"))
    head = main.head_object(Bucket=name, Key="a")
    equal((head["ETag"], head["ContentLength"]), (etag, 5))
    equal(main.delete_object(Bucket=name, Key="a")["ResponseMetadata"]["HTTPStatusCode"], 204)
    refused(404, "NoSuchKey", main.get_object, Bucket=name, Key="a")
    refused(404, None, main.head_object, Bucket=name, Key="a")
    main.delete_object(Bucket=name, Key="a")


def check_empty_object():
    name = bucket()
    main.put_object(Bucket=name, Key="a")
    got = main.get_object(Bucket=name, Key="a")
    equal((body(got), got["ContentLength"]), (b"", 0))


def check_overwrite():
    name = with_keys("a")
    main.put_object(Bucket=name, Key="a", Body="second")
    equal(text("a", name), "second")


def check_overwrite_while_reading():
    name = bucket()
    first, second = b"a" * 3 * MB, b"b" * 3 * MB
    main.put_object(Bucket=name, Key="a", Body=first)
    reader = main.get_object(Bucket=name, Key="a")["Body"]
    start = reader.read(1000)
    main.put_object(Bucket=name, Key="a", Body=second)
    equal(start + reader.read(), first)
    equal(body(main.get_object(Bucket=name, Key="a")), second)


def check_metadata():
    name = bucket()
    main.put_object(Bucket=name, Key="a", Metadata={"Meta1": "one", "x": ""})
    equal(main.head_object(Bucket=name, Key="a")["Metadata"], {"meta1": "one", "x": ""})
    main.put_object(Bucket=name, Key="a", Metadata={"other": "two"})
    equal(main.get_object(Bucket=name, Key="a")["Metadata"], {"other": "two"})
    main.put_object(Bucket=name, Key="a")
    equal(main.get_object(Bucket=name, Key="a")["Metadata"], {})


def check_metadata_too_large():
    refused(400, "MetadataTooLarge", main.put_object, Bucket=bucket(), Key="a", Metadata={"a": "x" * 2100})


def check_content_headers():
    name = bucket()
    expires = datetime.datetime(2031, 1, 1, tzinfo=datetime.timezone.utc)
    given = dict(CacheControl="public, max-age=1", ContentDisposition='attachment; filename="x"', ContentEncoding="gzip", ContentLanguage="de", ContentType="text/plain; charset=x")
    main.put_object(Bucket=name, Key="a", Body="x", Expires=expires, **given)
    head = main.head_object(Bucket=name, Key="a")
    equal({key: head[key] for key in given}, given)
    equal(head["ExpiresString"], "Wed, 01 Jan 2031 00:00:00 GMT")


def check_aws_chunked_is_not_stored():
    name = bucket()
    s3 = client(request_checksum_calculation="when_required")
    for encoding, kept in [("aws-chunked", None), ("aws-chunked,gzip", "gzip"), ("gzip", "gzip"), ("deflate, gzip", "deflate")]:
        s3.put_object(Bucket=name, Key="a", Body="x", ContentEncoding=encoding)
        got = s3.head_object(Bucket=name, Key="a").get("ContentEncoding")
        assert got == kept or (kept == "deflate" and got.startswith("deflate")), (encoding, got)


def check_response_overrides():
    name = with_keys("a")
    got = main.get_object(
        Bucket=name,
        Key="a",
        ResponseCacheControl="no-cache",
        ResponseContentDisposition="bla",
        ResponseContentEncoding="aaa",
        ResponseContentLanguage="esperanto",
        ResponseContentType="foo/bar",
        ResponseExpires=datetime.datetime(2031, 1, 1),
    )
    headers = got["ResponseMetadata"]["HTTPHeaders"]
    equal(
        [headers[name] for name in ["cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires"]],
        ["no-cache", "bla", "aaa", "esperanto", "foo/bar", "Wed, 01 Jan 2031 00:00:00 GMT"],
    )


def check_response_overrides_need_a_signature():
    name = bucket(ACL="public-read")
    main.put_object(Bucket=name, Key="a", ACL="public-read")
    refused(400, "InvalidRequest", nobody.get_object, Bucket=name, Key="a", ResponseContentType="a/b")


def check_ranges():
    name = bucket()
    content = "testcontent"
    main.put_object(Bucket=name, Key="a", Body=content)
    for asked, got, span in [
        ("bytes=4-7", content[4:8], "bytes 4-7/11"),
        ("bytes=4-", content[4:], "bytes 4-10/11"),
        ("bytes=-8", content[-8:], "bytes 3-10/11"),
        ("bytes=0-100", content, "bytes 0-10/11"),
        ("bytes=-100", content, "bytes 0-10/11"),
        ("bytes=0-0", "t", "bytes 0-0/11"),
    ]:
        answer = main.get_object(Bucket=name, Key="a", Range=asked)
        equal((body(answer).decode(), answer["ContentRange"]), (got, span))
        equal(answer["ResponseMetadata"]["HTTPStatusCode"], 206)
    for asked in ["bytes=40-50", "bytes=11-"]:
        answer = refused(416, "InvalidRange", main.get_object, Bucket=name, Key="a", Range=asked)
        equal(answer["Error"]["ActualObjectSize"], "11")
    for asked in ["bytes=x-y", "chars=0-1", "bytes=5-2", "bytes=0-1,3-4"]:
        equal(main.get_object(Bucket=name, Key="a", Range=asked)["ResponseMetadata"]["HTTPStatusCode"], 200)


def check_range_of_empty_object():
    name = bucket()
    main.put_object(Bucket=name, Key="a")
    refused(416, "InvalidRange", main.get_object, Bucket=name, Key="a", Range="bytes=40-50")


def check_read_conditions():
    name = bucket()
    etag = main.put_object(Bucket=name, Key="a", Body="x")["ETag"]
    past = datetime.datetime(1994, 9, 24)
    future = datetime.datetime(2100, 9, 24)
    modified = main.head_object(Bucket=name, Key="a")["LastModified"]
    get = lambda **conditions: main.get_object(Bucket=name, Key="a", **conditions)  # noqa: E731
    for conditions in [
        dict(IfMatch=etag),
        dict(IfMatch="*"),
        dict(IfNoneMatch='"abc"'),
        dict(IfModifiedSince=past),
        dict(IfUnmodifiedSince=future),
        dict(IfMatch=etag, IfUnmodifiedSince=past),
        dict(IfNoneMatch='"abc"', IfModifiedSince=future),
    ]:
        equal(body(get(**conditions)), b"x")
    for conditions in [dict(IfMatch='"abc"'), dict(IfUnmodifiedSince=past)]:
        refused(412, "PreconditionFailed", get, **conditions)
    for conditions in [dict(IfNoneMatch=etag), dict(IfModifiedSince=modified)]:
        answer = refused(304, None, get, **conditions)
        equal(answer["ResponseMetadata"]["HTTPHeaders"]["etag"], etag)
    refused(412, None, main.head_object, Bucket=name, Key="a", IfMatch='"abc"')
    refused(304, None, main.head_object, Bucket=name, Key="a", IfNoneMatch=etag)


def check_write_conditions():
    name = bucket()
    put = lambda **conditions: main.put_object(Bucket=name, Key="a", Body="x", **conditions)  # noqa: E731
    refused(404, "NoSuchKey", put, IfMatch='"abc"')
    refused(404, "NoSuchKey", put, IfMatch="*")
    etag = put(IfNoneMatch="*")["ETag"]
    refused(412, "PreconditionFailed", put, IfNoneMatch="*")
    refused(412, "PreconditionFailed", put, IfMatch='"abc"')
    put(IfMatch=etag)
    put(IfMatch=etag.strip('"'))
    main.delete_object(Bucket=name, Key="a")
    put(IfNoneMatch="*")


def check_write_conditions_where_versions_are_kept():
    name = versioned()
    put = lambda **conditions: main.put_object(Bucket=name, Key="a", Body="x", **conditions)  # noqa: E731
    etag = put(IfNoneMatch="*")["ETag"]
    refused(412, "PreconditionFailed", put, IfNoneMatch="*")
    put(IfMatch=etag)
    main.delete_object(Bucket=name, Key="a")
    refused(404, "NoSuchKey", put, IfMatch=etag)
    put(IfNoneMatch="*")


def check_one_of_many_writers():
    name = bucket()
    codes = []

    def write(number):
        try:
            client().put_object(Bucket=name, Key="a", Body=str(number), IfNoneMatch="*")
            codes.append(200)
        except ClientError as error:
            codes.append(error.response["ResponseMetadata"]["HTTPStatusCode"])

    threads = [threading.Thread(target=write, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(codes.count(200), 1)
    assert set(codes) <= {200, 409, 412}, codes


def check_delete_conditions():
    name = bucket()
    etag = main.put_object(Bucket=name, Key="a", Body="x")["ETag"]
    delete = lambda **conditions: main.delete_object(Bucket=name, Key="a", **conditions)  # noqa: E731
    refused(412, "PreconditionFailed", delete, IfMatch='"abc"')
    modified = main.head_object(Bucket=name, Key="a")["LastModified"]
    refused(412, "PreconditionFailed", delete, IfMatchLastModifiedTime=datetime.datetime(2000, 1, 1))
    refused(412, "PreconditionFailed", delete, IfMatchSize=9)
    delete(IfMatch=etag, IfMatchSize=1, IfMatchLastModifiedTime=modified)
    refused(404, "NoSuchKey", delete, IfMatch=etag)


def check_delete_many():
    name = with_keys("a", "b", "c d", "e+f")
    objects = [{"Key": key} for key in ["a", "b", "c d", "e+f", "missing"]]
    answer = main.delete_objects(Bucket=name, Delete={"Objects": objects})
    equal(sorted(one["Key"] for one in answer["Deleted"]), ["a", "b", "c d", "e+f", "missing"])
    assert "Errors" not in answer
    equal(keys_of(main.list_objects(Bucket=name)), [])


def check_delete_many_quietly():
    name = with_keys("a")
    answer = main.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "a"}], "Quiet": True})
    assert "Deleted" not in answer and "Errors" not in answer


def check_delete_many_with_conditions():
    name = with_keys("a", "b")
    answer = main.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "a", "ETag": '"no"'}, {"Key": "b"}]})
    equal([one["Code"] for one in answer["Errors"]], ["PreconditionFailed"])
    equal(keys_of(main.list_objects(Bucket=name)), ["a"])


def check_delete_too_many():
    objects = [{"Key": str(number)} for number in range(1001)]
    refused(400, "MalformedXML", main.delete_objects, Bucket=bucket(), Delete={"Objects": objects})


def check_delete_many_in_missing_bucket():
    refused(404, "NoSuchBucket", main.delete_objects, Bucket=bucket_name(), Delete={"Objects": [{"Key": "a"}]})


def check_strange_keys():
    name = bucket()
    keys = ["a b", "a+b", "a%2Fb", "ü/€/😀", "'\"<>&", "..", "a/../b", "//", " ", "_", "a\tb", "?x=1", "#", "a\\b", "~!*()"]
    for key in keys:
        main.put_object(Bucket=name, Key=key, Body=key)
    for key in keys:
        equal(text(key, name), key)
    equal(keys_of(main.list_objects_v2(Bucket=name)), sorted(keys, key=lambda key: key.encode()))


def check_keys_with_control_characters():
    name = bucket()
    for key in ["\x01", "a\x7f", "b\x1f/c"]:
        main.put_object(Bucket=name, Key=key, Body="x")
    equal(keys_of(main.list_objects_v2(Bucket=name)), ["\x01", "a\x7f", "b\x1f/c"])


def check_key_lengths():
    name = bucket()
    main.put_object(Bucket=name, Key="k" * 1024)
    refused(400, "KeyTooLongError", main.put_object, Bucket=name, Key="k" * 1025)


def check_storage_class():
    name = bucket()
    main.put_object(Bucket=name, Key="a", StorageClass="STANDARD_IA")
    equal(main.head_object(Bucket=name, Key="a")["StorageClass"], "STANDARD_IA")
    equal(main.list_objects_v2(Bucket=name)["Contents"][0]["StorageClass"], "STANDARD_IA")
    main.put_object(Bucket=name, Key="b")
    assert "StorageClass" not in main.head_object(Bucket=name, Key="b")


def check_bad_storage_class():
    refused(400, None, main.put_object, Bucket=bucket(), Key="a", StorageClass="NO_SUCH")


def check_bad_md5():
    name = bucket()
    put = lambda md5: main.put_object(Bucket=name, Key="a", Body="x", ContentMD5=md5)  # noqa: E731
    refused(400, "InvalidDigest", put, "YWJyYWNhZGFicmE=")
    refused(400, "InvalidDigest", put, "")
    refused(400, "BadDigest", put, "rL0Y20zC+Fzt72VPzMSk2A==")
    refused(404, "NoSuchKey", main.get_object, Bucket=name, Key="a")


def check_wrong_body_hash():
    name = bucket()
    s3 = client(request_checksum_calculation="when_required", s3={"payload_signing_enabled": True})
    url = f"{ENDPOINT}/{name}/a"
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    request = AWSRequest("PUT", url, data=b"one", headers={})
    S3SigV4Auth(Credentials(*MAIN), "s3", "us-east-1").add_auth(request)
    answer = requests.put(url, data=b"two", headers=dict(request.headers))
    assert s3 and answer.status_code == 400 and "XAmzContentSHA256Mismatch" in answer.text, answer.text


def check_presigned():
    name = bucket()
    for version in ["s3v4", "s3"]:
        s3 = client(signature_version=version)
        put = s3.generate_presigned_url("put_object", Params={"Bucket": name, "Key": "a b"})
        equal(requests.put(put, data=b"hello").status_code, 200)
        get = s3.generate_presigned_url("get_object", Params={"Bucket": name, "Key": "a b", "ResponseContentType": "x/y"})
        answer = requests.get(get)
        equal((answer.content, answer.headers["content-type"]), (b"hello", "x/y"))
        equal(requests.get(get + "x").status_code, 403)
        equal(requests.delete(get).status_code, 403)


def check_presigned_with_tags_and_metadata():
    name = bucket()
    params = {"Bucket": name, "Key": "a", "Tagging": "k=v", "Metadata": {"m": "1"}}
    url = main.generate_presigned_url("put_object", Params=params)
    answer = requests.put(url, data=b"x", headers={"x-amz-tagging": "k=v", "x-amz-meta-m": "1"})
    equal(answer.status_code, 200)
    equal(main.get_object_tagging(Bucket=name, Key="a")["TagSet"], [{"Key": "k", "Value": "v"}])


def check_presigned_expiry_limits():
    name = bucket()
    for seconds in [0, 604801, -7]:
        url = main.generate_presigned_url("get_object", Params={"Bucket": name, "Key": "a"}, ExpiresIn=seconds)
        assert requests.get(url).status_code in (400, 403)


def check_two_kinds_of_signature_at_once():
    name = with_keys("a")
    url = main.generate_presigned_url("get_object", Params={"Bucket": name, "Key": "a"})
    equal(requests.get(url, headers={"authorization": "AWS4-HMAC-SHA256 Credential=x"}).status_code, 400)


def check_expect_continue():
    name = bucket()
    main.put_object(Bucket=name, Key="a", Body=b"x" * 2 * MB)
    equal(main.head_object(Bucket=name, Key="a")["ContentLength"], 2 * MB)


def check_raw_put_by_nobody_is_refused():
    name = bucket()
    equal(requests.put(f"{ENDPOINT}/{name}/a", data=b"x").status_code, 403)
    equal(requests.get(f"{ENDPOINT}/{name}/a").status_code, 403)


def check_encryption_is_shown():
    name = bucket()
    equal(main.put_object(Bucket=name, Key="a", ServerSideEncryption="AES256")["ServerSideEncryption"], "AES256")
    equal(main.head_object(Bucket=name, Key="a")["ServerSideEncryption"], "AES256")


def check_website_redirect():
    name = bucket()
    main.put_object(Bucket=name, Key="a", WebsiteRedirectLocation="/b")
    equal(main.get_object(Bucket=name, Key="a")["WebsiteRedirectLocation"], "/b")


def check_website_redirect_elsewhere():
    refused(400, "InvalidRedirectLocation", main.put_object, Bucket=bucket(), Key="a", WebsiteRedirectLocation="ftp://x/")


def check_attributes():
    name = bucket()
    main.put_object(Bucket=name, Key="a", Body="hello", ChecksumAlgorithm="SHA256")
    got = main.get_object_attributes(Bucket=name, Key="a", ObjectAttributes=["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"])
    equal((got["ETag"], got["ObjectSize"], got["StorageClass"]), (hashlib.md5(b"hello").hexdigest(), 5, "STANDARD"))
    assert got["Checksum"]["ChecksumSHA256"] and got["LastModified"]
    assert "ObjectParts" not in got
    only = main.get_object_attributes(Bucket=name, Key="a", ObjectAttributes=["ObjectSize"])
    assert "ETag" not in only
    refused(404, "NoSuchKey", main.get_object_attributes, Bucket=name, Key="b", ObjectAttributes=["ETag"])
    refused(400, "InvalidArgument", main.get_object_attributes, Bucket=name, Key="a", ObjectAttributes=["Nonsense"])
