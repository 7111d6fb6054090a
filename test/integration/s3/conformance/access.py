from kit import *

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"


def owner(s3=main):
    return s3.list_buckets()["Owner"]["ID"]


def grants(answer):
    return sorted((one["Permission"], one["Grantee"].get("ID") or one["Grantee"]["URI"]) for one in answer["Grants"])


def policy(*pairs, by=None):
    me = by or owner()
    grantee = lambda who: {"Type": "Group", "URI": who} if who.startswith("http") else {"Type": "CanonicalUser", "ID": who}  # noqa: E731
    return {"Owner": {"ID": me}, "Grants": [{"Grantee": grantee(who), "Permission": permission} for permission, who in pairs]}


def check_default():
    name = with_keys("a")
    for answer in [main.get_bucket_acl(Bucket=name), main.get_object_acl(Bucket=name, Key="a")]:
        equal(grants(answer), [("FULL_CONTROL", owner())])
        equal(answer["Owner"]["ID"], owner())
        equal(answer["Grants"][0]["Grantee"]["Type"], "CanonicalUser")


def check_canned_for_buckets():
    me = ("FULL_CONTROL", owner())
    for acl, more in [
        ("private", []),
        ("public-read", [("READ", ALL_USERS)]),
        ("public-read-write", [("READ", ALL_USERS), ("WRITE", ALL_USERS)]),
        ("authenticated-read", [("READ", AUTHENTICATED)]),
    ]:
        name = bucket(ACL=acl)
        equal(grants(main.get_bucket_acl(Bucket=name)), sorted([me, *more]))
        main.put_bucket_acl(Bucket=name, ACL="private")
        equal(grants(main.get_bucket_acl(Bucket=name)), [me])
        main.put_bucket_acl(Bucket=name, ACL=acl)
        equal(grants(main.get_bucket_acl(Bucket=name)), sorted([me, *more]))


def check_canned_for_objects():
    name = bucket()
    me = ("FULL_CONTROL", owner())
    for acl, more in [
        ("private", []),
        ("public-read", [("READ", ALL_USERS)]),
        ("public-read-write", [("READ", ALL_USERS), ("WRITE", ALL_USERS)]),
        ("authenticated-read", [("READ", AUTHENTICATED)]),
        ("bucket-owner-read", []),
        ("bucket-owner-full-control", []),
    ]:
        main.put_object(Bucket=name, Key="a", ACL=acl)
        equal(grants(main.get_object_acl(Bucket=name, Key="a")), sorted([me, *more]))
        main.put_object(Bucket=name, Key="b")
        main.put_object_acl(Bucket=name, Key="b", ACL=acl)
        equal(grants(main.get_object_acl(Bucket=name, Key="b")), sorted([me, *more]))


def check_canned_with_another_bucket_owner():
    name = bucket(ACL="public-read-write")
    for acl, permission in [("bucket-owner-read", "READ"), ("bucket-owner-full-control", "FULL_CONTROL")]:
        alt.put_object(Bucket=name, Key="a", Body="x", ACL=acl)
        answer = alt.get_object_acl(Bucket=name, Key="a")
        equal(grants(answer), sorted([("FULL_CONTROL", owner(alt)), (permission, owner())]))
        equal(text("a", name), "x")
    alt.put_object(Bucket=name, Key="a", Body="x")
    refused(403, "AccessDenied", main.get_object, Bucket=name, Key="a")


def check_unknown_canned():
    for s3 in [client()]:
        refused(400, "InvalidArgument", s3.create_bucket, Bucket=bucket_name(), ACL="public-ready")
        refused(400, "InvalidArgument", s3.put_object, Bucket=bucket(), Key="a", ACL="nonsense")


def check_documents():
    name = with_keys("a")
    me, other = owner(), owner(alt)
    for permission in ["FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP"]:
        wanted = policy(("FULL_CONTROL", me), (permission, other))
        main.put_bucket_acl(Bucket=name, AccessControlPolicy=wanted)
        equal(grants(main.get_bucket_acl(Bucket=name)), sorted([("FULL_CONTROL", me), (permission, other)]))
        main.put_object_acl(Bucket=name, Key="a", AccessControlPolicy=wanted)
        equal(grants(main.get_object_acl(Bucket=name, Key="a")), sorted([("FULL_CONTROL", me), (permission, other)]))
    main.put_bucket_acl(Bucket=name, AccessControlPolicy=policy())
    equal(main.get_bucket_acl(Bucket=name)["Grants"], [])
    main.put_bucket_acl(Bucket=name, ACL="private")


def check_grant_headers():
    me, other = owner(), owner(alt)
    given = dict(GrantFullControl=f"id={me}", GrantRead=f"id={other},uri={ALL_USERS}", GrantReadACP=f'id="{other}"', GrantWriteACP=f"id={other}")
    expected = sorted([("FULL_CONTROL", me), ("READ", other), ("READ", ALL_USERS), ("READ_ACP", other), ("WRITE_ACP", other)])
    name = bucket(**given)
    equal(grants(main.get_bucket_acl(Bucket=name)), expected)
    main.put_object(Bucket=name, Key="a", **given)
    equal(grants(main.get_object_acl(Bucket=name, Key="a")), expected)
    refused(400, "InvalidRequest", main.put_object, Bucket=name, Key="a", ACL="private", GrantRead=f"id={other}")


def check_unknown_grantees():
    name = bucket()
    refused(400, "InvalidArgument", main.put_bucket_acl, Bucket=name, AccessControlPolicy=policy(("READ", "_foo")))
    refused(400, "InvalidArgument", main.put_bucket_acl, Bucket=name, AccessControlPolicy=policy(("READ", "http://example.com/nobody")))
    by_mail = {"Owner": {"ID": owner()}, "Grants": [{"Grantee": {"Type": "AmazonCustomerByEmail", "EmailAddress": "no@example.com"}, "Permission": "READ"}]}
    refused(400, "UnresolvableGrantByEmailAddress", main.put_bucket_acl, Bucket=name, AccessControlPolicy=by_mail)


def check_document_must_be_well_formed():
    name = bucket()
    refused(400, "MalformedACLError", main.put_bucket_acl, Bucket=name, AccessControlPolicy={"Owner": {"ID": owner()}})
    refused(403, "AccessDenied", main.put_bucket_acl, Bucket=name, AccessControlPolicy=policy(("READ", owner()), by="other"))


def check_what_bucket_grants_allow():
    other = owner(alt)
    calls = {
        "READ": lambda name: alt.list_objects(Bucket=name),
        "WRITE": lambda name: alt.put_object(Bucket=name, Key="theirs", Body="x"),
        "READ_ACP": lambda name: alt.get_bucket_acl(Bucket=name),
        "WRITE_ACP": lambda name: alt.put_bucket_acl(Bucket=name, AccessControlPolicy=policy(("FULL_CONTROL", owner()), (granted, other))),
    }
    for granted in [*calls, "FULL_CONTROL"]:
        name = bucket()
        main.put_bucket_acl(Bucket=name, AccessControlPolicy=policy(("FULL_CONTROL", owner()), (granted, other)))
        for wanted, call in calls.items():
            if granted in (wanted, "FULL_CONTROL"):
                call(name)
            else:
                refused(403, "AccessDenied", call, name)


def check_what_object_grants_allow():
    other = owner(alt)
    calls = {
        "READ": lambda name: body(alt.get_object(Bucket=name, Key="a")),
        "READ_ACP": lambda name: alt.get_object_acl(Bucket=name, Key="a"),
        "WRITE_ACP": lambda name: alt.put_object_acl(Bucket=name, Key="a", AccessControlPolicy=policy(("FULL_CONTROL", owner()), (granted, other))),
    }
    for granted in [*calls, "FULL_CONTROL"]:
        name = with_keys("a")
        main.put_object_acl(Bucket=name, Key="a", AccessControlPolicy=policy(("FULL_CONTROL", owner()), (granted, other)))
        for wanted, call in calls.items():
            if granted in (wanted, "FULL_CONTROL"):
                call(name)
            else:
                refused(403, "AccessDenied", call, name)
        refused(403, "AccessDenied", alt.put_object, Bucket=name, Key="a", Body="x")


def access(bucket_acl, object_acl):
    """What others can do: read and overwrite an object, read and overwrite a private one, list, add."""
    name = bucket(ACL=bucket_acl)
    main.put_object(Bucket=name, Key="open", Body="open", ACL=object_acl)
    main.put_object(Bucket=name, Key="closed", Body="closed", ACL="private")

    def can(call, **options):
        try:
            call(Bucket=name, **options)
            return True
        except ClientError as error:
            equal(error.response["Error"]["Code"], "AccessDenied")
            return False

    return [
        can(alt.get_object, Key="open"),
        can(alt.get_object, Key="closed"),
        can(alt.list_objects),
        can(alt.list_objects_v2),
        can(alt.put_object, Key="open", Body="x"),
        can(alt.put_object, Key="new", Body="x"),
    ]


def check_access_by_canned_lists():
    for object_acl, readable in [("private", False), ("public-read", True), ("public-read-write", True)]:
        equal(access("private", object_acl), [readable, False, False, False, False, False])
        equal(access("public-read", object_acl), [readable, False, True, True, False, False])
        equal(access("public-read-write", object_acl), [readable, False, True, True, True, True])


def check_nobody():
    name = bucket(ACL="public-read")
    main.put_object(Bucket=name, Key="a", Body="x", ACL="public-read")
    main.put_object(Bucket=name, Key="b", Body="x")
    equal(text("a", name, nobody), "x")
    nobody.head_bucket(Bucket=name)
    refused(403, "AccessDenied", nobody.get_object, Bucket=name, Key="b")
    refused(404, "NoSuchKey", nobody.get_object, Bucket=name, Key="missing")
    refused(403, "AccessDenied", nobody.put_object, Bucket=name, Key="a", Body="x")
    refused(403, "AccessDenied", nobody.delete_object, Bucket=name, Key="a")
    closed = bucket()
    refused(403, "AccessDenied", nobody.get_object, Bucket=closed, Key="missing")
    refused(403, None, nobody.head_object, Bucket=closed, Key="missing")


def check_nobody_may_write_where_all_may():
    name = bucket(ACL="public-read-write")
    nobody.put_object(Bucket=name, Key="a", Body="x")
    nobody.delete_object(Bucket=name, Key="a")


def check_authenticated_read():
    name = bucket()
    main.put_object(Bucket=name, Key="a", Body="x", ACL="authenticated-read")
    equal(text("a", name, alt), "x")
    refused(403, "AccessDenied", nobody.get_object, Bucket=name, Key="a")


def check_acl_survives_nothing_but_itself():
    name = bucket()
    main.put_object(Bucket=name, Key="a", ACL="public-read")
    main.put_object(Bucket=name, Key="a")
    equal(len(main.get_object_acl(Bucket=name, Key="a")["Grants"]), 1)


def check_acl_changes_nothing_else():
    name = bucket()
    before = main.put_object(Bucket=name, Key="a", Body="x", Metadata={"m": "1"})["ETag"]
    main.put_object_acl(Bucket=name, Key="a", ACL="public-read")
    head = main.head_object(Bucket=name, Key="a")
    equal((head["ETag"], head["Metadata"]), (before, {"m": "1"}))


def check_ownership_controls():
    name = bucket(ObjectOwnership="BucketOwnerEnforced")
    rules = main.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    equal(rules, [{"ObjectOwnership": "BucketOwnerEnforced"}])
    refused(400, "AccessControlListNotSupported", main.put_object, Bucket=name, Key="a", ACL="public-read")
    main.put_object(Bucket=name, Key="a", ACL="bucket-owner-full-control")
    refused(400, "AccessControlListNotSupported", main.put_bucket_acl, Bucket=name, ACL="public-read")
    main.delete_bucket_ownership_controls(Bucket=name)
    refused(404, "OwnershipControlsNotFoundError", main.get_bucket_ownership_controls, Bucket=name)
    main.put_object(Bucket=name, Key="a", ACL="public-read")


def check_public_access_block():
    name = bucket(ACL="public-read")
    main.put_object(Bucket=name, Key="a", Body="x", ACL="public-read")
    refused(404, "NoSuchPublicAccessBlockConfiguration", main.get_public_access_block, Bucket=name)
    settings = dict(BlockPublicAcls=True, IgnorePublicAcls=True, BlockPublicPolicy=True, RestrictPublicBuckets=False)
    main.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=settings)
    equal(main.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"], settings)
    refused(403, "AccessDenied", main.put_bucket_acl, Bucket=name, ACL="public-read")
    refused(403, "AccessDenied", main.put_object, Bucket=name, Key="a", Body="x", ACL="public-read")
    refused(403, "AccessDenied", nobody.get_object, Bucket=name, Key="a")
    refused(403, "AccessDenied", nobody.list_objects, Bucket=name)
    main.delete_public_access_block(Bucket=name)
    equal(text("a", name, nobody), "x")


def check_tags_are_the_owners():
    name = bucket()
    main.put_object(Bucket=name, Key="a", ACL="public-read", Tagging="k=v")
    refused(403, "AccessDenied", alt.get_object_tagging, Bucket=name, Key="a")
    refused(403, "AccessDenied", nobody.put_object_tagging, Bucket=name, Key="a", Tagging={"TagSet": []})


def check_expected_owner():
    name, theirs = with_keys("a"), bucket(alt, ACL="public-read-write")
    for account in [MAIN[0], "000000000000"]:
        equal(text("a", name, ExpectedBucketOwner=account), "a")
    refused(403, "AccessDenied", main.get_object, Bucket=name, Key="a", ExpectedBucketOwner="123456789012")
    refused(403, "AccessDenied", main.put_object, Bucket=theirs, Key="a", ExpectedBucketOwner=MAIN[0])
    refused(403, None, main.head_bucket, Bucket=theirs, ExpectedBucketOwner=MAIN[0])
    source = dict(Bucket=name, Key="b", CopySource={"Bucket": name, "Key": "a"})
    main.copy_object(**source, ExpectedSourceBucketOwner=MAIN[0])
    refused(403, "AccessDenied", main.copy_object, **source, ExpectedSourceBucketOwner=ALT[0])


def check_lists_of_others_objects_are_theirs():
    name = bucket(ACL="public-read-write")
    alt.put_object(Bucket=name, Key="a", Body="x")
    refused(403, "AccessDenied", main.get_object_acl, Bucket=name, Key="a")
    alt.put_object_acl(Bucket=name, Key="a", ACL="bucket-owner-full-control")
    main.get_object_acl(Bucket=name, Key="a")


def check_lists_that_enforcement_rules_out():
    name = bucket_name()
    options = dict(Bucket=name, ObjectOwnership="BucketOwnerEnforced")
    refused(400, "InvalidBucketAclWithObjectOwnership", main.create_bucket, **options, ACL="public-read")
    main.create_bucket(**options, ACL="private")
