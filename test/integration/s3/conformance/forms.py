import base64
import datetime
import hashlib
import hmac
import json

from kit import *


def at(seconds):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def document(name, *conditions, **changes):
    content = {
        "expiration": at(6000),
        "conditions": [
            {"bucket": name},
            ["starts-with", "$key", "foo"],
            {"acl": "private"},
            ["starts-with", "$Content-Type", "text/plain"],
            ["content-length-range", 0, 1024],
            *conditions,
        ],
    } | changes
    return {key: value for key, value in content.items() if value is not None}


def v2(policy, keys=MAIN):
    encoded = base64.b64encode(json.dumps(policy).encode())
    signature = base64.b64encode(hmac.new(keys[1].encode(), encoded, hashlib.sha1).digest()).decode()
    return {"AWSAccessKeyId": keys[0], "signature": signature, "policy": encoded.decode()}


def v4(policy, keys=MAIN):
    day = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d")
    fields = {
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-credential": f"{keys[0]}/{day}/us-east-1/s3/aws4_request",
        "x-amz-date": f"{day}T000000Z",
    }
    policy = policy | {"conditions": policy["conditions"] + [{key: value} for key, value in fields.items()]}
    encoded = base64.b64encode(json.dumps(policy).encode())
    key = ("AWS4" + keys[1]).encode()
    for text_ in [day, "us-east-1", "s3", "aws4_request"]:
        key = hmac.new(key, text_.encode(), hashlib.sha256).digest()
    return fields | {"policy": encoded.decode(), "x-amz-signature": hmac.new(key, encoded, hashlib.sha256).hexdigest()}


def send(name, signed, content=b"bar", filename=None, **fields):
    fields = {"key": "foo.txt", **signed, "acl": "private", "Content-Type": "text/plain"} | fields
    parts = [(key, (None, value)) for key, value in fields.items() if value is not None]
    parts.append(("file", (filename, content) if filename else (None, content)))
    return requests.post(f"{ENDPOINT}/{name}", files=parts, allow_redirects=False)


def check_both_signatures():
    for sign in [v2, v4]:
        name = bucket()
        answer = send(name, sign(document(name)))
        equal((answer.status_code, answer.content), (204, b""))
        got = main.get_object(Bucket=name, Key="foo.txt")
        equal((body(got), got["ContentType"]), (b"bar", "text/plain"))
        equal(answer.headers["etag"], got["ETag"])


def check_boto3_form():
    name = bucket()
    form = main.generate_presigned_post(name, "a/${filename}", Fields={"acl": "public-read"}, Conditions=[{"acl": "public-read"}])
    answer = requests.post(form["url"], data=form["fields"], files={"file": ("photo.jpg", b"bytes")})
    equal(answer.status_code, 204)
    equal(text("a/photo.jpg", name, nobody), "bytes")


def check_nobody():
    name = bucket(ACL="public-read-write")
    equal(send(name, {}, acl="public-read").status_code, 204)
    equal(text("foo.txt", name, nobody), "bar")
    closed = bucket()
    equal(send(closed, {}).status_code, 403)


def check_large_file():
    name = bucket()
    content = b"x" * 3 * MB
    allowed = document(name)
    allowed["conditions"][4] = ["content-length-range", 0, 4 * MB]
    equal(send(name, v4(allowed), content).status_code, 204)
    equal(body(main.get_object(Bucket=name, Key="foo.txt")), content)


def check_bad_signatures():
    name = bucket()
    signed = v2(document(name))
    equal(send(name, signed | {"AWSAccessKeyId": "nobody"}).status_code, 403)
    equal(send(name, signed | {"signature": signed["signature"][::-1]}).status_code, 403)
    equal(send(name, v4(document(name), ("faas", "wrong"))).status_code, 403)
    equal(send(name, {key: value for key, value in signed.items() if key != "signature"}).status_code, 400)
    equal(send(name, {key: value for key, value in signed.items() if key != "policy"}).status_code, 400)


def check_statuses():
    name = bucket()
    signed = v2(document(name, ["starts-with", "$success_action_status", ""]))
    answer = send(name, signed, success_action_status="201")
    equal(answer.status_code, 201)
    assert "<PostResponse>" in answer.text and "<Key>foo.txt</Key>" in answer.text
    equal(send(name, signed, success_action_status="200").status_code, 200)
    answer = send(name, signed, success_action_status="404")
    equal((answer.status_code, answer.content), (204, b""))


def check_redirect():
    name = bucket()
    signed = v2(document(name, ["eq", "$success_action_redirect", "http://localhost/done?x=1"]))
    answer = send(name, signed, success_action_redirect="http://localhost/done?x=1")
    etag = main.head_object(Bucket=name, Key="foo.txt")["ETag"].strip('"')
    equal((answer.status_code, answer.headers["location"]), (303, f"http://localhost/done?x=1&bucket={name}&key=foo.txt&etag=%22{etag}%22"))


def check_filename():
    name = bucket()
    equal(send(name, v2(document(name)), filename="bar.txt", key="${filename}").status_code, 403)
    equal(send(name, v2(document(name)), filename="foo.txt", key="${filename}").status_code, 204)
    signed = v2(document(name, conditions=[{"bucket": name}, ["starts-with", "$key", ""], {"acl": "private"}, ["starts-with", "$Content-Type", ""]]))
    equal(send(name, signed, filename="foo.txt", key="${filename}").status_code, 204)
    equal(text("foo.txt", name), "bar")


def check_ignored_fields():
    name = bucket()
    equal(send(name, v2(document(name)), **{"x-ignore-foo": "bar"}).status_code, 204)


def check_names_in_any_case():
    name = bucket()
    signed = v2({"expiration": at(6000), "conditions": [{"bUcKeT": name}, ["StArTs-WiTh", "$KeY", "foo"], {"AcL": "private"}, ["StArTs-WiTh", "$CoNtEnT-TyPe", "text/plain"], ["content-length-range", 0, 1024]]})
    fields = {"kEy": "foo.txt", "aWSAccessKeyId": signed["AWSAccessKeyId"], "aCl": "private", "sIgnature": signed["signature"], "pOLICy": signed["policy"], "Content-Type": "text/plain"}
    parts = [(key, (None, value)) for key, value in fields.items()] + [("file", (None, b"bar"))]
    equal(requests.post(f"{ENDPOINT}/{name}", files=parts).status_code, 204)


def check_escaped_values():
    name = bucket()
    signed = v2({"expiration": at(6000), "conditions": [{"bucket": name}, ["starts-with", "$key", "\\$foo"], {"acl": "private"}, ["starts-with", "$Content-Type", "text/plain"]]})
    equal(send(name, signed, key="\\$foo.txt").status_code, 204)
    equal(text("\\$foo.txt", name), "bar")


def check_metadata():
    name = bucket()
    signed = v2(document(name, ["starts-with", "$x-amz-meta-foo", "bar"]))
    equal(send(name, signed, **{"x-amz-meta-foo": "barclamp"}).status_code, 204)
    equal(main.head_object(Bucket=name, Key="foo.txt")["Metadata"], {"foo": "barclamp"})
    equal(send(name, signed, **{"x-amz-meta-foo": "other"}).status_code, 403)


def check_fields_without_conditions():
    name = bucket()
    equal(send(name, v2(document(name)), **{"x-amz-meta-foo": "x"}).status_code, 403)
    conditions = document(name)["conditions"]
    equal(send(name, v2(document(name, conditions=conditions[1:]))).status_code, 403)


def check_sizes():
    name = bucket()
    base = document(name)["conditions"][:4]
    for limits, status in [
        (["content-length-range", 0, 0], 400),
        (["content-length-range", 512, 1000], 400),
        (["content-length-range", 0], 400),
        (["content-length-range", -1, 0], 400),
        (["content-length-range", 3, 3], 204),
    ]:
        equal(send(name, v2(document(name, conditions=[*base, limits]))).status_code, status)


def check_malformed_policies():
    name = bucket()
    for changes in [
        dict(expiration=None),
        dict(expiration="nonsense"),
        dict(conditions=None),
        dict(conditions=[{}]),
        dict(conditions=None, CONDITIONS=document(name)["conditions"]),
        dict(expiration=None, EXPIRATION=at(6000)),
    ]:
        equal(send(name, v2(document(name, **changes))).status_code, 400)


def check_expired():
    name = bucket()
    equal(send(name, v2(document(name, expiration=at(-6000)))).status_code, 403)


def check_missing_key_or_file():
    name = bucket()
    equal(send(name, v2(document(name)), key=None).status_code, 400)
    signed = v2(document(name))
    parts = [(key, (None, value)) for key, value in ({"key": "foo.txt"} | signed).items()]
    equal(requests.post(f"{ENDPOINT}/{name}", files=parts).status_code, 400)
    answer = requests.post(f"{ENDPOINT}/{name}", data=b"garbage", headers={"content-type": "multipart/form-data; boundary=x"})
    equal(answer.status_code, 400)
    equal(requests.post(f"{ENDPOINT}/{name}", data=b"x", headers={"content-type": "multipart/form-data"}).status_code, 400)


def check_tags():
    name = bucket()
    tagging = "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>"
    equal(send(name, v2(document(name, ["starts-with", "$tagging", ""])), tagging=tagging).status_code, 204)
    equal(main.get_object_tagging(Bucket=name, Key="foo.txt")["TagSet"], [{"Key": "k", "Value": "v"}])


def check_checksums():
    name = bucket()
    signed = v2(document(name, ["starts-with", "$x-amz-checksum-sha256", ""]))
    right = base64.b64encode(hashlib.sha256(b"bar").digest()).decode()
    equal(send(name, signed, **{"x-amz-checksum-sha256": right}).status_code, 204)
    wrong = base64.b64encode(hashlib.sha256(b"baz").digest()).decode()
    equal(send(name, signed, **{"x-amz-checksum-sha256": wrong}).status_code, 400)


def check_missing_bucket():
    name = bucket_name()
    equal(send(name, v2(document(name))).status_code, 404)
