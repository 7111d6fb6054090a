import datetime

from kit import *

FUTURE = datetime.datetime(2100, 1, 1, tzinfo=datetime.timezone.utc)
LATER = datetime.datetime(2101, 1, 1, tzinfo=datetime.timezone.utc)


def locked():
    return bucket(ObjectLockEnabledForBucket=True)


def put(name, **options):
    return main.put_object(Bucket=name, Key="a", Body="x", **options)["VersionId"]


def retain(name, version, mode="GOVERNANCE", until=FUTURE, **options):
    main.put_object_retention(Bucket=name, Key="a", VersionId=version, Retention={"Mode": mode, "RetainUntilDate": until}, **options)


def remove(name, version, **options):
    return main.delete_object(Bucket=name, Key="a", VersionId=version, **options)


def free(name, version):
    """What is locked could not be cleaned up."""
    main.put_object_legal_hold(Bucket=name, Key="a", VersionId=version, LegalHold={"Status": "OFF"})
    remove(name, version, BypassGovernanceRetention=True)


def check_bucket_with_lock_keeps_versions():
    name = locked()
    equal(main.get_bucket_versioning(Bucket=name)["Status"], "Enabled")
    equal(main.get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"], {"ObjectLockEnabled": "Enabled"})
    refused(409, "InvalidBucketState", main.put_bucket_versioning, Bucket=name, VersioningConfiguration={"Status": "Suspended"})


def check_configuration():
    name = locked()
    configure = lambda bucket_, **retention: main.put_object_lock_configuration(Bucket=bucket_, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}})  # noqa: E731
    configure(name, Mode="GOVERNANCE", Days=1)
    rule = main.get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"]["Rule"]
    equal(rule, {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}})
    configure(name, Mode="COMPLIANCE", Years=1)
    refused(400, "MalformedXML", configure, name, Mode="GOVERNANCE", Days=1, Years=1)
    refused(400, "MalformedXML", configure, name, Mode="abc", Years=1)
    refused(400, "InvalidRetentionPeriod", configure, name, Mode="GOVERNANCE", Days=0)
    refused(400, "InvalidRetentionPeriod", configure, name, Mode="GOVERNANCE", Years=-1)
    refused(400, "MalformedXML", main.put_object_lock_configuration, Bucket=name, ObjectLockConfiguration={"ObjectLockEnabled": "Disabled"})
    refused(409, "InvalidBucketState", configure, bucket(), Mode="GOVERNANCE", Days=1)
    later = versioned()
    configure(later, Mode="GOVERNANCE", Days=1)
    refused(404, "ObjectLockConfigurationNotFoundError", main.get_object_lock_configuration, Bucket=bucket())


def check_governance():
    name = locked()
    version = put(name)
    retain(name, version)
    kept = main.get_object_retention(Bucket=name, Key="a", VersionId=version)["Retention"]
    equal(kept, {"Mode": "GOVERNANCE", "RetainUntilDate": FUTURE})
    refused(403, "AccessDenied", remove, name, version)
    equal(main.delete_object(Bucket=name, Key="a")["DeleteMarker"], True)
    refused(403, "AccessDenied", retain, name, version, until=FUTURE - datetime.timedelta(days=9))
    refused(403, "AccessDenied", retain, name, version, mode="COMPLIANCE")
    retain(name, version, until=LATER)
    retain(name, version, until=FUTURE, BypassGovernanceRetention=True)
    equal(remove(name, version, BypassGovernanceRetention=True)["ResponseMetadata"]["HTTPStatusCode"], 204)


def check_compliance_cannot_be_bypassed():
    name = locked()
    version = put(name)
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=30)
    retain(name, version, mode="COMPLIANCE", until=soon)
    refused(403, "AccessDenied", remove, name, version, BypassGovernanceRetention=True)
    refused(403, "AccessDenied", retain, name, version, BypassGovernanceRetention=True)


def check_deleting_many():
    name = locked()
    held, loose = put(name), put(name)
    retain(name, held)
    objects = [{"Key": "a", "VersionId": one} for one in (held, loose)]
    answer = main.delete_objects(Bucket=name, Delete={"Objects": objects})
    equal(([one["VersionId"] for one in answer["Deleted"]], [(one["VersionId"], one["Code"]) for one in answer["Errors"]]), ([loose], [(held, "AccessDenied")]))
    answer = main.delete_objects(Bucket=name, Delete={"Objects": objects[:1]}, BypassGovernanceRetention=True)
    assert "Errors" not in answer


def check_legal_hold():
    name = locked()
    version = put(name)
    hold = lambda status: main.put_object_legal_hold(Bucket=name, Key="a", LegalHold={"Status": status})  # noqa: E731
    refused(404, "NoSuchObjectLockConfiguration", main.get_object_legal_hold, Bucket=name, Key="a")
    hold("ON")
    equal(main.get_object_legal_hold(Bucket=name, Key="a")["LegalHold"]["Status"], "ON")
    refused(403, "AccessDenied", remove, name, version, BypassGovernanceRetention=True)
    refused(400, "MalformedXML", hold, "abc")
    hold("OFF")
    remove(name, version)


def check_uploads_with_a_lock():
    name = locked()
    version = put(name, ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=FUTURE, ObjectLockLegalHoldStatus="ON")
    head = main.head_object(Bucket=name, Key="a")
    equal((head["ObjectLockMode"], head["ObjectLockRetainUntilDate"], head["ObjectLockLegalHoldStatus"]), ("GOVERNANCE", FUTURE, "ON"))
    refused(403, "AccessDenied", remove, name, version)
    free(name, version)
    refused(400, "InvalidRequest", main.put_object, Bucket=bucket(), Key="a", ObjectLockLegalHoldStatus="ON")
    refused(400, "InvalidArgument", main.put_object, Bucket=name, Key="a", ObjectLockMode="GOVERNANCE")


def check_default_retention():
    name = locked()
    main.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}})
    version = put(name)
    until = main.get_object_retention(Bucket=name, Key="a")["Retention"]["RetainUntilDate"]
    hours = (until - datetime.datetime.now(datetime.timezone.utc)).total_seconds() / 3600
    assert 23 < hours < 25, hours
    free(name, version)


def check_multipart_with_a_lock():
    name = locked()
    upload, parts = upload_parts(main, name, "a", [b"x"], ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=FUTURE)
    version = main.complete_multipart_upload(Bucket=name, Key="a", UploadId=upload, MultipartUpload=parts)["VersionId"]
    refused(403, "AccessDenied", remove, name, version)
    free(name, version)


def check_where_there_is_no_lock():
    name = with_keys("a")
    refused(400, "InvalidRequest", retain, name, "null")
    refused(400, "InvalidRequest", main.get_object_retention, Bucket=name, Key="a")
    refused(400, "InvalidRequest", main.put_object_legal_hold, Bucket=name, Key="a", LegalHold={"Status": "ON"})
    refused(400, "InvalidRequest", main.get_object_legal_hold, Bucket=name, Key="a")


def check_bad_retentions():
    name = locked()
    version = put(name)
    for mode in ["governance", "abc"]:
        refused(400, "MalformedXML", retain, name, version, mode=mode)
    refused(400, "InvalidArgument", retain, name, version, until=datetime.datetime(2000, 1, 1))
    refused(404, "NoSuchObjectLockConfiguration", main.get_object_retention, Bucket=name, Key="a")
