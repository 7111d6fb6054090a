"""What clients do not send of themselves: requests signed by hand, headers that are wrong."""

import datetime
import hashlib
import hmac
import socket
from urllib.parse import urlparse

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from kit import *


def signed(method, path, data=b"", headers=None, keys=MAIN, change=None):
    request = AWSRequest(method, ENDPOINT + path, data=data, headers=headers or {})
    S3SigV4Auth(Credentials(*keys), "s3", "us-east-1").add_auth(request)
    sent = dict(request.headers) | (change or {})
    return requests.request(method, ENDPOINT + path, data=data, headers={k: v for k, v in sent.items() if v is not None})


def code(answer):
    text_ = answer.text
    start = text_.find("<Code>")
    return answer.status_code, text_[start + 6 : text_.find("</Code>")] if start >= 0 else None


def raw(message, ends=False):
    address = urlparse(ENDPOINT)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(message)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        got = b""
        while chunk := connection.recv(65536):
            got += chunk
    return got


def check_authorization_headers():
    name = bucket()
    put = lambda **change: code(signed("PUT", f"/{name}/a", b"x", change=change))  # noqa: E731
    equal(put(), (200, None))
    equal(put(Authorization="AWS HAHAHA"), (400, "InvalidArgument"))
    equal(put(Authorization="Nonsense x")[0], 400)
    equal(put(Authorization="AWS4-HMAC-SHA256 Credential=faas")[0], 400)
    equal(put(Authorization=None)[0], 403)
    equal(put(Authorization="")[0], 403)


def check_dates():
    name = bucket()
    put = lambda date: code(signed("PUT", f"/{name}/a", b"x", change={"X-Amz-Date": date}))  # noqa: E731
    equal(put("20500707T215304Z")[0], 403)
    equal(put("19500707T215304Z")[0], 403)
    assert put("Bad Date")[0] in (400, 403)
    assert put("")[0] in (400, 403)


def check_clock_skew():
    name = bucket()
    moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=20)
    stamp, day = moment.strftime("%Y%m%dT%H%M%SZ"), moment.strftime("%Y%m%d")
    empty = hashlib.sha256(b"").hexdigest()
    host = urlparse(ENDPOINT).netloc
    canonical = f"GET\n/{name}\n\nhost:{host}\nx-amz-content-sha256:{empty}\nx-amz-date:{stamp}\n\nhost;x-amz-content-sha256;x-amz-date\n{empty}"
    scope = f"{day}/us-east-1/s3/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = b"AWS4" + MAIN[1].encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    headers = {"x-amz-date": stamp, "x-amz-content-sha256": empty, "authorization": f"AWS4-HMAC-SHA256 Credential={MAIN[0]}/{scope}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={signature}"}
    equal(code(requests.get(f"{ENDPOINT}/{name}", headers=headers)), (403, "RequestTimeTooSkewed"))


def check_md5_headers():
    name = bucket()
    put = lambda md5: code(signed("PUT", f"/{name}/a", b"x", headers={"Content-MD5": md5}))  # noqa: E731
    equal(put("rL0Y20zC+Fzt72VPzMSk2A=="), (400, "BadDigest"))
    equal(put("bad"), (400, "InvalidDigest"))
    equal(put(""), (400, "InvalidDigest"))


def check_lengths():
    name = bucket()
    host = urlparse(ENDPOINT).netloc
    for length, expected in [("-1", b" 400"), ("x", b" 400")]:
        got = raw(f"PUT /{name}/a HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n".encode())
        assert expected in got.split(b"\r\n")[0], got[:100]


def check_no_length_at_all():
    name = bucket(ACL="public-read-write")
    host = urlparse(ENDPOINT).netloc
    got = raw(f"PUT /{name}/a HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert got.startswith(b"HTTP/1.1 411 ") and b"MissingContentLength" in got, got[:200]


def check_other_expectations_are_ignored():
    name = bucket()
    for expectation in ["200", ""]:
        equal(code(signed("PUT", f"/{name}/a", b"x", headers={"Expect": expectation})), (200, None))


def check_short_body_leaves_nothing():
    name = bucket(ACL="public-read-write")
    host = urlparse(ENDPOINT).netloc
    raw(f"PUT /{name}/a HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100\r\n\r\nshort".encode(), ends=True)
    refused(404, "NoSuchKey", main.get_object, Bucket=name, Key="a")


def check_expect():
    name = bucket(ACL="public-read-write")
    host = urlparse(ENDPOINT).netloc
    got = raw(f"PUT /{name}/a HTTP/1.1\r\nHost: {host}\r\nExpect: 100-continue\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx".encode())
    assert got.startswith(b"HTTP/1.1 100 ") and b"HTTP/1.1 200 " in got, got[:200]
    closed = bucket()
    got = raw(f"PUT /{closed}/a HTTP/1.1\r\nHost: {host}\r\nExpect: 100-continue\r\nContent-Length: 1\r\nConnection: close\r\n\r\n".encode())
    assert got.startswith(b"HTTP/1.1 403 "), got[:200]
    missing = bucket_name()
    got = raw(f"PUT /{missing}/a HTTP/1.1\r\nHost: {host}\r\nExpect: 100-continue\r\nContent-Length: 1\r\nConnection: close\r\n\r\n".encode())
    assert got.startswith(b"HTTP/1.1 404 "), got[:200]


def check_paths():
    name = bucket()
    equal(code(signed("PUT", f"/{name}/a%ff", b"x"))[0], 400)
    equal(code(signed("PUT", f"/{name}/a%00b", b"x"))[0] in (200, 400), True)
    equal(code(signed("POST", f"/{name}/a"))[0], 405)
    equal(code(signed("GET", f"/{name}?unknown=1"))[0], 200)
    equal(code(signed("PUT", f"/{name}/a?unknown=1", b"x")), (501, "NotImplemented"))


def check_virtual_host():
    name = with_keys("a")
    port = urlparse(ENDPOINT).port
    main.put_object_acl(Bucket=name, Key="a", ACL="public-read")
    answer = requests.get(f"{ENDPOINT}/a", headers={"Host": f"{name}.localhost:{port}"})
    equal((answer.status_code, answer.text), (200, "a"))


def check_namespaces():
    name = with_keys("a")
    for path, root in [
        (f"/{name}", "ListBucketResult"),
        (f"/{name}?list-type=2", "ListBucketResult"),
        (f"/{name}?versions", "ListVersionsResult"),
        (f"/{name}?uploads", "ListMultipartUploadsResult"),
        (f"/{name}?acl", "AccessControlPolicy"),
        (f"/{name}?location", "LocationConstraint"),
        (f"/{name}?versioning", "VersioningConfiguration"),
        (f"/{name}/a?acl", "AccessControlPolicy"),
        (f"/{name}/a?tagging", "Tagging"),
        ("/", "ListAllMyBucketsResult"),
    ]:
        answer = signed("GET", path)
        start = f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
        assert answer.status_code == 200 and answer.text.startswith(start), (path, answer.text[:200])
        equal(answer.headers["content-type"], "application/xml")


def check_documents_without_namespace_and_with_strange_space():
    name = bucket()
    document = "\n<VersioningConfiguration>\n  <Status> Enabled </Status>\n</VersioningConfiguration>\n"
    equal(signed("PUT", f"/{name}?versioning", document.encode()).status_code, 200)
    equal(main.get_bucket_versioning(Bucket=name)["Status"], "Enabled")


def check_control_characters_in_listings():
    name = bucket()
    main.put_object(Bucket=name, Key="a\x01\r\nb")
    equal(signed("GET", f"/{name}?list-type=2").text.count("<Key>a&#x1;&#xD;"), 1)
    assert "<Key>a%01%0D%0Ab</Key>" in signed("GET", f"/{name}?encoding-type=url&list-type=2").text


def check_connection_survives_errors():
    name = bucket()
    with requests.Session() as session:
        for _ in range(3):
            equal(session.put(f"{ENDPOINT}/{name}/a", data=b"x" * 100_000).status_code, 403)
            equal(session.get(f"{ENDPOINT}/{name}/missing").status_code, 403)


def check_dates_that_are_none():
    name = bucket()
    answer = signed("GET", f"/{name}", change={"X-Amz-Date": "yesterday"})
    equal(code(answer), (403, "AccessDenied"))


def check_metadata_sent_as_utf8():
    name = bucket()
    main.meta.events.register("before-call.s3.PutObject", _accented)
    try:
        main.put_object(Bucket=name, Key="a", Body="x")
    finally:
        main.meta.events.unregister("before-call.s3.PutObject", _accented)
    # Python reads what it gets as Latin-1.
    equal(main.head_object(Bucket=name, Key="a")["Metadata"]["name"].encode("latin1").decode(), "caf\u00e9")


def _accented(params, **_):
    params["headers"]["x-amz-meta-name"] = "caf\u00e9"
