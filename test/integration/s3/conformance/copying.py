from kit import *


def copy(name, key, source, source_bucket=None, s3=main, **options):
    return s3.copy_object(Bucket=name, Key=key, CopySource={"Bucket": source_bucket or name, "Key": source}, **options)


def check_same_and_other_bucket():
    one, two = with_keys("a"), bucket()
    answer = copy(one, "b", "a")["CopyObjectResult"]
    head = main.head_object(Bucket=one, Key="b")
    equal(answer["ETag"], head["ETag"])
    assert abs((answer["LastModified"] - head["LastModified"]).total_seconds()) < 1
    copy(two, "b", "a", one)
    equal((text("b", one), text("b", two)), ("a", "a"))


def check_empty():
    name = bucket()
    main.put_object(Bucket=name, Key="a")
    copy(name, "b", "a")
    equal(main.head_object(Bucket=name, Key="b")["ContentLength"], 0)


def check_verify_content_type():
    name = bucket()
    main.put_object(Bucket=name, Key="a", Body="x", ContentType="text/bla", Metadata={"m": "1"}, CacheControl="no-cache")
    copy(name, "b", "a")
    head = main.head_object(Bucket=name, Key="b")
    equal((head["ContentType"], head["Metadata"], head["CacheControl"]), ("text/bla", {"m": "1"}, "no-cache"))


def check_replacing_metadata():
    name = bucket()
    main.put_object(Bucket=name, Key="a", Body="x", ContentType="text/bla", Metadata={"m": "1"})
    copy(name, "b", "a", Metadata={"n": "2"}, MetadataDirective="REPLACE", ContentType="audio/ogg")
    head = main.head_object(Bucket=name, Key="b")
    equal((head["ContentType"], head["Metadata"]), ("audio/ogg", {"n": "2"}))
    copy(name, "c", "a", Metadata={"n": "2"})
    equal(main.head_object(Bucket=name, Key="c")["Metadata"], {"m": "1"})
    refused(400, "InvalidArgument", copy, name, "b", "a", MetadataDirective="NONSENSE")


def check_onto_itself():
    name = with_keys("a")
    refused(400, "InvalidRequest", copy, name, "a", "a")
    copy(name, "a", "a", Metadata={"m": "1"}, MetadataDirective="REPLACE")
    equal((main.head_object(Bucket=name, Key="a")["Metadata"], text("a", name)), ({"m": "1"}, "a"))
    copy(name, "a", "a", StorageClass="STANDARD_IA")
    equal(main.head_object(Bucket=name, Key="a")["StorageClass"], "STANDARD_IA")


def check_tags():
    name = bucket()
    main.put_object(Bucket=name, Key="a", Tagging="k=v")
    tags = lambda key: [(one["Key"], one["Value"]) for one in main.get_object_tagging(Bucket=name, Key=key)["TagSet"]]  # noqa: E731
    copy(name, "b", "a")
    equal(tags("b"), [("k", "v")])
    copy(name, "c", "a", Tagging="x=y", TaggingDirective="REPLACE")
    equal(tags("c"), [("x", "y")])
    copy(name, "d", "a", Tagging="x=y")
    equal(tags("d"), [("k", "v")])


def check_conditions():
    name = bucket()
    etag = main.put_object(Bucket=name, Key="a", Body="x")["ETag"]
    copy(name, "b", "a", CopySourceIfMatch=etag)
    copy(name, "b", "a", CopySourceIfNoneMatch='"no"')
    refused(412, "PreconditionFailed", copy, name, "b", "a", CopySourceIfMatch='"no"')
    refused(412, "PreconditionFailed", copy, name, "b", "a", CopySourceIfNoneMatch=etag)
    refused(412, "PreconditionFailed", copy, name, "b", "a", IfNoneMatch="*")


def check_the_condition_that_failed_is_named():
    name = with_keys("a")
    etag = main.head_object(Bucket=name, Key="a")["ETag"]
    for option, value, condition in [("CopySourceIfMatch", "other", "If-Match"), ("CopySourceIfNoneMatch", etag, "If-None-Match")]:
        error = refused(412, "PreconditionFailed", copy, name, "b", "a", **{option: value})
        equal(error["Error"]["Condition"], f"x-amz-copy-source-{condition}")


def check_missing_sources():
    name = with_keys("a")
    refused(404, "NoSuchBucket", copy, name, "b", "a", bucket_name())
    refused(404, "NoSuchKey", copy, name, "b", "missing")
    refused(404, "NoSuchBucket", copy, bucket_name(), "b", "a", name)


def check_acl_is_not_copied():
    name = bucket()
    main.put_object(Bucket=name, Key="a", Body="x", ACL="public-read")
    copy(name, "b", "a")
    equal(len(main.get_object_acl(Bucket=name, Key="b")["Grants"]), 1)
    copy(name, "c", "a", ACL="public-read")
    equal(text("c", name, nobody), "x")


def check_reading_the_source_is_needed():
    theirs = bucket(alt)
    name = with_keys("a")
    refused(403, "AccessDenied", copy, theirs, "a", "a", name, s3=alt)
    main.put_object_acl(Bucket=name, Key="a", ACL="public-read")
    copy(theirs, "a", "a", name, s3=alt)
    refused(403, "AccessDenied", copy, name, "b", "a", name, s3=alt)


def check_strange_source_keys():
    name = bucket()
    for key in ["a b", "a+b", "ü/€", "a%2Fb", "?x"]:
        main.put_object(Bucket=name, Key=key, Body=key)
        copy(name, "to", key)
        equal(text("to", name), key)
    main.copy_object(Bucket=name, Key="to", CopySource=f"/{name}/a b")
    equal(text("to", name), "a b")


def check_copy_of_multipart():
    name = bucket()
    upload, parts = upload_parts(main, name, "a", [b"x" * 5 * MB, b"y"])
    main.complete_multipart_upload(Bucket=name, Key="a", UploadId=upload, MultipartUpload=parts)
    copy(name, "b", "a")
    equal(body(main.get_object(Bucket=name, Key="b")), b"x" * 5 * MB + b"y")


def check_bad_sources():
    name = bucket()
    for source in ["nonsense", "/", ""]:
        refused(400, "InvalidArgument", main.copy_object, Bucket=name, Key="a", CopySource=source)
