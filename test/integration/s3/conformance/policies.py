import json

from kit import *


def allow(name, actions, resource=None, principal="*", effect="Allow", **more):
    actions = actions if isinstance(actions, list) else [actions]
    resource = resource or [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
    who = principal if principal == "*" else {"AWS": principal}
    return {"Effect": effect, "Principal": who, "Action": actions, "Resource": resource} | more


def put(name, *statements):
    main.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def check_listing_by_others():
    name = with_keys("asdf")
    refused(403, "AccessDenied", alt.list_objects, Bucket=name)
    put(name, allow(name, "s3:ListBucket"))
    equal(keys_of(alt.list_objects(Bucket=name)), ["asdf"])
    equal(keys_of(nobody.list_objects_v2(Bucket=name)), ["asdf"])
    refused(403, "AccessDenied", alt.get_object, Bucket=name, Key="asdf")


def check_reading_by_others():
    name = with_keys("a/1", "b/1")
    put(name, allow(name, "s3:GetObject", f"arn:aws:s3:::{name}/a/*"))
    equal(text("a/1", name, nobody), "a/1")
    refused(403, "AccessDenied", nobody.get_object, Bucket=name, Key="b/1")
    refused(403, "AccessDenied", nobody.get_object, Bucket=name, Key="a/missing")
    refused(403, "AccessDenied", nobody.put_object, Bucket=name, Key="a/1", Body="x")


def check_one_account():
    name = with_keys("a")
    for principal in ["other", "arn:aws:iam::other:root", "arn:aws:iam:::user/other"]:
        put(name, allow(name, "s3:*", principal=principal))
        equal(text("a", name, alt), "a")
        alt.put_object(Bucket=name, Key="b", Body="x")
        refused(403, "AccessDenied", nobody.get_object, Bucket=name, Key="a")
    put(name, allow(name, "s3:*", principal="arn:aws:iam::somebody:root"))
    refused(403, "AccessDenied", alt.get_object, Bucket=name, Key="a")


def check_deny_outranks():
    name = bucket(ACL="public-read")
    put(name, allow(name, "s3:ListBucket", effect="Deny"))
    refused(403, "AccessDenied", nobody.list_objects, Bucket=name)
    refused(403, "AccessDenied", main.list_objects, Bucket=name)
    main.delete_bucket_policy(Bucket=name)
    nobody.list_objects(Bucket=name)


def check_denying_everything_can_be_taken_back():
    name = bucket()
    put(name, allow(name, "s3:*", effect="Deny"))
    refused(403, "AccessDenied", main.put_object, Bucket=name, Key="a")
    main.get_bucket_policy(Bucket=name)
    main.delete_bucket_policy(Bucket=name)
    main.put_object(Bucket=name, Key="a")


def check_prefix_condition():
    name = with_keys("foo/1", "bar")
    put(name, allow(name, "s3:ListBucket", Condition={"StringLike": {"s3:prefix": "foo*"}}))
    equal(keys_of(alt.list_objects_v2(Bucket=name, Prefix="foo/")), ["foo/1"])
    refused(403, "AccessDenied", alt.list_objects_v2, Bucket=name, Prefix="bar")
    refused(403, "AccessDenied", alt.list_objects_v2, Bucket=name)


def check_acl_condition():
    name = bucket()
    put(
        name,
        allow(name, "s3:PutObject"),
        allow(name, "s3:PutObject", effect="Deny", Condition={"StringLike": {"s3:x-amz-acl": "public*"}}),
    )
    alt.put_object(Bucket=name, Key="a", Body="x")
    refused(403, "AccessDenied", alt.put_object, Bucket=name, Key="a", Body="x", ACL="public-read")


def check_encryption_condition():
    name = bucket()
    put(
        name,
        allow(name, "s3:PutObject", effect="Deny", Condition={"StringNotEquals": {"s3:x-amz-server-side-encryption": "AES256"}}),
        allow(name, "s3:PutObject", effect="Deny", Condition={"Null": {"s3:x-amz-server-side-encryption": "true"}}),
    )
    refused(403, "AccessDenied", main.put_object, Bucket=name, Key="a", Body="x")
    main.put_object(Bucket=name, Key="a", Body="x", ServerSideEncryption="AES256")


def check_tag_conditions():
    name = bucket()
    for key, tag in [("public", "public"), ("private", "private")]:
        main.put_object(Bucket=name, Key=key, Body="x", Tagging=f"security={tag}")
    put(name, allow(name, ["s3:GetObject", "s3:GetObjectTagging"], Condition={"StringEquals": {"s3:ExistingObjectTag/security": "public"}}))
    equal(text("public", name, alt), "x")
    refused(403, "AccessDenied", alt.get_object, Bucket=name, Key="private")
    alt.get_object_tagging(Bucket=name, Key="public")
    refused(403, "AccessDenied", alt.get_object_tagging, Bucket=name, Key="private")
    put(name, allow(name, "s3:PutObject", Condition={"StringEquals": {"s3:RequestObjectTag/security": "public"}}))
    refused(403, "AccessDenied", alt.put_object, Bucket=name, Key="a", Body="x")
    alt.put_object(Bucket=name, Key="a", Body="x", Tagging="security=public")


def check_address_condition():
    name = with_keys("a")
    put(name, allow(name, "s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": ["127.0.0.0/8", "::1/128"]}}))
    equal(text("a", name, nobody), "a")
    put(name, allow(name, "s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))
    refused(403, "AccessDenied", nobody.get_object, Bucket=name, Key="a")


def check_copy_source_condition():
    source = with_keys("public/foo", "private/foo")
    target = bucket()
    put(source, allow(source, "s3:GetObject"))
    put(target, allow(target, "s3:PutObject", Condition={"StringLike": {"s3:x-amz-copy-source": f"{source}/public/*"}}))
    alt.copy_object(Bucket=target, Key="a", CopySource=f"{source}/public/foo")
    refused(403, "AccessDenied", alt.copy_object, Bucket=target, Key="a", CopySource=f"{source}/private/foo")


def check_deleting_by_others():
    name = with_keys("a/1", "b/1")
    put(name, allow(name, "s3:DeleteObject", f"arn:aws:s3:::{name}/a/*"))
    answer = alt.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "a/1"}, {"Key": "b/1"}]})
    equal(([one["Key"] for one in answer["Deleted"]], [(one["Key"], one["Code"]) for one in answer["Errors"]]), (["a/1"], [("b/1", "AccessDenied")]))


def check_versions_are_an_action_of_their_own():
    name = versioned()
    version = main.put_object(Bucket=name, Key="a", Body="x")["VersionId"]
    put(name, allow(name, "s3:GetObject"))
    equal(text("a", name, nobody), "x")
    refused(403, "AccessDenied", nobody.get_object, Bucket=name, Key="a", VersionId=version)
    put(name, allow(name, "s3:GetObjectVersion"))
    equal(text("a", name, nobody, VersionId=version), "x")


def check_negations():
    name = with_keys("a", "b")
    put(name, {"Effect": "Allow", "NotPrincipal": {"AWS": "nobody"}, "NotAction": "s3:Put*", "NotResource": f"arn:aws:s3:::{name}/b"})
    equal(text("a", name, alt), "a")
    refused(403, "AccessDenied", alt.get_object, Bucket=name, Key="b")
    refused(403, "AccessDenied", alt.put_object, Bucket=name, Key="a", Body="x")


def check_public_policies_can_be_blocked():
    name = bucket()
    main.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={"BlockPublicPolicy": True})
    refused(403, "AccessDenied", put, name, allow(name, "s3:GetObject"))
    put(name, allow(name, "s3:GetObject", principal="other"))
    equal(main.get_bucket_policy_status(Bucket=name)["PolicyStatus"]["IsPublic"], False)


def check_what_cannot_be_judged_is_refused():
    name = bucket()
    refused(501, "NotImplemented", put, name, allow(name, "s3:GetObject", Condition={"BinaryEquals": {"s3:x": "y"}}))


def check_transport_condition():
    name = with_keys("a")
    secure = str(ENDPOINT.startswith("https")).lower()
    put(name, allow(name, "s3:GetObject", Condition={"Bool": {"aws:SecureTransport": secure}}))
    equal(text("a", name, alt), "a")
    put(name, allow(name, "s3:GetObject", effect="Deny", Condition={"Bool": {"aws:SecureTransport": secure}}))
    refused(403, "AccessDenied", main.get_object, Bucket=name, Key="a")


def check_date_conditions():
    name = with_keys("a")
    for operator, date, allowed in [
        ("DateLessThanEquals", "2999-01-01T00:00:00Z", True),
        ("DateGreaterThanEquals", "2999-01-01T00:00:00Z", False),
        ("DateNotEquals", "2020-01-01T00:00:00Z", True),
    ]:
        put(name, allow(name, "s3:GetObject", Condition={operator: {"aws:CurrentTime": date}}))
        if allowed:
            equal(text("a", name, alt), "a")
        else:
            refused(403, "AccessDenied", alt.get_object, Bucket=name, Key="a")


def check_versions_are_deleted_by_an_action_of_their_own():
    name = versioned()
    first = main.put_object(Bucket=name, Key="a", Body="x")["VersionId"]
    put(name, allow(name, "s3:DeleteObject"))
    refused(403, "AccessDenied", alt.delete_object, Bucket=name, Key="a", VersionId=first)
    failed = alt.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "a", "VersionId": first}]})["Errors"]
    equal([one["Code"] for one in failed], ["AccessDenied"])
    alt.delete_object(Bucket=name, Key="a")
    put(name, allow(name, "s3:DeleteObjectVersion"))
    alt.delete_object(Bucket=name, Key="a", VersionId=first)


def check_locks_of_a_put_need_an_action_of_their_own():
    name = bucket(ObjectLockEnabledForBucket=True)
    put(name, allow(name, "s3:PutObject"))
    refused(403, "AccessDenied", alt.put_object, Bucket=name, Key="a", Body="x", ObjectLockLegalHoldStatus="OFF")
    put(name, allow(name, ["s3:PutObject", "s3:PutObjectLegalHold"]))
    alt.put_object(Bucket=name, Key="a", Body="x", ObjectLockLegalHoldStatus="OFF")
