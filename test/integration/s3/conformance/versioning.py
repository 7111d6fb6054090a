from kit import *


def versions(name, **options):
    got = main.list_object_versions(Bucket=name, **options)
    return [(one["Key"], one["VersionId"], one["IsLatest"]) for one in got.get("Versions", [])]


def markers(name):
    return main.list_object_versions(Bucket=name).get("DeleteMarkers", [])


def put(name, key, content):
    return main.put_object(Bucket=name, Key=key, Body=content).get("VersionId")


def check_status():
    name = bucket()
    assert "Status" not in main.get_bucket_versioning(Bucket=name)
    for status in ["Enabled", "Suspended", "Enabled"]:
        main.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})
        equal(main.get_bucket_versioning(Bucket=name)["Status"], status)
    refused(400, "IllegalVersioningConfigurationException", main.put_bucket_versioning, Bucket=name, VersioningConfiguration={})
    refused(403, "AccessDenied", alt.get_bucket_versioning, Bucket=name)


def check_versions_are_kept_and_read():
    name = versioned()
    ids = [put(name, "a", f"content {number}") for number in range(4)]
    equal(len(set(ids)), 4)
    equal(text("a", name), "content 3")
    for number, version in enumerate(ids):
        got = main.get_object(Bucket=name, Key="a", VersionId=version)
        equal((body(got).decode(), got["VersionId"]), (f"content {number}", version))
        equal(main.head_object(Bucket=name, Key="a", VersionId=version)["VersionId"], version)
    equal(versions(name), [("a", version, version == ids[-1]) for version in reversed(ids)])


def check_removing_versions_one_by_one():
    name = versioned()
    ids = [put(name, "a", str(number)) for number in range(5)]
    while ids:
        gone = ids.pop()
        answer = main.delete_object(Bucket=name, Key="a", VersionId=gone)
        equal((answer["VersionId"], answer.get("DeleteMarker", False)), (gone, False))
        refused(404, "NoSuchVersion", main.get_object, Bucket=name, Key="a", VersionId=gone)
        if ids:
            equal(text("a", name), str(len(ids) - 1))
            equal(versions(name)[0], ("a", ids[-1], True))
    refused(404, "NoSuchKey", main.get_object, Bucket=name, Key="a")


def check_removing_an_old_version():
    name = versioned()
    ids = [put(name, "a", str(number)) for number in range(3)]
    main.delete_object(Bucket=name, Key="a", VersionId=ids[1])
    equal(text("a", name), "2")
    equal(versions(name), [("a", ids[2], True), ("a", ids[0], False)])


def check_delete_marker():
    name = versioned()
    version = put(name, "a", "x")
    gone = main.delete_object(Bucket=name, Key="a")
    equal(gone["DeleteMarker"], True)
    answer = refused(404, "NoSuchKey", main.get_object, Bucket=name, Key="a")
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    equal((headers["x-amz-delete-marker"], headers["x-amz-version-id"]), ("true", gone["VersionId"]))
    head = refused(404, None, main.head_object, Bucket=name, Key="a")
    equal(head["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"], "true")
    equal([(one["Key"], one["VersionId"], one["IsLatest"]) for one in markers(name)], [("a", gone["VersionId"], True)])
    equal(versions(name), [("a", version, False)])
    equal(keys_of(main.list_objects_v2(Bucket=name)), [])
    answer = refused(405, "MethodNotAllowed", main.get_object, Bucket=name, Key="a", VersionId=gone["VersionId"])
    equal(answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"], "true")
    refused(405, None, main.head_object, Bucket=name, Key="a", VersionId=gone["VersionId"])


def check_removing_the_marker_brings_the_object_back():
    name = versioned()
    put(name, "a", "one")
    put(name, "a", "two")
    marker = main.delete_object(Bucket=name, Key="a")["VersionId"]
    again = main.delete_object(Bucket=name, Key="a")["VersionId"]
    answer = main.delete_object(Bucket=name, Key="a", VersionId=again)
    equal((answer["DeleteMarker"], answer["VersionId"]), (True, again))
    refused(404, "NoSuchKey", main.get_object, Bucket=name, Key="a")
    main.delete_object(Bucket=name, Key="a", VersionId=marker)
    equal(text("a", name), "two")


def check_marker_of_what_never_was():
    name = versioned()
    answer = main.delete_object(Bucket=name, Key="a")
    equal(answer["DeleteMarker"], True)
    equal(len(markers(name)), 1)


def check_objects_from_before_versioning():
    name = bucket()
    assert put(name, "a", "old") is None
    main.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    equal(main.get_object(Bucket=name, Key="a")["VersionId"], "null")
    version = put(name, "a", "new")
    equal(text("a", name, VersionId="null"), "old")
    equal(versions(name), [("a", version, True), ("a", "null", False)])
    main.delete_object(Bucket=name, Key="a", VersionId="null")
    equal(versions(name), [("a", version, True)])
    main.delete_object(Bucket=name, Key="a", VersionId=version)
    equal(versions(name), [])


def check_suspended_writes_replace_the_null_version():
    name = versioned()
    first = put(name, "a", "first")
    main.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
    equal(put(name, "a", "null 1"), None)
    equal(put(name, "a", "null 2"), None)
    equal(versions(name), [("a", "null", True), ("a", first, False)])
    equal(text("a", name), "null 2")
    main.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    second = put(name, "a", "second")
    equal(versions(name), [("a", second, True), ("a", "null", False), ("a", first, False)])
    main.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
    put(name, "a", "null 3")
    equal(versions(name), [("a", "null", True), ("a", second, False), ("a", first, False)])
    main.delete_object(Bucket=name, Key="a", VersionId="null")
    equal(text("a", name), "second")


def check_suspended_deletion():
    name = bucket()
    put(name, "a", "x")
    main.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
    answer = main.delete_object(Bucket=name, Key="a")
    equal((answer["DeleteMarker"], answer["VersionId"]), (True, "null"))
    equal(versions(name), [])
    equal([one["VersionId"] for one in markers(name)], ["null"])
    put(name, "a", "y")
    equal((versions(name), markers(name)), ([("a", "null", True)], []))


def check_suspended_deletion_keeps_old_versions():
    name = versioned()
    version = put(name, "a", "x")
    main.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
    main.delete_object(Bucket=name, Key="a")
    main.delete_object(Bucket=name, Key="a")
    equal(versions(name), [("a", version, False)])
    equal(len(markers(name)), 1)
    main.delete_object(Bucket=name, Key="a", VersionId="null")
    equal(text("a", name), "x")


def check_null_version_where_nothing_is_versioned():
    name = with_keys("a")
    equal(text("a", name, VersionId="null"), "a")
    assert "VersionId" not in main.head_object(Bucket=name, Key="a")
    main.delete_object(Bucket=name, Key="a", VersionId="null")
    refused(404, "NoSuchKey", main.get_object, Bucket=name, Key="a")


def check_bad_version_ids():
    name = versioned()
    put(name, "a", "x")
    refused(400, "InvalidArgument", main.get_object, Bucket=name, Key="a", VersionId="nonsense")
    refused(404, "NoSuchVersion", main.get_object, Bucket=name, Key="a", VersionId="null")
    refused(404, "NoSuchVersion", main.get_object, Bucket=name, Key="a", VersionId="x" * 32)
    main.delete_object(Bucket=name, Key="a", VersionId="x" * 32)


def check_copy_of_versions():
    name = versioned()
    first, second = put(name, "a", "one"), put(name, "a", "two")
    for version, content in [(first, "one"), (second, "two")]:
        answer = main.copy_object(Bucket=name, Key="b", CopySource={"Bucket": name, "Key": "a", "VersionId": version})
        equal((text("b", name), answer["CopySourceVersionId"]), (content, version))
        equal(main.head_object(Bucket=name, Key="b")["VersionId"], answer["VersionId"])
    main.copy_object(Bucket=name, Key="a", CopySource={"Bucket": name, "Key": "a", "VersionId": first})
    equal(text("a", name), "one")
    equal(len(versions(name, Prefix="a")), 3)
    gone = main.delete_object(Bucket=name, Key="a")["VersionId"]
    refused(404, "NoSuchKey", main.copy_object, Bucket=name, Key="c", CopySource={"Bucket": name, "Key": "a"})
    refused(400, "InvalidRequest", main.copy_object, Bucket=name, Key="c", CopySource={"Bucket": name, "Key": "a", "VersionId": gone})


def check_multipart_makes_versions():
    name = versioned()
    ids = []
    for number in range(2):
        upload, parts = upload_parts(main, name, "a", [str(number) * MB])
        answer = main.complete_multipart_upload(Bucket=name, Key="a", UploadId=upload, MultipartUpload=parts)
        ids.append(answer["VersionId"])
    equal(versions(name), [("a", ids[1], True), ("a", ids[0], False)])
    equal(text("a", name, VersionId=ids[0])[:1], "0")


def check_delete_many_versions():
    name = versioned()
    ids = [put(name, "a", str(number)) for number in range(3)]
    answer = main.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "a", "VersionId": one} for one in ids[:2]] + [{"Key": "b"}]})
    plain = [one for one in answer["Deleted"] if one["Key"] == "a"]
    equal(sorted(one["VersionId"] for one in plain), sorted(ids[:2]))
    marker = next(one for one in answer["Deleted"] if one["Key"] == "b")
    assert marker["DeleteMarker"] and marker["DeleteMarkerVersionId"]
    gone = main.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "b", "VersionId": marker["DeleteMarkerVersionId"]}]})
    equal(gone["Deleted"][0]["DeleteMarker"], True)
    equal(versions(name), [("a", ids[2], True)])


def check_listing_in_pages():
    name = versioned()
    expected = []
    for key in ["a", "b/1", "c"]:
        ids = [put(name, key, str(number)) for number in range(3)]
        expected += [(key, one) for one in reversed(ids)]
    for size in [1, 2, 4]:
        got = []
        options = {}
        while True:
            page = main.list_object_versions(Bucket=name, MaxKeys=size, **options)
            got += [(one["Key"], one["VersionId"]) for one in page.get("Versions", [])]
            if not page["IsTruncated"]:
                break
            options = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}
        equal(got, expected)
    grouped = main.list_object_versions(Bucket=name, Delimiter="/")
    equal((prefixes_of(grouped), len(grouped["Versions"])), (["b/"], 6))
    refused(400, "InvalidArgument", main.list_object_versions, Bucket=name, VersionIdMarker=expected[0][1])


def check_markers_and_versions_in_one_page():
    name = versioned()
    put(name, "a", "x")
    main.delete_object(Bucket=name, Key="a")
    got = main.list_object_versions(Bucket=name, MaxKeys=1)
    equal((len(got.get("Versions", [])), len(got["DeleteMarkers"]), got["IsTruncated"]), (0, 1, True))
    rest = main.list_object_versions(Bucket=name, KeyMarker=got["NextKeyMarker"], VersionIdMarker=got["NextVersionIdMarker"])
    equal((len(rest["Versions"]), rest["IsTruncated"]), (1, False))


def check_acl_and_tags_of_versions():
    name = versioned()
    first, second = put(name, "a", "one"), put(name, "a", "two")
    main.put_object_tagging(Bucket=name, Key="a", VersionId=first, Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    equal(main.get_object_tagging(Bucket=name, Key="a")["TagSet"], [])
    equal(main.get_object_tagging(Bucket=name, Key="a", VersionId=first)["TagSet"], [{"Key": "k", "Value": "v"}])
    main.put_object_acl(Bucket=name, Key="a", ACL="public-read", VersionId=first)
    equal(len(main.get_object_acl(Bucket=name, Key="a", VersionId=first)["Grants"]), 2)
    equal(len(main.get_object_acl(Bucket=name, Key="a", VersionId=second)["Grants"]), 1)
    equal(text("a", name, nobody, VersionId=first), "one")
    refused(403, "AccessDenied", nobody.get_object, Bucket=name, Key="a")


def check_version_ids_of_other_servers_are_not_here():
    name = versioned()
    put(name, "a", "x")
    for version in ["01JZX5J3M5T7C0M8Y7Q9W3E4RT", "3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY".replace("/", ".").replace("+", "_")]:
        refused(404, "NoSuchVersion", main.get_object, Bucket=name, Key="a", VersionId=version)
        main.delete_object(Bucket=name, Key="a", VersionId=version)
    refused(400, "InvalidArgument", main.get_object, Bucket=name, Key="a", VersionId="nonsense")


def check_the_method_that_a_marker_refuses():
    name = versioned()
    put(name, "a", "x")
    marker = main.delete_object(Bucket=name, Key="a")["VersionId"]
    tags = {"TagSet": [{"Key": "a", "Value": "b"}]}
    error = refused(405, "MethodNotAllowed", main.put_object_tagging, Bucket=name, Key="a", VersionId=marker, Tagging=tags)
    equal((error["Error"]["Method"], error["Error"]["ResourceType"]), ("PUT", "DeleteMarker"))


def check_versioning_states():
    name = bucket()
    refused(400, "MalformedXML", main.put_bucket_versioning, Bucket=name, VersioningConfiguration={"Status": "On"})
