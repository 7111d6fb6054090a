from kit import *


def check_list_has_new_bucket():
    name = bucket()
    answer = main.list_buckets()
    assert name in [one["Name"] for one in answer["Buckets"]]
    assert answer["Owner"]["ID"]


def check_list_shows_own_buckets_only():
    name = bucket(alt)
    assert name not in [one["Name"] for one in main.list_buckets()["Buckets"]]
    assert name in [one["Name"] for one in alt.list_buckets()["Buckets"]]


def check_list_in_pages():
    names = sorted(bucket() for _ in range(3))
    prefix = names[0].rsplit("-", 1)[0]
    first = main.list_buckets(MaxBuckets=2, Prefix=prefix)
    equal(len(first["Buckets"]), 2)
    rest = main.list_buckets(Prefix=prefix, ContinuationToken=first["ContinuationToken"])
    got = [one["Name"] for one in first["Buckets"] + rest["Buckets"]]
    equal(got, sorted(got))
    assert set(names) <= set(got)


def check_list_is_empty_for_nobody():
    equal(nobody.list_buckets()["Buckets"], [])


def check_bad_keys():
    refused(403, "InvalidAccessKeyId", client(("nobody", "x")).list_buckets)
    refused(403, "SignatureDoesNotMatch", client(("faas", "wrong")).list_buckets)


def check_create_again_is_fine_and_resets_the_acl():
    name = bucket(ACL="public-read")
    main.put_object(Bucket=name, Key="a")
    main.create_bucket(Bucket=name)
    equal(len(main.get_bucket_acl(Bucket=name)["Grants"]), 1)
    equal(len(main.list_objects_v2(Bucket=name)["Contents"]), 1)


def check_create_of_somebody_elses():
    name = bucket()
    refused(409, "BucketAlreadyExists", alt.create_bucket, Bucket=name)


def check_create_by_nobody():
    refused(403, "AccessDenied", nobody.create_bucket, Bucket=bucket_name())


def check_bad_names():
    for name in ["aa", "a" * 64, "Foo-bar", "foo_bar", "foo..bar", "-foo", "foo-", "192.168.1.1", "foo!"]:
        answer = requests.put(f"{ENDPOINT}/{name}")
        assert answer.status_code in (400, 403), (name, answer.status_code)
    s3 = client()
    for name in ["aa", "a" * 64, "foo..bar"]:
        s3.meta.events.unregister("before-parameter-build.s3", botocore.handlers.validate_bucket_name)
        refused(400, "InvalidBucketName", s3.create_bucket, Bucket=name)


def check_good_names():
    for name in [f"a.{bucket_name()}", f"{bucket_name()}.b", f"0{bucket_name()}", bucket_name() + "x" * 30]:
        main.create_bucket(Bucket=name)
        main.delete_bucket(Bucket=name)


def check_head():
    name = bucket()
    answer = main.head_bucket(Bucket=name)
    equal(answer["ResponseMetadata"]["HTTPStatusCode"], 200)
    assert answer["BucketRegion"]
    refused(404, None, main.head_bucket, Bucket=bucket_name())
    refused(403, None, alt.head_bucket, Bucket=name)


def check_location():
    equal(main.get_bucket_location(Bucket=bucket())["LocationConstraint"], None)
    refused(404, "NoSuchBucket", main.get_bucket_location, Bucket=bucket_name())


def check_location_constraint_is_taken():
    name = bucket(CreateBucketConfiguration={"LocationConstraint": "eu-central-1", "Tags": [{"Key": "k", "Value": "v"}]})
    equal(main.get_bucket_location(Bucket=name)["LocationConstraint"], "eu-central-1")
    equal(main.head_bucket(Bucket=name)["BucketRegion"], "eu-central-1")
    equal(main.get_bucket_tagging(Bucket=name)["TagSet"], [{"Key": "k", "Value": "v"}])


def check_delete():
    name = bucket()
    equal(main.delete_bucket(Bucket=name)["ResponseMetadata"]["HTTPStatusCode"], 204)
    refused(404, "NoSuchBucket", main.delete_bucket, Bucket=name)
    refused(404, "NoSuchBucket", main.put_object, Bucket=name, Key="a", Body="x")
    refused(404, "NoSuchBucket", main.get_object, Bucket=name, Key="a")
    refused(404, "NoSuchBucket", main.list_objects, Bucket=name)
    refused(404, "NoSuchBucket", main.list_objects_v2, Bucket=name)


def check_delete_when_not_empty():
    name = with_keys("a")
    refused(409, "BucketNotEmpty", main.delete_bucket, Bucket=name)


def check_delete_with_only_old_versions():
    name = versioned()
    main.put_object(Bucket=name, Key="a", Body="x")
    main.delete_object(Bucket=name, Key="a")
    refused(409, "BucketNotEmpty", main.delete_bucket, Bucket=name)


def check_delete_by_others():
    name = bucket()
    refused(403, "AccessDenied", alt.delete_bucket, Bucket=name)
    refused(403, "AccessDenied", nobody.delete_bucket, Bucket=name)


def check_recreated_bucket_is_new():
    name = bucket(ACL="public-read")
    main.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    main.delete_bucket(Bucket=name)
    main.create_bucket(Bucket=name)
    refused(404, "NoSuchTagSet", main.get_bucket_tagging, Bucket=name)
    equal(len(main.get_bucket_acl(Bucket=name)["Grants"]), 1)


def check_errors_have_ids():
    answer = requests.get(f"{ENDPOINT}/{bucket_name()}/a")
    assert answer.headers["x-amz-request-id"] and answer.headers["x-amz-id-2"]
    equal(answer.headers["content-type"], "application/xml")
    for element in ["Code", "Message", "Resource", "RequestId", "HostId"]:
        assert f"<{element}>" in answer.text, answer.text


def check_unknown_subresources_are_refused():
    name = with_keys("a")
    s3 = client()
    url = s3.generate_presigned_url("put_object", Params={"Bucket": name, "Key": "a"})
    refused(501, "NotImplemented", main.restore_object, Bucket=name, Key="a", RestoreRequest={"Days": 1})
    refused(501, "NotImplemented", main.get_object_torrent, Bucket=name, Key="a")
    refused(501, "NotImplemented", main.list_bucket_inventory_configurations, Bucket=name)
    equal(text("a", name), "a")
    assert url
